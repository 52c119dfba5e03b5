import type { FileSystem } from "@ottla/world";
import { parseFolderName, readText } from "./partition-folder.js";

/** Offsets by partition folder name. */
export type Offsets = ReadonlyMap<string, number>;

/** Kafka's offset checkpoint: a version, a count, and lines of topic, partition and offset. */
export function encodeOffsets(offsets: Offsets): string {
  const lines: string[] = [];
  for (const [name, offset] of offsets) {
    const parsed = parseFolderName(name);
    if (parsed !== undefined) lines.push(`${parsed.topic} ${parsed.partition} ${offset}\n`);
  }
  return `0\n${lines.length}\n${lines.join("")}`;
}

/** What a checkpoint says; `undefined` when it is missing or not whole. */
export function readOffsets(files: FileSystem, path: string): Offsets | undefined {
  const [version, count, ...lines] = (readText(files, path) ?? "").trimEnd().split("\n");
  const offsets = new Map<string, number>();
  if (version !== "0" || Number(count) !== lines.length) return undefined;
  for (const line of lines) {
    const match = /^(\S+) (\d+) (\d+)$/.exec(line);
    if (match === null) return undefined;
    offsets.set(`${match[1]}-${match[2]}`, Number(match[3]));
  }
  return offsets;
}
