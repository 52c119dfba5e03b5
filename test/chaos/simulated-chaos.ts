import { Broker } from "@ottla/broker";
import { systemError } from "@ottla/world";
import { Violation } from "../kit/violation.js";
import type { FileOperation, Verdict } from "../sim/disk/sim-files.js";
import { momentOfDeath } from "../sim/power-loss/moment.js";
import type { SeededRandom } from "../sim/seeded-random.js";
import type { SimProcess } from "../sim/sim-process.js";
import { Simulation } from "../sim/simulation.js";
import { checkHistory } from "./history/check-history.js";
import type { History } from "./history/history.js";
import type { Surroundings } from "./workload/surroundings.js";
import { Workload } from "./workload/workload.js";

const address = { host: "broker", port: 9092 } as const;
const hourMs = 3_600_000;

export interface SimulatedChaosOptions {
  /** How long harm is done, in virtual milliseconds (default drawn from 500 to 4,000). */
  readonly harmMs?: number;
}

/** What a run has put to the test, for knowing that it tests something. */
export interface ChaosCounts {
  readonly deaths: number;
  readonly committed: number;
  readonly writes: number;
}

/**
 * A simulated broker under a workload of everything, to which everything happens: death and power loss at any operation on its
 * files, cut and broken connections, a disk that holds its syncs, is full or fails, a clock that jumps.
 */
export class SimulatedChaos {
  readonly sim: Simulation;
  readonly #random: SeededRandom;
  readonly #machine: SimProcess;
  readonly #clients: readonly SimProcess[];
  readonly #workload: Workload;
  readonly #harmMs: number;
  readonly #rollMs: number;
  #deaths = 0;
  #isHarmful = true;
  #isFullUntilMs = 0;
  #failsNextSync = false;
  /** In this life of the broker. */
  #hasDiskFailed = false;

  constructor(seed: number, options: SimulatedChaosOptions = {}) {
    this.sim = new Simulation({ seed });
    this.#random = this.sim.random.fork();
    this.#harmMs = options.harmMs ?? this.#random.between(500, 4_000);
    this.#rollMs = this.#random.pick([100, 1_000, 1_000_000]);
    this.#machine = this.sim.process("broker");
    this.#machine.judge = (operation) => this.#judge(operation);
    this.#clients = ["one", "two", "three"].map((name) => this.sim.process(name));
    this.#workload = new Workload({ name: "w", pauseMs: 30 }, this.#surroundings());
  }

  /** All that clients did and were told. */
  get history(): History {
    return this.#workload.history;
  }

  get counts(): ChaosCounts {
    return { deaths: this.#deaths, committed: this.#workload.committedCount, writes: this.#workload.writeCount };
  }

  /** @throws Violation */
  async run(): Promise<void> {
    await this.sim.run(this.#everything());
  }

  async #everything(): Promise<void> {
    this.#machine.onDeath = () => void this.#revive();
    this.#begin();
    await this.#workload.createTopics();
    const work = this.#workload.work();
    // Heard at once, not only when it is waited for.
    work.catch((error: unknown) => this.sim.fail(error));
    await this.#doHarm();
    this.#workload.end();
    await work;
    this.#machine.crash({ kind: "powerLoss", peersHear: true });
    const history = await this.#workload.lookAtEverything();
    const anomalies = checkHistory(history);
    if (anomalies.length > 0) {
      const texts = anomalies.slice(0, 5).map(({ kind, text }) => `${kind}: ${text}`);
      throw new Violation(`${anomalies.length} anomalies: ${texts.join("; ")}`);
    }
  }

  #surroundings(): Surroundings {
    const machineOf = (client: string): SimProcess => {
      // The same client is always on the same machine.
      const sum = Buffer.from(client).reduce((total, byte) => total + byte, 0);
      return this.#clients[sum % this.#clients.length] as SimProcess;
    };
    return {
      address,
      random: this.sim.random.fork(),
      patienceMs: 1_000,
      sessionTimeoutMs: 600,
      transactionTimeoutMs: 1_500,
      network: (client) => machineOf(client).world.network,
      sleep: (ms) => this.sim.sleep(ms),
      wallMs: () => this.sim.wallMs,
    };
  }

