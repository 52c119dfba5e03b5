import type { FileHandle, FileSystem } from "@ottla/world";
import { writeAtomically } from "../storage/write-atomically.js";
import type { LeaderEpochs } from "./leader-epochs.js";
import type { ScanStop } from "./scan-log.js";
import { offsetName, type Segment } from "./segment.js";

const copyBytes = 1024 * 1024;

/**
 * Prepares a log to end at `nextOffset`: what lies behind is kept in `.cut` files, and the leader epoch that begins there is
 * written down. Answers the number of bytes cut. The caller syncs the folder's names, and only then shortens the torn segment:
 * else a power loss could leave a short segment, and no trace of what was cut from it.
 *
 * The sync matters for more than the trace. A segment or a producer snapshot of the lost tail that came back after new batches
 * took its offsets would be believed, and an epoch that fell back would be refused by every client that saw the higher one.
 */
export async function cutTail(
  files: FileSystem,
  path: string,
  cut: {
    readonly nextOffset: number;
    readonly epochs: LeaderEpochs;
    /** The segment that is good up to some position, if that is not its end. */
    readonly torn: ScanStop | undefined;
    /** Segments behind. */
    readonly segments: readonly Segment[];
    /** Producer snapshots of offsets behind. */
    readonly snapshots: readonly number[];
  },
): Promise<number> {
  let bytes = 0;
  if (cut.torn !== undefined) {
    bytes += cut.torn.fileBytes - cut.torn.position;
    await copyTail(files, cut.torn, `${path}/${offsetName(cut.nextOffset)}`);
  }
  for (const segment of cut.segments) {
    bytes += segment.sizeInBytes;
    segment.close();
    segment.removeIndexes();
    files.rename(segment.file.path, freeName(files, segment.file.path));
  }
  for (const offset of cut.snapshots) files.unlink(`${path}/${offsetName(offset)}.snapshot`);
  await writeAtomically(files, `${path}/leader-epoch-checkpoint`, cut.epochs.encode());
  return bytes;
}

async function copyTail(files: FileSystem, torn: ScanStop, stem: string): Promise<void> {
  const { segment, position, fileBytes } = torn;
  // A recovery that was killed left the same bytes: then its file is taken over, whether or not it was synced.
  const target = files.open(
    freeName(files, stem, (path) => isCopy(files, path, torn)),
    "w+",
  );
  try {
    for (const { bytes, at } of chunksOf(segment.file, position, fileBytes)) target.write([bytes], at - position);
    await target.datasync();
  } finally {
    target.close();
  }
}

function* chunksOf(
  file: Pick<FileHandle, "read">,
  from: number,
  to: number,
): Generator<{ readonly bytes: Buffer; readonly at: number }> {
  const window = Buffer.allocUnsafe(Math.min(copyBytes, to - from));
  for (let at = from; at < to; at += window.length) {
    const held = file.read(window.subarray(0, Math.min(window.length, to - at)), at);
    yield { bytes: window.subarray(0, held), at };
  }
}

function isCopy(files: FileSystem, path: string, { segment, position, fileBytes }: ScanStop): boolean {
  if (files.stat(path)?.size !== fileBytes - position) return false;
  const handle = files.open(path, "r");
  try {
    for (const { bytes, at } of chunksOf(handle, 0, fileBytes - position)) {
      const original = Buffer.allocUnsafe(bytes.length);
      segment.file.read(original, position + at);
      if (!original.equals(bytes)) return false;
    }
    return true;
  } finally {
    handle.close();
  }
}

function freeName(files: FileSystem, stem: string, mayReplace: (path: string) => boolean = () => false): string {
  for (let number = 0; ; number += 1) {
    const path = `${stem}${number === 0 ? "" : `.${number}`}.cut`;
    if (files.stat(path) === undefined || mayReplace(path)) return path;
  }
}
