import type { StoreWorld } from "../../storage/folder-log-store.js";
import type { LogEnvironment } from "../log-environment.js";
import type { SegmentedLog } from "../segmented-log.js";
import { cleanLog } from "./clean-log.js";
import { type Cleanable, cleanableOf } from "./cleanable.js";
import { CleaningPlace } from "./cleaning-place.js";
import type { CleanerLimits } from "./cleaning-plan.js";
import { CleaningStopped } from "./cleaning-stopped.js";

/** What compaction did since the start, and how much there is to do. */
export interface CleanerMetrics {
  readonly rounds: number;
  /** Bytes that rounds went through. */
  readonly bytesRead: number;
  /** Bytes that they left of those. */
  readonly bytesWritten: number;
  /** The dirtiest log's share of bytes not compacted yet, when last looked at. */
  readonly maxDirtyRatio: number;
  /** Logs left alone, for a while or for good, because their compaction failed. */
  readonly uncleanableLogs: number;
}

/** Where rounds ended, by log: Kafka's `cleaner-offset-checkpoint`. */
export interface CleanerCheckpoint {
  get(log: SegmentedLog): number | undefined;
  set(log: SegmentedLog, offset: number): Promise<void>;
}

interface Dirty {
  readonly log: SegmentedLog;
  readonly cleanable: Cleanable;
}

// A full disk may have room again; damage stays.
const retryAfterMs = 300_000;

// By name: they may come from another thread.
const damages: readonly string[] = ["SegmentCorruption", "CorruptBatchError"];

/** Compacts the logs of a store, the dirtiest first, one at a time. */
export class LogCleaner {
  readonly #world: StoreWorld;
  readonly #env: LogEnvironment;
  readonly #checkpoint: CleanerCheckpoint;
  // With the monotonic time from which on they are tried again.
  readonly #uncleanable = new Map<SegmentedLog, number>();
  readonly #metrics = { rounds: 0, bytesRead: 0, bytesWritten: 0, maxDirtyRatio: 0 };
  readonly #place: CleaningPlace;
  #running: Promise<boolean> | undefined;
  #round: { readonly log: SegmentedLog; readonly stop: AbortController } | undefined;
  #isStopping = false;

  constructor(world: StoreWorld, env: LogEnvironment, checkpoint: CleanerCheckpoint) {
    this.#world = world;
    this.#env = env;
    this.#checkpoint = checkpoint;
    const onFailure = (error: unknown) => env.report({ kind: "workerFailed", error });
    this.#place = new CleaningPlace(world, { syncSlots: env.syncSlots, onFailure });
  }

  get metrics(): CleanerMetrics {
    return { ...this.#metrics, uncleanableLogs: this.#uncleanable.size };
  }

  /** Does a round on the dirtiest log that is due. True when there was one: there may be more. */
  clean(logs: Iterable<SegmentedLog>, limits: CleanerLimits): Promise<boolean> {
    this.#running ??= this.#clean(logs, limits).finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** The log is deleted: a round on it ends. */
  abandon(log: SegmentedLog): void {
    if (this.#round?.log === log) this.#round.stop.abort();
  }

  /** Ends a round under way, and begins none any more. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#round?.stop.abort();
    await this.#running;
  }

  async #clean(logs: Iterable<SegmentedLog>, limits: CleanerLimits): Promise<boolean> {
    const filthiest = this.#filthiest(logs);
    const isMore = filthiest !== undefined && (await this.#cleanOne(filthiest, limits));
    if (!isMore) await this.#place.close();
    return isMore;
  }

  async #cleanOne({ log, cleanable }: Dirty, limits: CleanerLimits): Promise<boolean> {
    const stop = new AbortController();
    this.#round = { log, stop };
    try {
      const round = { env: this.#env, timers: this.#world.timers, limits, place: this.#place, signal: stop.signal };
      const cleaned = await cleanLog(log, cleanable, round);
      if (!log.isDeleted) await this.#checkpoint.set(log, cleaned.nextDirtyOffset);
      this.#uncleanable.delete(log);
      this.#metrics.rounds += 1;
      this.#metrics.bytesRead += cleaned.bytesRead;
      this.#metrics.bytesWritten += cleaned.bytesWritten;
      return true;
    } catch (error) {
      if (!(error instanceof CleaningStopped)) this.#giveUp(log, error);
      return !this.#isStopping && !(error instanceof CleaningStopped);
    } finally {
      this.#round = undefined;
    }
  }

  #filthiest(logs: Iterable<SegmentedLog>): Dirty | undefined {
    let filthiest: Dirty | undefined;
    let maxDirtyRatio = 0;
    for (const log of this.#uncleanable.keys()) if (log.isDeleted) this.#uncleanable.delete(log);
    const now = this.#world.clock.monotonic();
    for (const log of logs) {
      if (this.#isStopping) return undefined;
      const isLeftAlone = (this.#uncleanable.get(log) ?? 0) > now;
      if (!log.config.cleanupPolicy.includes("compact") || !log.isUsable || isLeftAlone) continue;
      try {
        const cleanable = this.#cleanable(log);
        maxDirtyRatio = Math.max(maxDirtyRatio, cleanable.dirtyRatio);
        if (!cleanable.isDue || cleanable.dirtyRatio <= (filthiest?.cleanable.dirtyRatio ?? -1)) continue;
        filthiest = { log, cleanable };
      } catch (error) {
        this.#giveUp(log, error);
      }
    }
    this.#metrics.maxDirtyRatio = maxDirtyRatio;
    return filthiest;
  }

  #cleanable(log: SegmentedLog): Cleanable {
    const { folder, config, logStartOffset, logEndOffset } = log;
    const { files } = this.#env.openFiles;
    const nowMs = this.#world.clock.now();
    const isSynced = this.#env.durability !== "memory";
    const candidate = {
      segments: folder.segments.map((segment) => ({
        baseOffset: segment.baseOffset,
        sizeInBytes: segment.sizeInBytes,
        latestMs: () =>
          segment.latest.timestamp >= 0
            ? segment.latest.timestamp
            : (files.stat(segment.file.path)?.modifiedMs ?? nowMs),
        firstMs: () => segment.firstTimestamp,
      })),
      logStartOffset,
      logEndOffset,
      stableOffset: isSynced ? Math.min(log.lastStableOffset, folder.syncedOffset) : log.lastStableOffset,
      config,
    };
    return cleanableOf(candidate, this.#checkpoint.get(log), nowMs);
  }

  #giveUp(log: SegmentedLog, error: unknown): void {
    if (log.isDeleted || !log.isUsable) return;
    const isDamaged = error instanceof Error && damages.includes(error.name);
    const retryAt = isDamaged ? Number.POSITIVE_INFINITY : this.#world.clock.monotonic() + retryAfterMs;
    this.#uncleanable.set(log, retryAt);
    this.#env.report({ kind: "compactionFailed", topic: log.topic, partition: log.partition, error });
  }
}