  async #doHarm(): Promise<void> {
    const random = this.#random;
    const endMs = this.sim.nowMs + this.#harmMs;
    while (this.sim.nowMs < endMs) {
      await this.sim.sleep(random.between(1, 400));
      await this.#harm(random.next());
    }
    this.#isHarmful = false;
    this.#isFullUntilMs = 0;
    this.#failsNextSync = false;
    this.#machine.onOperation = undefined;
    for (const client of this.#clients) this.sim.network.mend(client, this.#machine);
    // Whatever a failed disk fenced is opened anew.
    this.#machine.crash({ kind: "kill" });
  }

  async #harm(dice: number): Promise<void> {
    const { sim } = this;
    const random = this.#random;
    if (dice < 0.15) sim.network.resetConnections(this.#machine);
    else if (dice < 0.3) sim.network.resetConnections(random.pick(this.#clients));
    else if (dice < 0.45) {
      const client = random.pick(this.#clients);
      sim.network.cut(client, this.#machine);
      await sim.sleep(random.between(1, 1_500));
      sim.network.mend(client, this.#machine);
    } else if (dice < 0.55) this.#machine.holdsSyncsUntilMs = sim.nowMs + random.between(1, 1_500);
    else if (dice < 0.65) this.#isFullUntilMs = sim.nowMs + random.between(1, 500);
    else if (dice < 0.7) {
      sim.jumpWallClock(random.pick([-24, -1, 1, 24]) * hourMs);
    } else if (dice < 0.75) {
      this.#failsNextSync = true;
      await sim.sleep(random.between(1, 300));
      this.#crash();
    } else this.#crash();
  }

  #crash(): void {
    const kind = this.#random.chance(0.6) ? "powerLoss" : "kill";
    this.#machine.crash({ kind, peersHear: this.#random.chance(0.7) });
  }

  #judge({ kind }: FileOperation): Verdict {
    const takesRoom = kind === "write" || kind === "create" || kind === "makeDirectory";
    if (takesRoom && this.sim.nowMs < this.#isFullUntilMs) {
      this.#hasDiskFailed = true;
      return systemError("ENOSPC", kind);
    }
    if (kind === "datasync" && this.#failsNextSync) {
      this.#failsNextSync = false;
      this.#hasDiskFailed = true;
      return systemError("EIO", "fdatasync");
    }
    return undefined;
  }

  #begin(): void {
    const isTime = momentOfDeath(this.#random, [30, 300, 3_000]);
    this.#machine.onOperation = (operation) => {
      if (this.#isHarmful && isTime(operation)) this.#crash();
    };
    const { incarnation } = this.#machine;
    this.#hasDiskFailed = false;
    const config = {
      "group.initial.rebalance.delay.ms": 0,
      "group.min.session.timeout.ms": 100,
      "transaction.abort.timed.out.transaction.cleanup.interval.ms": 100,
      "log.roll.ms": this.#rollMs,
      "log.index.interval.bytes": 200,
      "auto.create.topics.enable": false,
      "offsets.topic.num.partitions": 2,
      "transaction.state.log.num.partitions": 2,
    };
    Broker.start({ dataDir: "/var/lib/ottla", ...address, world: this.#machine.world, config }).catch(
      (error: unknown) => {
        if (!this.#machine.isRunning(incarnation)) return;
        // With a full or failing disk it may fail to start, as long as it does so in an orderly way and comes up later.
        if (this.#isHarmful && this.#hasDiskFailed) this.#machine.crash({ kind: "kill" });
        else this.sim.fail(error);
      },
    );
  }

  async #revive(): Promise<void> {
    this.#deaths += 1;
    await this.sim.sleep(this.#random.between(1, 200));
    if (this.#machine.isAlive) return;
    this.#machine.restart();
    this.#begin();
  }
}
