/** Work that waits for its lane. It must not reject. */
type Task = () => Promise<void>;

interface Lane {
  readonly tasks: Task[];
}

/**
 * Runs tasks side by side, at most `concurrency` at once; tasks of one lane run one after the other, in the order they were
 * given. Lanes that are ready are served in turn.
 */
export class Lanes {
  readonly #concurrency: number;
  readonly #lanes = new Map<string, Lane>();
  readonly #ready: { readonly key: string | undefined; readonly task: Task }[] = [];
  #running = 0;
  #pending = 0;
  #waiters: (() => void)[] = [];

  constructor(concurrency: number) {
    this.#concurrency = concurrency;
  }

  /** Tasks given and not finished. */
  get pending(): number {
    return this.#pending;
  }

  /** Gives a task to its lane; without a lane it only waits for a free place. */
  add(key: string | undefined, task: Task): void {
    this.#pending += 1;
    if (key !== undefined) {
      const lane = this.#lanes.get(key);
      if (lane !== undefined) {
        lane.tasks.push(task);
        return;
      }
      this.#lanes.set(key, { tasks: [] });
    }
    this.#ready.push({ key, task });
    this.#start();
  }

  /** Resolves when fewer than `limit` tasks are pending. */
  async below(limit: number): Promise<void> {
    while (this.#pending >= limit) await new Promise<void>((resolve) => this.#waiters.push(resolve));
  }

  #start(): void {
    while (this.#running < this.#concurrency) {
      const next = this.#ready.shift();
      if (next === undefined) return;
      this.#running += 1;
      void next.task().then(() => this.#finish(next.key));
    }
  }

  #finish(key: string | undefined): void {
    this.#running -= 1;
    this.#pending -= 1;
    if (key !== undefined) {
      const task = this.#lanes.get(key)?.tasks.shift();
      if (task === undefined) this.#lanes.delete(key);
      else this.#ready.push({ key, task });
    }
    this.#start();
    for (const wake of this.#waiters.splice(0)) wake();
  }
}
