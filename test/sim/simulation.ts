import { EventQueue, type SimEvent } from "./event-queue.js";
import { SimNetwork } from "./network/sim-network.js";
import { SeededRandom } from "./seeded-random.js";
import { SimProcess } from "./sim-process.js";
import { Trace } from "./trace.js";

/** How a simulation behaves; what is left out is drawn from the seed or has the default given. */
export interface SimulationOptions {
  readonly seed: number;
  /** A timer fires up to so many milliseconds late (default 1); 0 makes timers exact. */
  readonly timerJitterMs?: number;
  /** Least and most time a piece of data is on its way, in milliseconds (default 0.02 to 0.5). */
  readonly networkMs?: readonly [number, number];
  /** Least and most time a sync takes, in milliseconds (default 0.1 to 4). */
  readonly syncMs?: readonly [number, number];
  /** Open files per process before `EMFILE` (default 1,000). */
  readonly maxOpenFiles?: number;
}

const eventsPerTurn = 200;
const eventsAtOneTime = 200_000;

/** A run that cannot come to its end: nothing left to happen, or past its time limit. */
export class SimulationStalledError extends Error {
  override readonly name = "SimulationStalledError";
}

/**
 * Virtual time, and everything that happens in it, in an order that the seed decides. Between two events all promise reactions
 * run to their end, so that a run depends on nothing of the real machine.
 */
export class Simulation {
  readonly seed: number;
  readonly random: SeededRandom;
  readonly trace: Trace;
  readonly network: SimNetwork;
  readonly options: Required<SimulationOptions>;
  readonly #queue = new EventQueue();
  readonly #processes = new Map<string, SimProcess>();
  readonly #ranks: SeededRandom;
  #endOfTurn: { process: SimProcess; incarnation: number; run: () => void }[] = [];
  #nowMs = 0;
  #sequence = 0;
  #sameTime = 0;
  #wallOffsetMs = 1_700_000_000_000;
  #failure: { readonly cause: unknown } | undefined;

  constructor(options: SimulationOptions) {
    this.seed = options.seed;
    this.options = {
      timerJitterMs: 1,
      networkMs: [0.02, 0.5],
      syncMs: [0.1, 4],
      maxOpenFiles: 1_000,
      ...options,
    };
    this.random = new SeededRandom(options.seed);
    this.#ranks = this.random.fork();
    this.trace = new Trace();
    this.network = new SimNetwork(this);
  }

  /** Virtual milliseconds since the run began. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Wall time: may be made to jump. */
  get wallMs(): number {
    return Math.floor(this.#nowMs + this.#wallOffsetMs);
  }

  jumpWallClock(byMs: number): void {
    this.#wallOffsetMs += byMs;
  }

  /** The process of this name, started when it is first asked for. Every process has a disk of its own. */
  process(name: string): SimProcess {
    const process = this.#processes.get(name) ?? new SimProcess(this, name);
    this.#processes.set(name, process);
    return process;
  }

  /** Milliseconds between two bounds. */
  duration([least, most]: readonly [number, number]): number {
    return least + this.random.next() * (most - least);
  }

  /** Lets something happen `delayMs` from now; events of one time happen in an order that the seed decides. */
  schedule(delayMs: number, label: string, run: () => void): SimEvent {
    this.#sequence += 1;
    const event = {
      at: this.#nowMs + Math.max(0, delayMs),
      rank: this.#ranks.uint32(),
      sequence: this.#sequence,
      label,
      run,
    };
    this.#queue.push(event);
    return event;
  }

  atEndOfTurn(process: SimProcess, run: () => void): void {
    this.#endOfTurn.push({ process, incarnation: process.incarnation, run });
  }

  /** Resolves after `delayMs` of virtual time: for scenarios; processes have their timers. */
  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.schedule(delayMs, "sleep", resolve);
    });
  }

  /** Ends the run with an error: what a process would have died of, or a broken promise found by a test. */
  fail(cause: unknown): void {
    this.#failure ??= { cause };
  }

  /**
   * Lets time pass until `until` settles or answers true.
   *
   * @param limitMs - Virtual time after which the run counts as stalled (default ten minutes).
   * @throws SimulationStalledError when nothing is left to happen, or the limit is reached.
   */
  async run<T>(until: Promise<T> | (() => boolean), limitMs = 600_000): Promise<T | undefined> {
    let outcome: { readonly value: T | undefined } | undefined;
    if (typeof until !== "function") {
      until.then(
        (value) => {
          outcome = { value };
        },
        (cause: unknown) => this.fail(cause),
      );
    }
    const lastMs = this.#nowMs + limitMs;
    await microtasksDrained();
    const isDone = (): boolean => {
      if (this.#failure !== undefined) throw this.#failure.cause;
      if (typeof until === "function" && until()) outcome ??= { value: undefined };
      return outcome !== undefined;
    };
    while (!isDone()) await this.#turn(isDone, lastMs);
    return outcome?.value;
  }

  /**
   * One turn of the real event loop with many immediates: Node drains microtasks between two of them, which is all that is
   * needed between two events, and going round the loop for each costs several times as much.
   */
  #turn(isDone: () => boolean, lastMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      let left = eventsPerTurn;
      let isOver = false;
      const step = (): void => {
        left -= 1;
        try {
          if (!isOver && isDone()) isOver = true;
          if (!isOver) this.#happen(lastMs);
        } catch (error) {
          isOver = true;
          reject(error as Error);
        }
        if (left === 0) resolve();
      };
      for (let count = 0; count < eventsPerTurn; count += 1) setImmediate(step);
    });
  }

  #happen(lastMs: number): void {
    const next = this.#queue.peek();
    const [first] = this.#endOfTurn;
    // A turn ends before time goes on, and sometimes earlier: what arrives at one time need not be handled in one turn.
    if (first !== undefined && (next === undefined || next.at > this.#nowMs || this.#ranks.chance(0.2))) {
      this.#endOfTurn.shift();
      if (first.process.isRunning(first.incarnation)) this.#guard("endOfTurn", first.run);
      return;
    }
    if (next === undefined) {
      throw new SimulationStalledError(`nothing is left to happen at ${this.#nowMs} ms (seed ${this.seed})`);
    }
    if (next.at > lastMs) throw new SimulationStalledError(`still not done at ${this.#nowMs} ms (seed ${this.seed})`);
    this.#sameTime = next.at === this.#nowMs ? this.#sameTime + 1 : 0;
    if (this.#sameTime > eventsAtOneTime) {
      throw new SimulationStalledError(`time stands still at ${this.#nowMs} ms in ${next.label} (seed ${this.seed})`);
    }
    this.#queue.pop();
    this.#nowMs = next.at;
    this.trace.add(this.#nowMs, next.label);
    const { run } = next;
    next.run = undefined;
    if (run !== undefined) this.#guard(next.label, run);
  }

  #guard(label: string, run: () => void): void {
    try {
      run();
    } catch (cause) {
      this.fail(new Error(`uncaught in ${label} at ${this.#nowMs} ms (seed ${this.seed})`, { cause }));
    }
  }
}

function microtasksDrained(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
