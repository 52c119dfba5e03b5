import { Broker } from "@ottla/broker";
import { Kafka } from "@ottla/client";
import { Violation } from "../../kit/violation.js";
import { WireClient } from "../../kit/wire-client.js";
import type { FileOperation, Verdict } from "../disk/sim-files.js";
import type { SeededRandom } from "../seeded-random.js";
import type { SimProcess } from "../sim-process.js";
import type { Simulation } from "../simulation.js";
import { momentOfDeath } from "./moment.js";

const address = { host: "broker", port: 9092 } as const;

/** A broker on a machine that loses its power, or the process is killed, a number of times; each time it comes back. */
export class MortalBroker {
  readonly #sim: Simulation;
  readonly #random: SeededRandom;
  readonly #machine: SimProcess;
  #deathsLeft: number;

  constructor(
    sim: Simulation,
    options: { deaths: number; judge?: ((operation: FileOperation) => Verdict) | undefined },
  ) {
    this.#sim = sim;
    this.#random = sim.random.fork();
    this.#machine = sim.process("broker");
    this.#machine.judge = options.judge;
    this.#deathsLeft = options.deaths;
  }

  /** From now on it dies and comes back. */
  live(): void {
    this.#machine.onDeath = () => void this.#revive();
    this.#begin();
  }

  /** No more deaths. */
  spare(): void {
    this.#deathsLeft = 0;
  }

  /** Takes the power away once more and answers the broker that was started on what is left. */
  async dieOnceMore(): Promise<Broker> {
    this.#machine.onDeath = undefined;
    this.#machine.onOperation = undefined;
    this.#machine.crash({ kind: "powerLoss", peersHear: true });
    this.#machine.restart();
    return this.#start();
  }

  /** A client of this broker in a process of the given name. */
  kafka(process: string): Kafka {
    return new Kafka({
      brokers: [`${address.host}:${address.port}`],
      clientId: process,
      world: this.#sim.process(process).world,
      requestTimeoutMs: 2_000,
      reconnectBackoffMs: { base: 10, max: 100 },
    });
  }

  wireClient(process: string): WireClient {
    return new WireClient(this.#sim.process(process).world.network, address);
  }

  #begin(): void {
    const isTime = momentOfDeath(this.#random, [30, 150, 500]);
    this.#machine.onOperation = (operation) => {
      if (this.#deathsLeft === 0 || !isTime(operation)) return;
      this.#deathsLeft -= 1;
      this.#machine.crash({
        kind: this.#random.chance(0.8) ? "powerLoss" : "kill",
        peersHear: this.#random.chance(0.7),
      });
    };
    const { incarnation } = this.#machine;
    this.#start().catch((error: unknown) => this.#machine.isRunning(incarnation) && this.#sim.fail(error));
  }

  async #revive(): Promise<void> {
    await this.#sim.sleep(this.#random.between(1, 300));
    if (this.#machine.isAlive) return;
    this.#machine.restart();
    this.#begin();
  }

  #start(): Promise<Broker> {
    const hear = (text: string, fields?: object): void => this.#hear(text, fields);
    return Broker.start({
      dataDir: "/var/lib/ottla",
      ...address,
      world: this.#machine.world,
      logger: { debug: () => undefined, info: () => undefined, warn: hear, error: hear },
      config: {
        "group.initial.rebalance.delay.ms": 0,
        "log.roll.ms": 200,
        "log.index.interval.bytes": 200,
        "auto.create.topics.enable": false,
      },
    });
  }

  #hear(text: string, fields: object | undefined): void {
    if (this.#machine.isAlive && /fenced|failed/i.test(text)) {
      const what = `the broker says «${text}» ${JSON.stringify(fields)} of a disk that did nothing wrong`;
      this.#sim.fail(new Violation(what));
    }
  }
}
