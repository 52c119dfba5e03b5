import type { FileSystem } from "@ottla/world";
import { StoredFile } from "../storage/open-files.js";
import { readSmallFile, readText, readTopicId } from "../storage/partition-folder.js";
import { baseOffsetAt, leaderEpochAt } from "./batch-header.js";
import { finishSwaps, gapsBefore } from "./compaction/finish-swaps.js";
import { cutTail } from "./cut-tail.js";
import { LeaderEpochs } from "./leader-epochs.js";
import type { LogEnvironment } from "./log-environment.js";
import type { FolderContent } from "./log-folder.js";
import { floorIndex } from "./log-reader.js";
import { decodeProducerSnapshot } from "./producer-snapshot.js";
import { type Now, ProducerStates } from "./producer-state.js";
import { rebuildTransactions } from "./rebuild-transactions.js";
import { replayProducers } from "./replay-producers.js";
import { type LogScan, type ScanStop, scanLog } from "./scan-log.js";
import { offsetName, Segment } from "./segment.js";

/** What is known about a folder before it is read. */
export interface FolderClaims {
  readonly path: string;
  /** The folder was left by an orderly stop. */
  readonly isClean: boolean;
  /** Everything below was on the disk: a corrupt batch there is damage, not a torn write. */
  readonly recoveryPoint: number;
  /** From the checkpoint; `undefined` when it says nothing. */
  readonly logStartOffset: number | undefined;
}

export interface RecoveredLog {
  readonly content: FolderContent;
  readonly logStartOffset: number;
  /** A tail that was cut. */
  readonly cut?: { readonly offset: number; readonly bytes: number; readonly reason: string };
  /** Damage below the recovery point: the partition must not be served. */
  readonly corruption?: string;
}

interface Found {
  readonly path: string;
  readonly segments: readonly Segment[];
  /** Segments that end below the log start: on their way out, and maybe not all there. */
  readonly below: readonly Segment[];
  readonly snapshots: readonly number[];
  readonly logStartOffset: number;
}

// Of rebuilt indexes; what the topic says is not known yet.
const indexIntervalBytes = 4096;

/**
 * Reads a partition's folder. After an orderly stop that is a look at the end of the last segment. After anything else the
 * segments from the recovery point on are read through: at the first thing that is not the next good batch the log ends, what
 * follows is kept in `.cut` files, and a new leader epoch begins. What was found is then synced, because it is served from now on.
 */
export async function recoverLog(env: LogEnvironment, claims: FolderClaims): Promise<RecoveredLog> {
  const recovered = await recoverFolder(env, claims);
  const { segments } = recovered.content;
  // What is appended to has to know its transactions; the others can be asked when somebody wants to know.
  await rebuildTransactions(segments, segments.slice(-1));
  return recovered;
}

async function recoverFolder(env: LogEnvironment, claims: FolderClaims): Promise<RecoveredLog> {
  const { recoveryPoint } = claims;
  const found = list(env, claims);
  if (claims.isClean && isWhole(found.segments, recoveryPoint)) return read(env, found, recoveryPoint, "sure");
  const gaps = gapsBefore(env.openFiles.files, claims.path);
  const scan = await scanLog(found.segments, { ...found, recoveryPoint, indexIntervalBytes, gapsBefore: gaps });
  const { nextOffset, stop } = scan;
  const what = stopReason(scan, recoveryPoint);
  if (stop?.isDamage)
    return { ...read(env, { ...found, segments: [], below: [] }, recoveryPoint, "sure"), corruption: what ?? "" };
  if (what === undefined) {
    if (nextOffset === recoveryPoint) return read(env, found, nextOffset, "unsure");
    await makeDurable(env, found, scan.first);
    return read(env, found, nextOffset, "sure");
  }
  const segments = goodSegments(found.segments, stop);
  segments.at(-1)?.reopen();
  const snapshots = found.snapshots.filter((offset) => offset <= nextOffset);
  const good = { ...found, segments, snapshots };
  const epochs = readEpochs(env.openFiles.files, good);
  epochs.begin(epochs.latest + 1, nextOffset);
  const bytes = await cutTail(env.openFiles.files, found.path, {
    nextOffset,
    epochs,
    torn: stop?.followsOn ? stop : undefined,
    segments: found.segments.slice(segments.length),
    snapshots: found.snapshots.slice(snapshots.length),
  });
  await makeDurable(env, good, scan.first);
  if (stop?.followsOn) {
    const { segment } = stop;
    segment.trim();
    // At once: a tail that came back under a next segment would have that one cut away, synced and acknowledged as it is.
    await env.syncSlots.run(() => segment.file.datasync());
  }
  return { ...read(env, good, nextOffset, "sure"), cut: { offset: nextOffset, bytes, reason: what } };
}

function list(env: LogEnvironment, { path, logStartOffset: checkpointed }: FolderClaims): Found {
  const { files } = env.openFiles;
  finishSwaps(files, path);
  const names = files.list(path);
  const bases = offsetsOf(names, ".log");
  const logStartOffset = checkpointed ?? bases[0] ?? 0;
  const stale = names.filter((name) => /\.(tmp|deleted|cleaned|swap)$/.test(name));
  for (const suffix of [".index", ".timeindex", ".txnindex"]) {
    const orphans = offsetsOf(names, suffix).filter((offset) => !bases.includes(offset));
    stale.push(...orphans.map((offset) => `${offsetName(offset)}${suffix}`));
  }
  for (const name of stale) files.unlink(`${path}/${name}`);
  const all = bases.map((baseOffset, index) => {
    const sizeInBytes = files.stat(`${path}/${offsetName(baseOffset)}.log`)?.size ?? 0;
    const nextOffset = bases[index + 1];
    return new Segment(env, path, baseOffset, {
      sizeInBytes,
      nextOffset: nextOffset ?? baseOffset,
      isFinished: nextOffset !== undefined,
    });
  });
  const start = floorIndex(all, logStartOffset);
  const found = { path, segments: all.slice(start), below: all.slice(0, start), logStartOffset };
  return { ...found, snapshots: offsetsOf(names, ".snapshot") };
}

