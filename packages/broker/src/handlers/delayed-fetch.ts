import type { Timer, Timers } from "@ottla/world";
import type { PartitionFetch } from "./partition-fetch.js";

/** How much a fetch may and should answer. */
export interface FetchBounds {
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly maxWaitMs: number;
}

// A client that wants many bytes at once does not mind some milliseconds; reading again at each small append would cost the
// square of them.
const rereadPauseMs = 5;

/** Reads the partitions in the order asked. The first with data yields a whole batch even over the limit. */
async function readAll(partitions: readonly PartitionFetch[], maxBytes: number): Promise<number> {
  let size = 0;
  for (const partition of partitions) {
    const late = partition.hasMoved ? partition.read(Math.max(maxBytes - size, 0), size === 0) : undefined;
    if (late !== undefined) await late;
    size += partition.sizeInBytes;
  }
  return size;
}

/**
 * Reads all partitions, and where that yields less than `minBytes` waits: for an append that fills it up, for `maxWaitMs`,
 * or for the connection to close. A parked fetch costs one listener per partition and one timer.
 */
export async function readOrWait(
  timers: Timers,
  partitions: readonly PartitionFetch[],
  { minBytes, maxBytes, maxWaitMs }: FetchBounds,
  signal: AbortSignal,
): Promise<void> {
  const isEnough = (size: number) => size >= minBytes || partitions.some(({ isUrgent }) => isUrgent);
  const size = await readAll(partitions, maxBytes);
  if (isEnough(size) || maxWaitMs <= 0 || partitions.length === 0 || signal.aborted) return;
  const watch = new Watch(timers, partitions, maxWaitMs, signal);
  try {
    while (await watch.advanced()) {
      if (minBytes > 1) await watch.pause(rereadPauseMs);
      if (isEnough(await readAll(partitions, maxBytes))) return;
    }
  } finally {
    watch.close();
  }
}

/** Tells a waiting fetch that one of its logs moved on, or that it has waited long enough. */
class Watch {
  readonly #timers: Timers;
  readonly #signal: AbortSignal;
  readonly #deadline: Timer;
  readonly #unsubscribe: (() => void)[] = [];
  #hasAdvanced: boolean;
  #isOver = false;
  #wake: () => void = () => {};

  constructor(timers: Timers, partitions: readonly PartitionFetch[], maxWaitMs: number, signal: AbortSignal) {
    this.#timers = timers;
    this.#signal = signal;
    for (const { log } of partitions) {
      if (log !== undefined) this.#unsubscribe.push(log.onAdvance(this.#advance));
    }
    // While one partition was read from disk, another may have moved, unwatched.
    this.#hasAdvanced = partitions.some(({ hasMoved }) => hasMoved);
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
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
  }
}
