import { Broker } from "@ottla/broker";
import { apis, errorCodeOf } from "@ottla/protocol";
import type { World } from "@ottla/world";
import type { Disk } from "../sim/disk/disk.js";
import type { SimProcess } from "../sim/sim-process.js";
import { Simulation } from "../sim/simulation.js";
import type { Isolation } from "./history/history.js";
import { GroupMember } from "./workload/group-member.js";
import { PartitionReader } from "./workload/partition-reader.js";
import { Producer } from "./workload/producer.js";
import { Recorder } from "./workload/recorder.js";
import { StubbornClient } from "./workload/stubborn-client.js";
import type { Surroundings } from "./workload/surroundings.js";

export const dataDir = "/data";
const address = { host: "broker", port: 9092 } as const;
const groupId = "group";
const topics = { plain: 1, in: 1, out: 2 } as const;
const partitions = Object.entries(topics).flatMap(([topic, count]) =>
  Array.from({ length: count }, (_, partition) => ({ topic, partition })),
);

/** All that clients can see of a broker. */
export interface View {
  readonly partitions: readonly {
    readonly name: string;
    readonly committed: readonly string[];
    readonly uncommitted: readonly string[];
    readonly producers: readonly string[];
  }[];
  readonly committedOffset: number | undefined;
  readonly transactions: readonly string[];
}

/** A simulated broker with a little of everything in its folder, small enough to be started hundreds of times. */
export class SampleBroker {
  readonly sim = new Simulation({ seed: 1, networkMs: [0, 0], syncMs: [0, 0], timerJitterMs: 0 });
  readonly machine: SimProcess = this.sim.process("broker");
  /** What the broker warned of since the last start. */
  readonly warnings: string[] = [];
  readonly where: Surroundings = {
    address,
    random: this.sim.random.fork(),
    patienceMs: 3_000,
    sessionTimeoutMs: 600,
    transactionTimeoutMs: 60_000,
    network: (client) => this.sim.process(`client ${client}`).world.network,
    sleep: (ms) => this.sim.sleep(ms),
    wallMs: () => this.sim.wallMs,
  };
  #broker: Broker | undefined;