// An orderly stop leaves the recovery point at the end. No checksum covers a batch's offset.
function isWhole(segments: readonly Segment[], recoveryPoint: number): boolean {
  const last = segments.at(-1);
  return last === undefined ? recoveryPoint === 0 : last.resume() && last.nextOffset === recoveryPoint;
}

function goodSegments(segments: readonly Segment[], stop: ScanStop | undefined): readonly Segment[] {
  return stop === undefined ? segments : segments.slice(0, stop.followsOn ? stop.index + 1 : stop.index);
}

function stopReason({ nextOffset, stop }: LogScan, recoveryPoint: number): string | undefined {
  const lost = nextOffset < recoveryPoint ? `, and it was synced up to ${recoveryPoint}` : "";
  if (stop !== undefined) {
    return `${stop.segment.file.path} has ${stop.reason} at ${stop.position}, where offset ${nextOffset} should be${lost}`;
  }
  return lost === "" ? undefined : `the log ends at offset ${nextOffset}${lost}`;
}

/** What a killed process left in the page cache is served from now on: it must not go with the power. */
async function makeDurable(env: LogEnvironment, { path, segments }: Found, first: number): Promise<void> {
  const written = segments.slice(first).map(({ file }) => file);
  const metadata = new StoredFile(env.openFiles, `${path}/partition.metadata`);
  if (env.openFiles.files.stat(metadata.path) !== undefined) written.push(metadata);
  await Promise.all(written.map((file) => env.syncSlots.run(() => file.datasync())));
  metadata.close();
  env.openFiles.files.syncDirectory(path);
}

function read(
  { clock, openFiles: { files } }: LogEnvironment,
  found: Found,
  recoveryPoint: number,
  names: "sure" | "unsure",
): RecoveredLog {
  const { path, segments, below, logStartOffset } = found;
  const end = segments.at(-1)?.nextOffset ?? Math.max(logStartOffset, recoveryPoint);
  const epochs = readEpochs(files, found);
  const now = { wallMs: clock.now(), monotonicMs: clock.monotonic() };
  const snapshots = found.snapshots.filter((offset) => offset <= end);
  // One of a tail that never reached the disk would be believed once other batches have taken its offsets.
  if (snapshots.length < found.snapshots.length) removeSnapshots(files, path, found.snapshots.slice(snapshots.length));
  const { producers, offset } = newestProducers(files, path, snapshots, now);
  // They go only after a snapshot behind them is on the disk; without one they are all there, and are read once more.
  replayProducers(producers, [...below, ...segments], offset, now);
  // Without syncs the end of the log can be lost and its start kept: the log then goes on where it starts.
  const isBehind = end < logStartOffset;
  if (isBehind) for (const segment of [...below, ...segments]) segment.remove();
  const nextOffset = Math.max(end, logStartOffset);
  const topicId = readTopicId(files, path);
  const content = {
    path,
    topicId,
    exists: true,
    segments: isBehind ? [] : [...below, ...segments],
    nextOffset,
    recoveryPoint: nextOffset,
    epochs,
    producers,
    snapshots: snapshots.filter((each) => each <= offset),
    isUnsure: names === "unsure",
  };
  return { content, logStartOffset };
}

function removeSnapshots(files: FileSystem, path: string, offsets: readonly number[]): void {
  for (const offset of offsets) files.unlink(`${path}/${offsetName(offset)}.snapshot`);
  files.syncDirectory(path);
}

/** The producers as of the newest snapshot that is whole, else none as of offset 0. */
function newestProducers(
  files: FileSystem,
  path: string,
  snapshots: readonly number[],
  now: Now,
): { readonly producers: ProducerStates; readonly offset: number } {
  for (const offset of snapshots.toReversed()) {
    const bytes = readSmallFile(files, `${path}/${offsetName(offset)}.snapshot`);
    const entries = bytes === undefined ? undefined : decodeProducerSnapshot(bytes, now);
    if (entries !== undefined) return { producers: new ProducerStates(entries), offset };
  }
  return { producers: new ProducerStates(), offset: 0 };
}

/** The epochs by the checkpoint, else by the batches: only a log whose last batch is of epoch 0 is sure to have no other. */
function readEpochs(files: FileSystem, { path, segments }: Found): LeaderEpochs {
  const checkpoint = LeaderEpochs.decode(readText(files, `${path}/leader-epoch-checkpoint`) ?? "");
  if (checkpoint !== undefined) return checkpoint;
  const last = segments.findLast(({ sizeInBytes }) => sizeInBytes > 0);
  let latest = 0;
  if (last !== undefined) {
    for (const { bytes, at } of last.headersFrom(last.nextOffset - 1)) latest = leaderEpochAt(bytes, at);
  }
  if (latest === 0) return new LeaderEpochs();
  const epochs = new LeaderEpochs([]);
  for (const segment of segments) {
    for (const { bytes, at } of segment.headersFrom(segment.baseOffset)) {
      epochs.note(leaderEpochAt(bytes, at), baseOffsetAt(bytes, at));
    }
  }
  return epochs;
}

function offsetsOf(names: readonly string[], suffix: string): number[] {
  return names
    .filter((name) => name.length === 20 + suffix.length && name.endsWith(suffix) && /^\d{20}\./.test(name))
    .map((name) => Number(name.slice(0, 20)));
}
