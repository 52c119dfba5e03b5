import { nodeWorld } from "@ottla/world";
import { type BrokerProcess, startBroker } from "../kit/broker-process.js";
import { freePort } from "../kit/free-port.js";
import { partitionContent } from "../kit/partition-content.js";
import type { PartitionHistory } from "../kit/partition-history.js";
import { temporaryFolder } from "../kit/temporary-folder.js";
import { WireClient } from "../kit/wire-client.js";

interface Options {
  readonly dataDir: string;
  readonly port: number;
  readonly config: Readonly<Record<string, unknown>>;
}

/** A real broker process on one folder and one port, killed and started again as often as wanted. */
export class BrokerUnderFire {
  readonly #options: Options;
  #broker: BrokerProcess;

  private constructor(options: Options, broker: BrokerProcess) {
    this.#options = options;
    this.#broker = broker;
  }

  static async start(config: Options["config"]): Promise<BrokerUnderFire> {
    const options = { dataDir: temporaryFolder("crash"), port: await freePort(), config };
    return new BrokerUnderFire(options, await startBroker({ ...options }));
  }

  get address(): string {
    return this.#broker.address;
  }

  /** `kill -9`, and a new process on the same folder. */
  async killAndRestart(): Promise<void> {
    await this.#broker.child.kill();
    this.#broker = await startBroker({ ...this.#options });
  }

  /** Holds the content of every partition against its history. */
  async check(topic: string, histories: readonly PartitionHistory[]): Promise<number> {
    const client = new WireClient(nodeWorld.network, { host: "127.0.0.1", port: this.#options.port });
    let count = 0;
    for (const [partition, history] of histories.entries()) {
      const { records, logStartOffset, endOffset } = await partitionContent(client, topic, partition);
      history.check(records, logStartOffset, endOffset);
      count += records.length;
    }
    client.close();
    return count;
  }
}
