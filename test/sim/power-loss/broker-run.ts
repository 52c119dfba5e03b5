import { type Admin, type Consumer, string, topic } from "@ottla/client";
import { apis } from "@ottla/protocol";
import { partitionContent } from "../../kit/partition-content.js";
import { PartitionHistory } from "../../kit/partition-history.js";
import { Violation } from "../../kit/violation.js";
import type { WireClient } from "../../kit/wire-client.js";
import type { FileOperation, Verdict } from "../disk/sim-files.js";
import type { SeededRandom } from "../seeded-random.js";
import { Simulation } from "../simulation.js";
import { MortalBroker } from "./mortal-broker.js";

const committers = "by-hand";
const readers = "readers";

export interface BrokerRunOptions {
  /** How often the broker dies while clients work (default drawn from 1 to 3). */
  readonly deaths?: number;
  readonly judge?: (operation: FileOperation) => Verdict;
}

const readTopic = (name: string) => topic(name, { value: string() });
type ReadTopic = ReturnType<typeof readTopic>;

/** What is known of a topic that is made, and perhaps deleted again, while the broker dies. */
interface TopicHistory {
  readonly name: string;
  readonly partitions: number;
  state: "asked for" | "there" | "deletion asked for" | "gone";
}

/** Offsets committed by hand to one partition: the last acknowledged, and the last sent. */
interface CommitHistory {
  acknowledged: number;
  sent: number;
}

/**
 * A broker whose machine loses its power again and again, and our own clients working on through it: idempotent producers, a
 * group, offsets committed by hand, topics made and deleted.
 */
export class BrokerRun {
  readonly sim: Simulation;
  readonly #random: SeededRandom;
  readonly #broker: MortalBroker;
  readonly #topics: TopicHistory[] = [];
  readonly #histories = new Map<string, PartitionHistory>();
  readonly #commits = new Map<string, CommitHistory>();
  /** By partition: one past the last record that the group handled. */
  readonly #handled = new Map<string, number>();
  #ackedCount = 0;
  #readCount = 0;

  constructor(seed: number, options: BrokerRunOptions = {}) {
    this.sim = new Simulation({ seed });
    this.#random = this.sim.random.fork();
    const deaths = options.deaths ?? this.#random.between(1, 3);
    this.#broker = new MortalBroker(this.sim, { deaths, judge: options.judge });
  }

