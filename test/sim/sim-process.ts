import type { Timer, World } from "@ottla/world";
import { Disk } from "./disk/disk.js";
import { type FileOperation, type FilesHost, SimFiles, type Verdict } from "./disk/sim-files.js";
import type { Simulation } from "./simulation.js";

/** How a process dies. */
export interface Death {
  /** `"kill"` keeps the page cache, `"powerLoss"` loses what was not synced. */
  readonly kind: "kill" | "powerLoss";
  /** Whether peers hear of it at once (default true for a kill, false for a power loss, where they hear when it is back). */
  readonly peersHear?: boolean;
}

/**
 * A process that can die. Its world belongs to one incarnation: once that is dead its timers, sockets and promises never come
 * again, and what code is still in the middle of a function works on a disk that nobody will see.
 */
export class SimProcess {
  readonly name: string;
  readonly #sim: Simulation;
  #disk = new Disk();
  #incarnation = 0;
  #isAlive = true;
  #world: World;
  #operations = 0;

  /** Hears of each operation on files before it is done. */
  judge: ((operation: FileOperation) => Verdict) | undefined;
  /** Hears of each operation after it was done and before anything else happens; may call {@link SimProcess.crash}. */
  onOperation: ((operation: FileOperation) => void) | undefined;
  /** Until then no sync ends: a disk that is busy, or gone for a while. */
  holdsSyncsUntilMs = 0;
  /** Runs when the process has died. */
  onDeath: (() => void) | undefined;

  constructor(sim: Simulation, name: string) {
    this.#sim = sim;
    this.name = name;
    this.#world = this.#makeWorld();
  }

  get world(): World {
    return this.#world;
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  get incarnation(): number {
    return this.#incarnation;
  }

  /** Operations on files of this incarnation so far. */
  get operations(): number {
    return this.#operations;
  }

  isRunning(incarnation: number): boolean {
    return this.#isAlive && this.#incarnation === incarnation;
  }

  /** Schedules something that does not happen when this incarnation has died by then. */
  schedule(delayMs: number, label: string, run: () => void): { cancel(): void } {
    const incarnation = this.#incarnation;
    const event = this.#sim.schedule(delayMs, label, () => {
      if (this.isRunning(incarnation)) run();
    });
    return {
      cancel: () => {
        event.run = undefined;
      },
    };
  }

  /** Resolves after `delayMs`, or never when this incarnation has died by then. */
  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.schedule(delayMs, `${this.name} sleep`, resolve);
    });
  }

  crash(death: Death): void {
    if (!this.#isAlive) return;
    this.#isAlive = false;
    this.#sim.trace.add(this.#sim.nowMs, `${this.name} dies (${death.kind}) after ${this.#operations} operations`);
    this.#disk = death.kind === "kill" ? this.#disk.afterKill() : this.#disk.afterPowerLoss(this.#sim.random);
    this.#sim.network.processDied(this, death.peersHear ?? death.kind === "kill");
    this.onDeath?.();
  }

  /** What the disk holds now, page cache included, as a disk of its own. */
  copyOfDisk(): Disk {
    return this.#disk.afterKill();
  }

  /** Puts another disk into the machine of a dead process. */
  insertDisk(disk: Disk): void {
    if (this.#isAlive) throw new Error(`${this.name} is running`);
    this.#disk = disk;
  }

  /** Starts a new incarnation over what the disk holds. */
  restart(): World {
    if (this.#isAlive) throw new Error(`${this.name} is running`);
    this.#isAlive = true;
    this.#incarnation += 1;
    this.#operations = 0;
    this.#world = this.#makeWorld();
    this.#sim.network.processRestarted(this);
    return this.#world;
  }

  #makeWorld(): World {
    const sim = this.#sim;
    const incarnation = this.#incarnation;
    const isRunning = (): boolean => this.isRunning(incarnation);
    const random = sim.random.fork();
    const after = (delayMs: number, callback: () => void): Timer => {
      if (!isRunning()) return { cancel: () => undefined };
      const lateMs = sim.options.timerJitterMs * sim.random.next();
      return this.schedule(Math.max(delayMs, 1) + lateMs, `${this.name} timer`, callback);
    };
    let operation: FileOperation | undefined;
    const host: FilesHost = {
      now: () => sim.wallMs,
      judge: (kind, path, bytes) => {
        if (!isRunning()) return undefined;
        sim.trace.add(sim.nowMs, `${this.name} ${kind} ${path}`, bytes);
        operation = { index: this.#operations, kind, path };
        return this.judge?.(operation);
      },
      latency: (kind) =>
        new Promise((resolve) => {
          if (!isRunning()) return;
          const delayMs = sim.duration(kind === "sync" ? sim.options.syncMs : [0.01, 0.3]);
          const heldMs = kind === "sync" ? Math.max(0, this.holdsSyncsUntilMs - sim.nowMs) : 0;
          this.schedule(heldMs + delayMs, `${this.name} ${kind} done`, resolve);
        }),
      partOf: (bytes) => (isRunning() ? sim.random.between(0, bytes) : 0),
      maxOpenFiles: sim.options.maxOpenFiles,
    };
    const operationDone = (): void => {
      if (!isRunning() || operation === undefined) return;
      this.#operations += 1;
      this.onOperation?.(operation);
    };
    return {
      clock: { now: () => sim.wallMs, monotonic: () => sim.nowMs },
      timers: {
        after,
        idle: after,
        endOfTurn: (callback) => {
          if (isRunning()) sim.atEndOfTurn(this, callback);
        },
      },
      random,
      files: new SimFiles(this.#disk, host, operationDone),
      network: sim.network.of(this),
    };
  }
}