  /** @param more - Options of its machine's world that this start has otherwise. */
  async start(more: Partial<World> = {}): Promise<void> {
    const warn = (text: string, fields?: object): number => this.warnings.push(`${text} ${JSON.stringify(fields)}`);
    this.warnings.length = 0;
    this.#broker = await Broker.start({
      dataDir,
      ...address,
      world: { ...this.machine.world, ...more },
      logger: { debug: () => undefined, info: () => undefined, warn, error: warn },
      config: {
        "group.initial.rebalance.delay.ms": 0,
        "group.min.session.timeout.ms": 100,
        "offsets.topic.num.partitions": 1,
        "transaction.state.log.num.partitions": 1,
        "log.roll.ms": 200,
        "log.index.interval.bytes": 100,
        "auto.create.topics.enable": false,
      },
    });
  }

  async stop(): Promise<void> {
    await this.#broker?.close();
    this.#broker = undefined;
  }

  /** The process is gone, and starts anew on this disk. */
  insert(disk: Disk): void {
    this.machine.crash({ kind: "kill" });
    this.machine.insertDisk(disk.afterKill());
    this.machine.restart();
  }

  /** Topics with several segments, transactions that were committed, aborted and are open, in both dialects, and a group. */
  async fill(): Promise<void> {
    const recorder = new Recorder();
    await this.createTopics();
    const plain = new Producer({ name: "plain", dialect: "kip890" }, this.where, recorder);
    for (let count = 0; count < 20; count += 1) {
      await plain.write({ topic: "plain", partition: 0 }, `plain ${count} ${"x".repeat(30)}`);
      await this.sim.sleep(40);
    }
    plain.close();
    for (const dialect of ["old", "kip890"] as const) {
      const producer = new Producer({ name: dialect, transactionalId: dialect, dialect }, this.where, recorder);
      const member = this.member();
      for (const [count, isCommitted] of [true, false, true, undefined].entries()) {
        await producer.init();
        producer.begin();
        for (const partition of [0, 1])
          await producer.write({ topic: "out", partition }, `${dialect} ${count} ${partition}`);
        await producer.write({ topic: "in", partition: 0 }, `${dialect} ${count}`);
        if (isCommitted === undefined) continue;
        await producer.sendOffsets(member, { topic: "in", partition: 0 }, count + 1);
        await producer.end(isCommitted);
        await this.sim.sleep(150);
      }
      producer.close();
      member.close();
    }
  }

  async createTopics(): Promise<void> {
    const client = new StubbornClient("admin", this.where);
    const body = Object.entries(topics).map(([name, numPartitions]) => ({ name, numPartitions }));
    const rest = { replicationFactor: 1, assignments: [], configs: [] };
    await client.ask(apis.CreateTopics, 5, { timeoutMs: 1_000, topics: body.map((each) => ({ ...each, ...rest })) });
    client.close();
  }

  /** A member that commits outside of generations. */
  member(): GroupMember {
    return new GroupMember("member", groupId, [{ topic: "in", partition: 0 }], this.where);
  }

  /** @throws When something cannot be read, or is not what its checksum says. */
  async view(): Promise<View> {
    const client = new StubbornClient("viewer", this.where);
    const member = this.member();
    try {
      const found: View["partitions"][number][] = [];
      for (const { topic, partition } of partitions) {
        const read = (isolation: Isolation) => this.#readAll(client, topic, partition, isolation);
        const [committed, uncommitted] = [await read("committed"), await read("uncommitted")];
        const producers = await this.#producers(client, topic, partition);
        found.push({ name: `${topic}-${partition}`, committed, uncommitted, producers });
      }
      const committedOffset = await this.#committedOffset(client);
      return { partitions: found, committedOffset, transactions: await this.#transactions(client) };
    } finally {
      client.close();
      member.close();
    }
  }

  async #readAll(client: StubbornClient, topic: string, partition: number, isolation: Isolation): Promise<string[]> {
    const isolationLevel = isolation === "committed" ? 1 : 0;
    const listed = await client.ask(apis.ListOffsets, 5, {
      replicaId: -1,
      isolationLevel,
      topics: [{ name: topic, partitions: [{ partitionIndex: partition, timestamp: -1 }] }],
    });
    const answer = listed.topics[0]?.partitions[0];
    if (answer?.errorCode !== 0) throw new Error(`${topic}-${partition}: ListOffsets says ${answer?.errorCode}`);
    const reader = new PartitionReader(client, { topic, partition }, isolation);
    const lines: string[] = [];
    while (reader.position < answer.offset) {
      const before = reader.position;
      for (const { offset, value } of await reader.next(100_000, 0)) lines.push(`${offset} ${value}`);
      if (reader.position === before) throw new Error(`${topic}-${partition}: nothing to read at ${before}`);
    }
    return [...lines, `end ${answer.offset}`];
  }

  async #producers(client: StubbornClient, name: string, partition: number): Promise<string[]> {
    const body = { topics: [{ name, partitionIndexes: [partition] }] };
    const { topics } = await client.ask(apis.DescribeProducers, 0, body);
    const producers = topics[0]?.partitions[0]?.activeProducers ?? [];
    return producers
      .map(
        (each) =>
          `${each.producerId}/${each.producerEpoch} sequence ${each.lastSequence} open since ${each.currentTxnStartOffset}`,
      )
      .sort();
  }

  /** As it is told now, whether or not a transaction is about to change it. */
  async #committedOffset(client: StubbornClient): Promise<number | undefined> {
    const topics = [{ name: "in", partitionIndexes: [0] }];
    const answer = await client.ask(apis.OffsetFetch, 7, { groupId, topics, requireStable: false });
    const found = answer.topics[0]?.partitions[0];
    if (answer.errorCode !== 0 || found?.errorCode !== 0)
      throw new Error(`OffsetFetch says ${errorCodeOf(answer.errorCode || (found?.errorCode ?? -1))}`);
    return found.committedOffset;
  }

  async #transactions(client: StubbornClient): Promise<string[]> {
    const listed = await client.ask(apis.ListTransactions, 0, { stateFilters: [], producerIdFilters: [] });
    if (listed.errorCode !== 0) throw new Error(`ListTransactions says ${errorCodeOf(listed.errorCode)}`);
    const transactionalIds = listed.transactionStates.map(({ transactionalId }) => transactionalId).sort();
    const described = await client.ask(apis.DescribeTransactions, 0, { transactionalIds });
    return described.transactionStates.map(
      ({ transactionalId, transactionState, producerId, producerEpoch, topics }) =>
        `${transactionalId} ${transactionState} ${producerId}/${producerEpoch} ${JSON.stringify(topics)}`,
    );
  }
}
