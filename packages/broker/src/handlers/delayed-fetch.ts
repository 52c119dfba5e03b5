import type { Timer, Timers } from "@ottla/world";
import type { FetchRound } from "../fetch-session/fetch-round.js";
import type { PartitionFetch } from "./partition-fetch.js";
import type { ResponseMemory } from "./response-memory.js";

/** How much a fetch may and should answer. */
export interface FetchBounds {
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly maxWaitMs: number;
}

/** What a waiting fetch stands on. */
export interface FetchEnvironment {
  readonly timers: Timers;
  readonly memory: ResponseMemory;
  /** Aborts when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

// One read of one partition, whatever the client allows: it bounds what a crowd of fetches can read at the same moment, and
// a client that wants more asks again.
const readMaxBytes = 8 * 1024 * 1024;

// A client that wants many bytes at once does not mind some milliseconds; reading again at each small append would cost the
// square of them.
const rereadPauseMs = 5;

/** Reads the partitions in the order asked. The first with data yields a whole batch even over the limit. */
async function readAll(
  partitions: readonly PartitionFetch[],
  maxBytes: number,
  memory: ResponseMemory,
): Promise<number> {
  let size = 0;
  for (const partition of partitions) {
    if (partition.hasMoved) {
      const before = partition.sizeInBytes;
      const limit = Math.min(Math.max(maxBytes - size, 0), memory.room, readMaxBytes);
      const late = partition.read(limit, size === 0);
      if (late !== undefined) {
        // Others begin to read while this one is under way.
        memory.hold(limit);
        await late;
        memory.release(limit);
      }
      memory.hold(partition.sizeInBytes - before);
    }
    size += partition.sizeInBytes;
  }
  return size;
}

/**
 * Reads all partitions, and where that yields less than `minBytes` waits: for an append that fills it up, for `maxWaitMs`,
 * or for the connection to close. A parked fetch costs one timer and one listener, per partition where it has no session.
 */
export async function readOrWait(
  { timers, memory, signal }: FetchEnvironment,
  round: FetchRound,
  { minBytes, maxBytes, maxWaitMs }: FetchBounds,
): Promise<void> {
  let partitions: readonly PartitionFetch[] = [];
  const readsEnough = async () => {
    partitions = round.partitions();
    const size = await readAll(partitions, maxBytes, memory);
    return size >= minBytes || round.isOver || partitions.some(({ isUrgent }) => isUrgent);
  };
  let watch: Watch | undefined;
  try {
    if ((await readsEnough()) || maxWaitMs <= 0 || signal.aborted) return;
    watch = new Watch(timers, round, maxWaitMs, signal);
    while (await watch.advanced()) {
      if (minBytes > 1) await watch.pause(rereadPauseMs);
      if (await readsEnough()) return;
    }
  } finally {
    watch?.close();
    memory.release(partitions.reduce((sum, { sizeInBytes }) => sum + sizeInBytes, 0));
  }
}

/** Tells a waiting fetch that one of its logs moved on, or that it has waited long enough. */
class Watch {
  readonly #timers: Timers;
  readonly #signal: AbortSignal;
  readonly #deadline: Timer;
  readonly #unwatch: () => void;
  #hasAdvanced: boolean;
  #isOver = false;
  #wake: () => void = () => {};

  constructor(timers: Timers, round: FetchRound, maxWaitMs: number, signal: AbortSignal) {
    this.#timers = timers;
    this.#signal = signal;
    this.#unwatch = round.watch(this.#advance);
    // While one partition was read from disk, another may have moved, unwatched.
    this.#hasAdvanced = round.partitions().some(({ hasMoved }) => hasMoved);
    this.#deadline = timers.after(maxWaitMs, this.#end);
    signal.addEventListener("abort", this.#end, { once: true });
  }

  readonly #advance = (): void => {
    this.#hasAdvanced = true;
    this.#wake();
  };

  readonly #end = (): void => {
    this.#isOver = true;
    this.#wake();
  };

  /** Resolves true when a log moved since the last call, false when the waiting is over. */
  async advanced(): Promise<boolean> {
    if (!this.#hasAdvanced && !this.#isOver) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#hasAdvanced = false;
    return !this.#isOver;
  }

  /** Lets appends gather for a moment. */
  async pause(delayMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = this.#timers.after(delayMs, resolve);
      this.#wake = () => {
        if (!this.#isOver) return;
        timer.cancel();
        resolve();
      };
    });
  }

  close(): void {
    this.#deadline.cancel();
    this.#signal.removeEventListener("abort", this.#end);
    this.#unwatch();
  }
}
