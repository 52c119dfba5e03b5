import type { FileSystem, Workers, WorkerThread } from "@ottla/world";
import { SyncSlots } from "../../storage/sync-slots.js";
import { cleanSegments } from "./clean-segments.js";
import type { CleaningPlan } from "./cleaning-plan.js";
import { unbroken } from "./pace.js";

/** Threads that are none, but as far apart as real ones: all is handed over as a copy, errors by what is left of them. */
export class CopyingWorkers implements Workers {
  readonly files: FileSystem;
  readonly started: CopyingThread[] = [];
  /** What threads that are started from now on are told instead of being ready. */
  refusal: Error | undefined;

  constructor(files: FileSystem) {
    this.files = files;
  }

  get alive(): number {
    return this.started.filter(({ isAlive }) => isAlive).length;
  }

  start(): CopyingThread {
    const thread = new CopyingThread(this.files, this.refusal);
    this.started.push(thread);
    return thread;
  }
}

class CopyingThread implements WorkerThread {
  readonly ready: Promise<void>;
  isAlive = true;
  rounds = 0;
  readonly #files: FileSystem;
  readonly #death: Promise<never>;
  #die: (error: Error) => void = () => {};

  constructor(files: FileSystem, refusal: Error | undefined) {
    this.#files = files;
    this.#death = new Promise((_, reject) => {
      this.#die = reject;
    });
    this.#death.catch(() => {});
    if (refusal !== undefined) this.crash(refusal);
    this.ready = refusal === undefined ? Promise.resolve() : this.#death;
  }

  crash(error: Error): void {
    this.isAlive = false;
    this.#die(error);
  }

  async end(): Promise<void> {
    this.crash(new Error("ended"));
  }

  async *run(_job: string, input: unknown): AsyncGenerator<unknown, void, undefined> {
    this.rounds += 1;
    const plan = structuredClone(input) as CleaningPlan;
    const groups = cleanSegments(plan, { files: this.#files, syncSlots: new SyncSlots(1), pace: unbroken });
    let isOver = false;
    try {
      for (;;) {
        const next = await Promise.race([groups.next(), this.#death]);
        if (next.done === true) break;
        yield structuredClone(next.value);
      }
      isOver = true;
    } catch (error) {
      isOver = this.isAlive;
      const { name, message } = error as Error;
      throw Object.assign(new Error(message), { name });
    } finally {
      if (!isOver) await this.end();
    }
  }
}
