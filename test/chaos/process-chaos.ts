import { setTimeout as delay } from "node:timers/promises";
import { apis } from "@ottla/protocol";
import { nodeWorld } from "@ottla/world";
import { type BrokerProcess, startBroker } from "../kit/broker-process.js";
import { freePort } from "../kit/free-port.js";
import { temporaryFolder } from "../kit/temporary-folder.js";
import { Violation } from "../kit/violation.js";
import { WireClient } from "../kit/wire-client.js";
import { SeededRandom } from "../sim/seeded-random.js";
import { FaultyNetwork } from "./faulty-network.js";
import { checkHistory } from "./history/check-history.js";
import type { Surroundings } from "./workload/surroundings.js";
import { Workload } from "./workload/workload.js";

const host = "127.0.0.1";
const config = {
  "group.initial.rebalance.delay.ms": 0,
  "group.min.session.timeout.ms": 100,
  "transaction.abort.timed.out.transaction.cleanup.interval.ms": 200,
  "log.roll.ms": 2_000,
  "log.segment.delete.delay.ms": 1_000,
  "auto.create.topics.enable": false,
  "offsets.topic.num.partitions": 4,
  "transaction.state.log.num.partitions": 4,
};

/** What a run has put to the test. */
export interface ProcessChaosCounts {
  kills: number;
  cuts: number;
  stalls: number;
  committed: number;
  writes: number;
  operations: number;
}

/** A real broker process that is killed, stopped and cut off, over and over, while clients work. */
export class ProcessChaos {
  readonly #random: SeededRandom;
  readonly #port: number;
  readonly #dataDir: string;
  readonly #networks = new Map<string, FaultyNetwork>();
  readonly counts: ProcessChaosCounts = { kills: 0, cuts: 0, stalls: 0, committed: 0, writes: 0, operations: 0 };
  #broker: BrokerProcess;
  #rounds = 0;

  private constructor(seed: number, port: number, dataDir: string, broker: BrokerProcess) {
    this.#random = new SeededRandom(seed);
    this.#port = port;
    this.#dataDir = dataDir;
    this.#broker = broker;
  }

  static async start(seed: number): Promise<ProcessChaos> {
    const [port, dataDir] = [await freePort(), temporaryFolder("chaos")];
    return new ProcessChaos(seed, port, dataDir, await startBroker({ port, dataDir, config }));
  }

  /**
   * Lets clients work through so many kills on topics of their own, and holds what they saw against what may be.
   *
   * @throws Violation
   */
  async round(kills: number): Promise<void> {
    this.#rounds += 1;
    const workload = new Workload({ name: `round${this.#rounds}`, pauseMs: 20 }, this.#surroundings());
    await workload.createTopics();
    let failure: unknown;
    const work = workload.work().catch((error: unknown) => {
      failure = error;
    });
    for (const last = this.counts.kills + kills; this.counts.kills < last && failure === undefined; )
      await this.#harm();
    workload.end();
    await work;
    if (failure !== undefined) throw failure;
    await this.#kill();
    const history = await workload.lookAtEverything();
    this.counts.committed += workload.committedCount;
    this.counts.writes += workload.writeCount;
    this.counts.operations += history.length;
    const anomalies = checkHistory(history);
    if (anomalies.length > 0) {
      const texts = anomalies.slice(0, 5).map(({ kind, text }) => `${kind}: ${text}`);
      throw new Violation(`round ${this.#rounds}: ${anomalies.length} anomalies: ${texts.join("; ")}`);
    }
    await this.#deleteTopics(workload.topics);
    this.#networks.clear();
  }

  /** Stops the broker in an orderly way: it must be able to. */
  async stop(): Promise<void> {
    const outcome = await this.#broker.child.stop();
    if (outcome !== 0) throw new Violation(`the broker ended with ${outcome}: ${this.#broker.child.errors}`);
  }

  #surroundings(): Surroundings {
    return {
      address: { host, port: this.#port },
      random: new SeededRandom(this.#random.uint32()),
      patienceMs: 15_000,
      sessionTimeoutMs: 1_500,
      transactionTimeoutMs: 4_000,
      network: (client) => {
        const network = this.#networks.get(client) ?? new FaultyNetwork(nodeWorld.network);
        this.#networks.set(client, network);
        return network;
      },
      sleep: (ms) => delay(ms),
      wallMs: () => Date.now(),
    };
  }

  async #harm(): Promise<void> {
    const random = this.#random;
    await delay(random.between(1, 500));
    const dice = random.next();
    const networks = [...this.#networks.values()];
    if (dice < 0.2 && networks.length > 0) {
      this.counts.cuts += 1;
      random.pick(networks).cut();
    } else if (dice < 0.35 && networks.length > 0) {
      this.counts.stalls += 1;
      const resume = random.pick(networks).stall();
      await delay(random.between(1, 500));
      resume();
    } else if (dice < 0.4) {
      this.counts.stalls += 1;
      this.#signal("SIGSTOP");
      await delay(random.between(1, 800));
      this.#signal("SIGCONT");
    } else await this.#kill();
  }

  #signal(signal: "SIGSTOP" | "SIGCONT"): void {
    const { pid } = this.#broker.child;
    if (pid !== undefined) process.kill(pid, signal);
  }

  async #kill(): Promise<void> {
    const { child } = this.#broker;
    if (child.outcome !== undefined) throw new Violation(`the broker ended with ${child.outcome}: ${child.errors}`);
    await child.kill();
    this.counts.kills += 1;
    await delay(this.#random.between(0, 100));
    this.#broker = await startBroker({ port: this.#port, dataDir: this.#dataDir, config });
  }

  async #deleteTopics(topicNames: readonly string[]): Promise<void> {
    const client = new WireClient(nodeWorld.network, { host, port: this.#port });
    await client.call(apis.DeleteTopics, 4, { topicNames: [...topicNames], timeoutMs: 5_000 });
    client.close();
  }
}
