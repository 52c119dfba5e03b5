import type { FileSystem } from "@ottla/world";

/** The folder of a partition, as Kafka names it. */
export const folderName = (topic: string, partition: number): string => `${topic}-${partition}`;

/** What partition a folder is for; `undefined` when it is none. */
export function parseFolderName(name: string): { readonly topic: string; readonly partition: number } | undefined {
  const match = /^([a-zA-Z0-9._-]{1,249})-(0|[1-9]\d{0,9})$/.exec(name);
  return match?.[1] === undefined ? undefined : { topic: match[1], partition: Number(match[2]) };
}

const deletedSuffix = "-delete";

/** What a folder is renamed to when its partition is deleted: a name no partition can have. */
export const deletedFolderName = (name: string, unique: string): string =>
  `${name.slice(0, 200)}.${unique}${deletedSuffix}`;

export const isDeletedFolder = (name: string): boolean => name.endsWith(deletedSuffix);

export const encodePartitionMetadata = (topicId: string): Buffer => Buffer.from(`version: 0\ntopic_id: ${topicId}`);

/** The topic id in a `partition.metadata`; `undefined` when the file is missing or not whole. */
export function readTopicId(files: FileSystem, folder: string): string | undefined {
  const text = readText(files, `${folder}/partition.metadata`);
  return /^version: 0\ntopic_id: ([\w-]{22})\s*$/.exec(text ?? "")?.[1];
}

/** The text of a small file, `undefined` when it is not there. */
export function readText(files: FileSystem, path: string): string | undefined {
  return readSmallFile(files, path)?.toString("utf8");
}

/** The bytes of a small file, `undefined` when it is not there. */
export function readSmallFile(files: FileSystem, path: string): Buffer | undefined {
  const stat = files.stat(path);
  if (stat === undefined || stat.isDirectory) return undefined;
  const bytes = Buffer.alloc(stat.size);
  const handle = files.open(path, "r");
  try {
    return bytes.subarray(0, handle.read(bytes, 0));
  } finally {
    handle.close();
  }
}

/** Removes a folder and the files in it. */
export function removeFolder(files: FileSystem, path: string): void {
  for (const name of files.list(path)) files.unlink(`${path}/${name}`);
  files.removeDirectory(path);
}
