import { apis, encodeBatch, type RecordInput } from "@ottla/protocol";
import { Violation } from "../kit/violation.js";
import { PartitionReader } from "./workload/partition-reader.js";
import { type Dialect, Producer } from "./workload/producer.js";
import { Recorder, type TopicPartition } from "./workload/recorder.js";
import { StubbornClient } from "./workload/stubborn-client.js";
import type { Surroundings } from "./workload/surroundings.js";
import { Transformer } from "./workload/transformer.js";

const small = { "segment.bytes": "1048576" };
const topics: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  plain: { ...small, "retention.bytes": "4194304" },
  compacted: { ...small, "cleanup.policy": "compact", "min.cleanable.dirty.ratio": "0.1" },
  in: { ...small, "retention.bytes": "2097152" },
  out: { ...small, "retention.bytes": "2097152" },
};
const partitionsOf = (topic: string): TopicPartition[] => [0, 1].map((partition) => ({ topic, partition }));
const dialects: readonly Dialect[] = ["old", "kip890"];

/** Whatever clients do to a broker, at half the rate at which it would do it: after each step they rest as long as it took. */
export class SoakLoad {
  readonly #where: Surroundings;
  readonly #readers: readonly PartitionReader[];
  readonly #client: StubbornClient;
  produced = 0;
  read = 0;
  committed = 0;

  constructor(where: Surroundings) {
    this.#where = where;
    this.#client = new StubbornClient("soak", where);
    this.#readers = partitionsOf("plain").map((from) => new PartitionReader(this.#client, from, "committed"));
  }

  async createTopics(): Promise<void> {
    const wanted = Object.entries(topics).map(([name, configs]) => ({
      name,
      numPartitions: 2,
      replicationFactor: 1,
      assignments: [],
      configs: Object.entries(configs).map(([config, value]) => ({ name: config, value })),
    }));
    const answer = await this.#client.ask(apis.CreateTopics, 5, { timeoutMs: 10_000, topics: wanted });
    for (const { name, errorCode } of answer.topics)
      if (errorCode !== 0) throw new Violation(`${name} was not created: ${errorCode}`);
  }

  /** Works for so long with new connections, members and producers, which go then without a word. */
  async round(ms: number): Promise<void> {
    const recorder = new Recorder();
    const until = this.#where.wallMs() + ms;
    const repeat = async (step: () => Promise<void>): Promise<void> => {
      while (this.#where.wallMs() < until) {
        const begun = this.#where.wallMs();
        await step();
        await this.#where.sleep(this.#where.wallMs() - begun);
      }
    };
    const input = new Producer({ name: "input", dialect: "kip890" }, this.#where, recorder);
    const transformers = dialects.map(
      (dialect) =>
        new Transformer(
          { name: dialect, dialect, groupId: "soak", from: partitionsOf("in"), to: partitionsOf("out") },
          this.#where,
          recorder,
        ),
    );
    await Promise.all([
      repeat(() => this.#produceAndRead()),
      repeat(() => this.#produceKeys()),
      repeat(() => input.write(this.#where.random.pick(partitionsOf("in")), `input ${"x".repeat(500)}`)),
      ...transformers.map((transformer) => repeat(() => transformer.work())),
    ]);
    this.committed += recorder.count((each) => each.kind === "transaction" && each.outcome === "committed");
    for (const each of [input, ...transformers]) each.close();
  }

  close(): void {
    this.#client.close();
  }

  async #produceAndRead(): Promise<void> {
    const value = Buffer.alloc(1_000, this.produced % 251);
    const records = Array.from({ length: 30 }, () => ({ key: null, value, timestamp: this.#where.wallMs() }));
    await this.#produce("plain", records);
    for (const reader of this.#readers) this.read += (await reader.next(1_000_000, 0)).length;
  }

  async #produceKeys(): Promise<void> {
    const { random } = this.#where;
    const records = Array.from({ length: 20 }, () => ({
      key: Buffer.from(`key ${random.between(0, 999)}`),
      value: random.chance(0.1) ? null : Buffer.alloc(random.between(100, 900), 1),
      timestamp: this.#where.wallMs(),
    }));
    await this.#produce("compacted", records);
  }

  async #produce(name: string, records: readonly RecordInput[]): Promise<void> {
    const index = this.#where.random.between(0, 1);
    const topicData = [{ name, partitionData: [{ index, records: encodeBatch(records) }] }];
    const body = { transactionalId: null, acks: -1, timeoutMs: 10_000, topicData };
    const { responses } = await this.#client.ask(apis.Produce, 9, body);
    const code = responses[0]?.partitionResponses[0]?.errorCode;
    if (code !== 0) throw new Violation(`${name}-${index}: Produce says ${code}`);
    this.produced += records.length;
  }
}