  /** What this run has put to the test, for knowing that it tests something. */
  get counts(): { readonly acknowledged: number; readonly read: number } {
    return { acknowledged: this.#ackedCount, read: this.#readCount };
  }

  /** @throws Violation */
  async run(): Promise<void> {
    await this.sim.run(this.#everything());
  }

  async #everything(): Promise<void> {
    this.#broker.live();
    const names = ["t0", "t1"];
    await this.#makeTopics(names);
    const work = Promise.all([
      this.#produce("producer-1", names),
      this.#produce("producer-2", names),
      this.#commitByHand(names),
      this.#makeAndDeleteTopics(),
    ]);
    let isOver = false;
    const reading = this.#readByHand(names, () => isOver);
    const memberCount = this.#random.pick([0, 0, 0, 1, 2]);
    const members = ["member-1", "member-2"].slice(0, memberCount).map((name) => this.#join(name, names));
    await work;
    this.#broker.spare();
    isOver = true;
    await reading;
    if (members.length > 0) await this.#until(() => this.#isAllHandled());
    for (const { consumer } of members) await consumer.close();
    await Promise.all(members.map(({ reading }) => reading));
    for (const [key, offset] of this.#handled) this.#commits.set(`${readers} ${key}`, exactly(offset));
    const broker = await this.#broker.dieOnceMore();
    await this.#check();
    await broker.close();
  }

  async #makeTopics(names: readonly string[]): Promise<void> {
    const admin = this.#broker.kafka("admin").admin();
    for (const name of names) await this.#makeTopic(admin, name);
    await admin.close();
  }

  async #makeTopic({ topics }: Admin, name: string): Promise<TopicHistory> {
    const made: TopicHistory = { name, partitions: this.#random.between(1, 3), state: "asked for" };
    this.#topics.push(made);
    const [outcome] = await topics.create([{ name, partitions: made.partitions }]);
    // Made by an earlier try whose answer was lost.
    if (outcome?.error !== undefined && outcome.error.code !== "TOPIC_ALREADY_EXISTS") throw outcome.error;
    made.state = "there";
    return made;
  }

  async #deleteTopic({ topics }: Admin, made: TopicHistory): Promise<void> {
    made.state = "deletion asked for";
    const [outcome] = await topics.delete([made.name]);
    if (outcome?.error !== undefined && outcome.error.code !== "UNKNOWN_TOPIC_OR_PARTITION") throw outcome.error;
    made.state = "gone";
  }

  async #makeAndDeleteTopics(): Promise<void> {
    const admin = this.#broker.kafka("admin").admin();
    for (let round = 0; round < this.#random.between(0, 4); round += 1) {
      await this.sim.sleep(this.#random.between(0, 100));
      const made = await this.#makeTopic(admin, `extra${round}`);
      if (this.#random.chance(0.5)) await this.#deleteTopic(admin, made);
    }
    await admin.close();
  }

  #history(name: string, partition: number): PartitionHistory {
    const key = `${name}-${partition}`;
    const history = this.#histories.get(key) ?? new PartitionHistory(key);
    this.#histories.set(key, history);
    return history;
  }

  #anyPartition(names: readonly string[]): { readonly name: string; readonly partition: number } {
    const { name, partitions } = this.#random.pick(this.#topics.filter((made) => names.includes(made.name)));
    return { name, partition: this.#random.between(0, partitions - 1) };
  }

  async #produce(process: string, names: readonly string[]): Promise<void> {
    const producer = this.#broker.kafka(process).producer({ retryBackoffMs: { base: 10, max: 50 } });
    const pending: Promise<void>[] = [];
    for (let count = 0; count < this.#random.between(20, 60); count += 1) {
      const { name, partition } = this.#anyPartition(names);
      const id = `${process} ${count} ${"x".repeat(this.#random.between(0, 60))}`;
      const history = this.#history(name, partition);
      history.sending(process, id);
      const record = { topic: name, partition, key: null, value: Buffer.from(id), headers: [] };
      pending.push(
        producer.sendRaw(record).then(({ offset }) => {
          this.#ackedCount += 1;
          if (offset >= 0n) history.acknowledged(Number(offset), id);
        }),
      );
      if (this.#random.chance(0.4)) await this.sim.sleep(this.#random.next() * 20);
    }
    await Promise.all(pending);
    await producer.close();
  }

  #join(process: string, names: readonly string[]): { consumer: Consumer<ReadTopic>; reading: Promise<void> } {
    const consumer: Consumer<ReadTopic> = this.#broker.kafka(process).consumer({
      groupId: readers,
      topics: names.map(readTopic),
      autoCommitIntervalMs: 30,
      heartbeatIntervalMs: 100,
      sessionTimeoutMs: 6_000,
      maxWaitMs: 100,
    });
    return { consumer, reading: this.#handle(consumer) };
  }

  async #handle(consumer: Consumer<ReadTopic>): Promise<void> {
    for await (const record of consumer) {
      const key = `${record.topic}-${record.partition}`;
      const offset = Number(record.offset);
      const expected = this.#handled.get(key) ?? 0;
      if (offset > expected) throw new Violation(`${key}: the group was at ${expected} and is given ${offset}`);
      this.#handled.set(key, Math.max(expected, offset + 1));
      this.#history(record.topic, record.partition).served([{ offset, id: String(record.value) }]);
      if (this.#random.chance(0.2)) await this.sim.sleep(this.#random.next() * 10);
    }
  }

  #isAllHandled(): boolean {
    return [...this.#histories].every(([key, { toldCount }]) => (this.#handled.get(key) ?? 0) >= toldCount);
  }

  async #until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await this.sim.sleep(20);
  }

  /** Reads whole partitions over the wire: what is seen here may never change. */
  async #readByHand(names: readonly string[], isOver: () => boolean): Promise<void> {
    let client: WireClient | undefined;
    while (!isOver()) {
      await this.sim.sleep(this.#random.between(1, 60));
      client ??= this.#broker.wireClient("reader");
      const { name, partition } = this.#anyPartition(names);
      try {
        const { records } = await this.#answered(partitionContent(client, name, partition));
        this.#history(name, partition).served(records);
        this.#readCount += records.length;
      } catch (error) {
        if (error instanceof Violation) throw error;
        client.close();
        client = undefined;
      }
    }
    client?.close();
  }

  /** A connection to a machine without power says nothing at all. */
  async #answered<T>(answer: Promise<T>): Promise<T> {
    const late = this.sim.sleep(2_000).then(() => {
      throw new Error("no answer");
    });
    return Promise.race([answer, late]);
  }

  async #commitByHand(names: readonly string[]): Promise<void> {
    let client: WireClient | undefined;
    for (let offset = 1; offset <= this.#random.between(5, 30); offset += 1) {
      const { name, partition } = this.#anyPartition(names);
      const key = `${committers} ${name}-${partition}`;
      const history = this.#commits.get(key) ?? { acknowledged: 0, sent: 0 };
      this.#commits.set(key, history);
      history.sent = offset;
      for (let isDone = false; !isDone; ) {
        client ??= this.#broker.wireClient("committer");
        try {
          isDone = await this.#answered(commit(client, name, partition, offset));
        } catch (error) {
          if (error instanceof Violation) throw error;
          client.close();
          client = undefined;
        }
        if (!isDone) await this.sim.sleep(20);
      }
      history.acknowledged = offset;
      await this.sim.sleep(this.#random.next() * 20);
    }
    client?.close();
  }

  async #check(): Promise<void> {
    const client = this.#broker.wireClient("checker");
    await this.#checkTopics(client);
    for (const { name, partitions, state } of this.#topics) {
      for (let partition = 0; state === "there" && partition < partitions; partition += 1) {
        const { records, logStartOffset, endOffset } = await partitionContent(client, name, partition);
        this.#history(name, partition).check(records, logStartOffset, endOffset);
      }
    }
    await this.#checkCommits(client);
    client.close();
  }

  async #checkTopics(client: WireClient): Promise<void> {
    const { topics } = await client.call(apis.Metadata, 8, { topics: null, allowAutoTopicCreation: false });
    for (const { name, partitions, state } of this.#topics) {
      const found = topics.find((other) => other.name === name);
      if (state === "there" && found?.partitions.length !== partitions) {
        throw new Violation(`topic ${name} was made with ${partitions} partitions and has ${found?.partitions.length}`);
      }
      if (state === "gone" && found !== undefined) throw new Violation(`topic ${name} was deleted and is back`);
    }
  }

  async #checkCommits(client: WireClient): Promise<void> {
    for (const [key, { acknowledged, sent }] of this.#commits) {
      const [, groupId = "", name, partition] = /^(\S+) (.*)-(\d+)$/.exec(key) ?? [];
      const { topics } = await client.call(apis.OffsetFetch, 5, { groupId, topics: null });
      const found = topics
        .find((other) => other.name === name)
        ?.partitions.find(({ partitionIndex }) => partitionIndex === Number(partition))?.committedOffset;
      if (found === undefined ? acknowledged > 0 : found < acknowledged || found > sent) {
        throw new Violation(`${key}: offset ${acknowledged} was committed, ${sent} sent, and ${found} is there`);
      }
    }
  }
}

/** What is to be there when all that was sent was acknowledged. */
const exactly = (offset: number): CommitHistory => ({ acknowledged: offset, sent: offset });

/** True when the broker says that it has the offset; false when it asks to try again. */
async function commit(client: WireClient, topicName: string, partition: number, offset: number): Promise<boolean> {
  const response = await client.call(apis.OffsetCommit, 7, {
    groupId: committers,
    generationIdOrMemberEpoch: -1,
    memberId: "",
    topics: [
      {
        name: topicName,
        partitions: [{ partitionIndex: partition, committedOffset: offset, committedMetadata: null }],
      },
    ],
  });
  const code = response.topics[0]?.partitions[0]?.errorCode;
  // Loading, and not (yet) the coordinator.
  if (code === 14 || code === 15 || code === 16) return false;
  if (code !== 0) throw new Violation(`OffsetCommit says ${code}`);
  return true;
}
