/** What a task that runs may do with the place it has. */
export interface Place {
  /** Gives the place to others until `wait`, which must not reject, is over; then waits for one. The lane stays the task's. */
  aside(wait: Promise<void>): Promise<void>;
}

/** Work that waits for its lane. It must not reject. */
type Task = (place: Place) => Promise<void>;

interface Lane {
  readonly key: string | undefined;
  readonly tasks: Task[];
  readonly place: Place;
  isAside: boolean;
}

/**
 * Runs tasks side by side, at most `concurrency` at once; tasks of one lane run one after the other, in the order they were
 * given. Lanes that are ready are served in turn.
 */
export class Lanes {
  readonly #concurrency: number;
  readonly #lanes = new Map<string, Lane>();
  /** Starts what waits for a place: a task, or the rest of one that was aside. */
  readonly #ready: (() => void)[] = [];
  #running = 0;
  #pending = 0;
  /** Tasks aside, and those behind them in their lanes. */
  #blocked = 0;
  #waiters: (() => void)[] = [];

  constructor(concurrency: number) {
    this.#concurrency = concurrency;
  }

  /** Tasks given and not finished. */
  get pending(): number {
    return this.#pending;
  }

  /** Tasks given that run, or need nothing but a place or their turn. */
  get moving(): number {
    return this.#pending - this.#blocked;
  }

  /** Gives a task to its lane; without a lane it only waits for a free place. */
  add(key: string | undefined, task: Task): void {
    this.#pending += 1;
    const known = key === undefined ? undefined : this.#lanes.get(key);
    if (known !== undefined) {
      known.tasks.push(task);
      if (known.isAside) this.#blocked += 1;
      return;
    }
    const lane: Lane = {
      key,
      tasks: [],
      place: { aside: (wait) => this.#aside(lane, wait) },
      isAside: false,
    };
    if (key !== undefined) this.#lanes.set(key, lane);
    this.#queue(lane, task);
  }

  /** Resolves when fewer than `limit` tasks are {@link Lanes.moving}. */
  async room(limit: number): Promise<void> {
    while (this.moving >= limit) await new Promise<void>((resolve) => this.#waiters.push(resolve));
  }

  /** Resolves when no task is left. */
  async empty(): Promise<void> {
    while (this.#pending > 0) await new Promise<void>((resolve) => this.#waiters.push(resolve));
  }

  #queue(lane: Lane, task: Task): void {
    this.#ready.push(() => void task(lane.place).then(() => this.#finish(lane)));
    this.#start();
  }

  async #aside(lane: Lane, wait: Promise<void>): Promise<void> {
    lane.isAside = true;
    this.#blocked += 1 + lane.tasks.length;
    this.#running -= 1;
    this.#start();
    this.#tell();
    await wait;
    lane.isAside = false;
    this.#blocked -= 1 + lane.tasks.length;
    await new Promise<void>((resolve) => {
      this.#ready.push(resolve);
      this.#start();
    });
  }

  #start(): void {
    while (this.#running < this.#concurrency) {
      const next = this.#ready.shift();
      if (next === undefined) return;
      this.#running += 1;
      next();
    }
  }

  #finish(lane: Lane): void {
    this.#running -= 1;
    this.#pending -= 1;
    const task = lane.tasks.shift();
    if (task !== undefined) this.#queue(lane, task);
    else if (lane.key !== undefined) this.#lanes.delete(lane.key);
    this.#start();
    this.#tell();
  }

  #tell(): void {
    if (this.#waiters.length === 0) return;
    for (const wake of this.#waiters.splice(0)) wake();
  }
}
