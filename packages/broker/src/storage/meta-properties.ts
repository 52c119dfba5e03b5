import type { FileSystem, Random } from "@ottla/world";
import { DataFolderError } from "./data-folder-error.js";
import { encodeOffsets } from "./offset-checkpoint.js";
import { readText } from "./partition-folder.js";
import { writeAtomically } from "./write-atomically.js";

/**
 * The layout of a data folder, a number that goes up when a release writes something an older one would misread. Every
 * release reads the layouts of those before it.
 */
const formatVersion = 1;

/** Whose folder it is. */
export interface MetaProperties {
  readonly clusterId: string;
  readonly nodeId: number;
}

/** Whose it has to be, as far as that is said. */
export interface WantedOwner {
  readonly clusterId: string | undefined;
  readonly nodeId: number | undefined;
}

/**
 * Reads `meta.properties`, or writes it into a new folder: Kafka's keys, and `ottla.format.version`. Its name is for the
 * caller to sync, found or written: who wrote it may have been killed before that.
 *
 * @throws {@link DataFolderError} `NEWER_FORMAT`, or `FOREIGN` when the folder is of another node or cluster than wanted.
 */
export async function claimFolder(
  files: FileSystem,
  dataDir: string,
  wanted: WantedOwner,
  random: Random,
): Promise<MetaProperties> {
  const path = `${dataDir}/meta.properties`;
  const found = parseProperties(readText(files, path) ?? "");
  const clusterId = found.get("cluster.id");
  if (clusterId === undefined) {
    const owner = { clusterId: wanted.clusterId ?? randomUuid(random), nodeId: wanted.nodeId ?? 1 };
    // First, so that a folder with an owner has one: see Checkpoints.logStart.
    await writeAtomically(files, `${dataDir}/log-start-offset-checkpoint`, encodeOffsets(new Map()));
    // Names reach the disk in any order: an owner without the checkpoint would never get one.
    files.syncDirectory(dataDir);
    await writeAtomically(files, path, encode(owner, randomUuid(random)));
    return owner;
  }
  const nodeId = Number(found.get("node.id") ?? 1);
  checkOwner(dataDir, Number(found.get("ottla.format.version") ?? formatVersion), { clusterId, nodeId }, wanted);
  return { clusterId, nodeId };
}

function checkOwner(dataDir: string, format: number, found: MetaProperties, wanted: WantedOwner): void {
  if (!(format <= formatVersion)) {
    throw new DataFolderError(
      "NEWER_FORMAT",
      `${dataDir} has format ${format}, this release knows up to ${formatVersion}: use the release that wrote it, or a newer one`,
    );
  }
  if (wanted.clusterId !== undefined && wanted.clusterId !== found.clusterId) {
    throw new DataFolderError("FOREIGN", `${dataDir} is of cluster ${found.clusterId}, not ${wanted.clusterId}`);
  }
  if (wanted.nodeId !== undefined && wanted.nodeId !== found.nodeId) {
    throw new DataFolderError("FOREIGN", `${dataDir} is of node ${found.nodeId}, not ${wanted.nodeId}`);
  }
}

const encode = ({ clusterId, nodeId }: MetaProperties, directoryId: string): string =>
  `version=1\ncluster.id=${clusterId}\nnode.id=${nodeId}\ndirectory.id=${directoryId}\nottla.format.version=${formatVersion}\n`;

/** 22 characters of base64url, as Kafka prints its ids. */
export function randomUuid(random: Random): string {
  // Kafka's tools take a leading dash for an option.
  for (;;) {
    const text = Buffer.from(random.bytes(16)).toString("base64url");
    if (!text.startsWith("-")) return text;
  }
}

function parseProperties(text: string): ReadonlyMap<string, string> {
  const properties = new Map<string, string>();
  for (const line of text.split("\n")) {
    const [, key, value] = /^\s*([^#!=\s][^=]*?)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) properties.set(key, value);
  }
  return properties;
}
