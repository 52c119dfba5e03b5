import type { WorkerThread, World } from "@ottla/world";
import type { SyncSlots } from "../../storage/sync-slots.js";
import { type CleanedGroup, cleanSegments } from "./clean-segments.js";
import type { CleaningPlan } from "./cleaning-plan.js";
import { SlicedPace } from "./pace.js";

// Beside this module in the published package. It is not there among the sources, nor where a bundler made one file of all.
const workerName = "./ottla-broker-worker.js";

type PlaceWorld = Pick<World, "clock" | "timers" | "files" | "workers">;

/** What a store gives for the place of its rounds. */
interface CleaningPlaceOptions {
  readonly syncSlots: SyncSlots;
  /** Hears why no thread could be started; there is no other attempt. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * Where the heavy part of compaction is done: in one worker thread, which is there while there is something to do; where files are
 * others than the system's, or no thread can be had, on the event loop in slices.
 */
export class CleaningPlace {
  readonly #world: PlaceWorld;
  readonly #options: CleaningPlaceOptions;
  #thread: WorkerThread | undefined;
  #isWithoutThreads: boolean;

  constructor(world: PlaceWorld, options: CleaningPlaceOptions) {
    this.#world = world;
    this.#options = options;
    this.#isWithoutThreads = world.workers?.files !== world.files;
  }

  /** Carries out a round, group after group. It fails once `signal` is aborted. */
  async *clean(plan: CleaningPlan, signal: AbortSignal): AsyncGenerator<CleanedGroup, void, undefined> {
    const end = () => void this.close();
    signal.addEventListener("abort", end);
    try {
      const thread = await this.#readyThread();
      signal.throwIfAborted();
      if (thread !== undefined) {
        yield* thread.run("cleanSegments", plan) as AsyncGenerator<CleanedGroup, void, undefined>;
      } else {
        const { files } = this.#world;
        const { syncSlots } = this.#options;
        yield* cleanSegments(plan, { files, syncSlots, pace: new SlicedPace(this.#world, signal) });
      }
    } finally {
      signal.removeEventListener("abort", end);
    }
  }

  /** Ends the thread: a round under way in it fails, the next one starts another. */
  async close(): Promise<void> {
    const thread = this.#thread;
    this.#thread = undefined;
    await thread?.end();
  }

  async #readyThread(): Promise<WorkerThread | undefined> {
    if (this.#thread?.isAlive === true) return this.#thread;
    if (this.#isWithoutThreads) return undefined;
    let thread: WorkerThread | undefined;
    try {
      const module = workerModule();
      thread = module && this.#world.workers?.start(module);
      this.#thread = thread;
      this.#isWithoutThreads = thread === undefined;
      await thread?.ready;
      return thread;
    } catch (error) {
      // Ended meanwhile, nothing is wrong with threads.
      if (thread !== undefined && this.#thread !== thread) throw error;
      this.#thread = undefined;
      this.#isWithoutThreads = true;
      this.#options.onFailure(error);
      return undefined;
    }
  }
}

/** `undefined` where modules have no address, as in a bundle of CommonJS. */
function workerModule(): URL | undefined {
  try {
    return new URL(workerName, import.meta.url);
  } catch {
    return undefined;
  }
}
