import type { FileSystem } from "@ottla/world";
import { readText } from "../../storage/partition-folder.js";
import { writeAtomically } from "../../storage/write-atomically.js";
import { lastOffsetAt } from "../batch-header.js";
import { walkBatches } from "../batch-walk.js";
import { offsetName } from "../segment.js";
import { swapSuffix } from "./swap-segments.js";

const segmentSuffixes = [".log", ".index", ".timeindex", ".txnindex"];

/**
 * Finishes what compaction began before a crash: a segment that is `.swap` takes the place of those it was made of, which are
 * those that begin within its offsets. Everything else that compaction leaves (`.cleaned`, `.deleted`) is only in the way.
 */
export function finishSwaps(files: FileSystem, folder: string): void {
  const names = files.list(folder);
  const suffix = `.log${swapSuffix}`;
  for (const name of names) {
    if (!name.endsWith(suffix)) continue;
    const swap = `${folder}/${name}`;
    const baseOffset = Number(name.slice(0, -suffix.length));
    const end = endOf(files, swap, baseOffset);
    for (const other of names) {
      const match = /^(\d{20})(\.[a-z]+)$/.exec(other);
      if (match === null || !segmentSuffixes.includes(match[2] ?? "")) continue;
      const offset = Number(match[1]);
      const isReplaced = offset > baseOffset && offset < end;
      // What the indexes of the segment say is of its old content; they are made anew.
      if (isReplaced || (offset === baseOffset && match[2] !== ".log")) files.unlink(`${folder}/${other}`);
    }
    files.syncDirectory(folder);
    files.rename(swap, `${folder}/${offsetName(baseOffset)}.log`);
  }
}

function endOf(files: FileSystem, path: string, baseOffset: number): number {
  let end = baseOffset;
  const handle = files.open(path, "r");
  try {
    for (const { bytes, at } of walkBatches(handle, 0, handle.size())) end = lastOffsetAt(bytes, at) + 1;
  } finally {
    handle.close();
  }
  return end;
}

const claimName = "compaction-gaps-checkpoint";

/**
 * Below which offset batches may be missing between others, because compaction took them. Above it a gap is damage, or a tail
 * that was not written to its end. (Kafka needs no such file: it does not look for gaps.)
 */
export function gapsBefore(files: FileSystem, folder: string): number {
  return Number(/^0\n(\d+)\n$/.exec(readText(files, `${folder}/${claimName}`) ?? "")?.[1] ?? 0);
}

/** Makes sure that gaps below `offset` are taken for what they are: before there is the first one. */
export async function allowGapsBefore(files: FileSystem, folder: string, offset: number): Promise<void> {
  if (gapsBefore(files, folder) >= offset) return;
  await writeAtomically(files, `${folder}/${claimName}`, `0\n${offset}\n`);
  files.syncDirectory(folder);
}
