import type { ClientWorld } from "../../cluster/cluster.js";

/** What members of a group have in common, whoever divides the partitions: what they do beside others' work, and their end. */
export class MemberLife {
  /** Aborts when the membership is over. */
  readonly signal: AbortSignal;
  readonly #world: ClientWorld;
  readonly #fail: (error: unknown) => void;
  readonly #stopping = new AbortController();
  readonly #running = new Set<Promise<void>>();
  #ended: () => void = () => {};
  readonly #end = new Promise<void>((resolve) => {
    this.#ended = resolve;
  });
  #confirmedAt: number;

  /** @param fail - Told what work throws, until the membership is over. */
  constructor(world: ClientWorld, fail: (error: unknown) => void) {
    this.#world = world;
    this.#fail = fail;
    this.signal = this.#stopping.signal;
    this.#confirmedAt = world.clock.monotonic();
  }

  /** When the coordinator last said that this is a member, or the consumer began, in monotonic time. */
  get confirmedAt(): number {
    return this.#confirmedAt;
  }

  /** The coordinator has said that this is a member; or it is not to be one as yet. */
  confirm(): void {
    this.#confirmedAt = this.#world.clock.monotonic();
  }

  /** Work that {@link MemberLife.over} waits for. */
  track(work: Promise<void>): void {
    const tracked = work
      .catch((error: unknown) => {
        if (!this.signal.aborted) this.#fail(error);
      })
      .finally(() => this.#running.delete(tracked));
    this.#running.add(tracked);
  }

  /** The membership is over. */
  end(): void {
    this.#stopping.abort();
    this.#ended();
  }

  /** Resolves when the membership is over and nothing that was begun for it runs any more. */
  async over(): Promise<void> {
    await this.#end;
    await Promise.allSettled(this.#running);
  }
}
