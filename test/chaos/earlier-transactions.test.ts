import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Broker } from "@ottla/broker";
import { apis, batchesIn, encodeBatch, errorCodeOf } from "@ottla/protocol";
import { nodeWorld } from "@ottla/world";
import { describe, expect, it } from "vitest";
import { cleanup } from "../kit/cleanup.js";
import { eventually } from "../kit/eventually.js";
import { temporaryFolder } from "../kit/temporary-folder.js";
import { WireClient } from "../kit/wire-client.js";
import { SeededRandom } from "../sim/seeded-random.js";
import { packFolder, unpackFolder } from "./packed-folder.js";
import { GroupMember } from "./workload/group-member.js";
import { PartitionReader } from "./workload/partition-reader.js";
import { type Dialect, Producer } from "./workload/producer.js";
import { Recorder } from "./workload/recorder.js";
import { StubbornClient } from "./workload/stubborn-client.js";
import type { Surroundings } from "./workload/surroundings.js";

// Survival list 3.3 #20. Each file holds a data folder that an earlier build wrote: in each dialect a transaction that was committed, one
// that was aborted and one that is open, of records in two partitions of `ledger` and of offsets; and `state`, which was compacted.
// `OTTLA_WRITE_FOLDER=<name> npx vitest run test/chaos/earlier-transactions` adds the folder that this build writes.

const folders = new URL("./data-folders/transactions/", import.meta.url);
const newName = process.env.OTTLA_WRITE_FOLDER;
const dialects: readonly Dialect[] = ["old", "kip890"];
const ledger = [0, 1].map((partition) => ({ topic: "ledger", partition }));
const source = { topic: "ledger", partition: 0 };

interface Opened {
  readonly broker: Broker;
  readonly client: WireClient;
  readonly where: Surroundings;
}

async function opened(dataDir: string): Promise<Opened> {
  const config = {
    "offsets.topic.num.partitions": 2,
    "transaction.state.log.num.partitions": 2,
    "group.initial.rebalance.delay.ms": 0,
    "log.cleaner.backoff.ms": 50,
    "log.roll.ms": 20,
    // What was open stays so, however long ago it was begun.
    "transaction.abort.timed.out.transaction.cleanup.interval.ms": 3_600_000,
  };
  const broker = await Broker.start({ dataDir, durability: "os", config });
  const address = { host: "127.0.0.1", port: broker.port };
  const client = new WireClient(nodeWorld.network, address);
  cleanup(async () => {
    client.close();
    await broker.close();
  });
  const where = {
    address,
    random: new SeededRandom(1),
    patienceMs: 30_000,
    sessionTimeoutMs: 6_000,
    transactionTimeoutMs: 900_000,
    network: () => nodeWorld.network,
    sleep: (ms: number) => delay(ms),
    wallMs: () => Date.now(),
  };
  return { broker, client, where };
}

async function fill({ client, where }: Opened): Promise<void> {
  const kept = { name: "retention.ms", value: "-1" };
  const compacted = [
    kept,
    { name: "cleanup.policy", value: "compact" },
    { name: "min.cleanable.dirty.ratio", value: "0.01" },
  ];
  const rest = { replicationFactor: 1, assignments: [] };
  await client.call(apis.CreateTopics, 5, {
    timeoutMs: 10_000,
    topics: [
      { ...rest, name: "ledger", numPartitions: 2, configs: [kept] },
      { ...rest, name: "state", numPartitions: 1, configs: compacted },
    ],
  });
  for (let round = 0; round < 5; round += 1) {
    for (const [key, value] of [
      ["a", `a${round}`],
      ["b", `b${round}`],
      ["c", round === 4 ? null : `c${round}`],
    ] as const) {
      const record = {
        key: Buffer.from(key),
        value: value === null ? null : Buffer.from(value),
        timestamp: Date.now(),
      };
      const topicData = [{ name: "state", partitionData: [{ index: 0, records: encodeBatch([record]) }] }];
      await client.call(apis.Produce, 9, { transactionalId: null, acks: -1, timeoutMs: 10_000, topicData });
      await delay(25);
    }
  }
  for (const dialect of dialects) {
    const producer = new Producer({ name: dialect, transactionalId: `id ${dialect}`, dialect }, where, new Recorder());
    const member = new GroupMember(dialect, `group ${dialect}`, [source], where);
    for (const [offset, end] of ["committed", "aborted", "open"].entries()) {
      await producer.init();
      producer.begin();
      for (const to of ledger) await producer.write(to, `${dialect} ${end} ${to.partition}`);
      await producer.sendOffsets(member, source, offset + 1);
      if (end !== "open") await producer.end(end === "committed");
      await delay(25);
    }
    producer.close();
    member.close();
  }
  await eventually(async () => (await allOf(client, "state", 0)).length < 15, { what: "compaction" });
}

/** All records of a partition, by key and value, whatever became of their transactions. */
async function allOf(client: WireClient, topic: string, partition: number): Promise<string[]> {
  const lines: string[] = [];
  for (let position = 0; ; ) {
    const { responses } = await client.call(apis.Fetch, 11, {
      maxWaitMs: 0,
      minBytes: 1,
      topics: [{ topic, partitions: [{ partition, fetchOffset: position, partitionMaxBytes: 1_000_000 }] }],
      forgottenTopicsData: [],
    });
    const before = position;
    for (const batch of batchesIn(Buffer.from(responses[0]?.partitions[0]?.records ?? []))) {
      expect(batch.hasValidCrc()).toBe(true);
      if (!batch.isControl) for (const { key, value } of batch.records()) lines.push(`${key} ${value}`);
      position = batch.nextOffset;
    }
    if (position === before) return lines;
  }
}

async function committedIn({ where }: Opened, partition: number): Promise<string[]> {
  const client = new StubbornClient("reader", where);
  const reader = new PartitionReader(client, { topic: "ledger", partition }, "committed");
  const values: string[] = [];
  for (let before = -1; before !== reader.position; ) {
    before = reader.position;
    for (const { value } of await reader.next(1_000_000, 0)) values.push(value);
  }
  client.close();
  return values;
}

/** The offset of a group, or what it says where a transaction is about to commit another. */
async function offsetOf({ client }: Opened, groupId: string, requireStable: boolean): Promise<number | string> {
  const topics = [{ name: "ledger", partitionIndexes: [0] }];
  const answer = await client.call(apis.OffsetFetch, 7, { groupId, topics, requireStable });
  const found = answer.topics[0]?.partitions[0];
  return found?.errorCode === 0 ? found.committedOffset : errorCodeOf(found?.errorCode ?? answer.errorCode);
}

async function statesOf({ client }: Opened): Promise<string[]> {
  const transactionalIds = dialects.map((dialect) => `id ${dialect}`);
  const { transactionStates } = await client.call(apis.DescribeTransactions, 0, { transactionalIds });
  return transactionStates.map(({ transactionState }) => transactionState);
}

it.runIf(newName !== undefined)("is written into a folder", async () => {
  const dataDir = temporaryFolder("written");
  const written = await opened(dataDir);
  await fill(written);
  await written.broker.close();
  packFolder(dataDir, new URL(`${newName}.json`, folders));
});

describe.each(readdirSync(folders))("transactions in a data folder of an earlier build (%s)", (name) => {
  it.each(["as it was stopped", "as if it had been killed", "without what can be made anew"])(
    "are what they were, and go on, %s",
    async (how) => {
      const dataDir = unpackFolder(new URL(name, folders));
      if (how !== "as it was stopped") rmSync(join(dataDir, ".kafka_cleanshutdown"));
      if (how === "without what can be made anew") {
        for (const path of readdirSync(dataDir, { recursive: true, encoding: "utf8" })) {
          // Where compaction left gaps is known from its own checkpoint alone.
          if (path.endsWith("compaction-gaps-checkpoint")) continue;
          if (/\.(index|timeindex|txnindex|snapshot)$|checkpoint$/.test(path)) rmSync(join(dataDir, path));
        }
      }
      const head = await opened(dataDir);
      const { client, where } = head;
      const state = new Map((await allOf(client, "state", 0)).map((line) => line.split(" ") as [string, string]));
      expect([...state].sort()).toEqual([
        ["a", "a4"],
        ["b", "b4"],
        ["c", "null"],
      ]);
      for (const { partition } of ledger) {
        const written = dialects.flatMap((dialect) =>
          ["committed", "aborted", "open"].map((end) => `null ${dialect} ${end} ${partition}`),
        );
        expect(await allOf(client, "ledger", partition)).toEqual(written);
        // All that follows the first open transaction waits for it.
        expect(await committedIn(head, partition)).toEqual([`old committed ${partition}`]);
      }
      expect(await statesOf(head)).toEqual(["Ongoing", "Ongoing"]);
      for (const dialect of dialects) {
        expect(await offsetOf(head, `group ${dialect}`, false)).toBe(1);
        expect(await offsetOf(head, `group ${dialect}`, true)).toBe("UNSTABLE_OFFSET_COMMIT");
      }

      // The producers come back: what was open is aborted, and they go on.
      for (const dialect of dialects) {
        const producer = new Producer(
          { name: dialect, transactionalId: `id ${dialect}`, dialect },
          where,
          new Recorder(),
        );
        const member = new GroupMember(dialect, `group ${dialect}`, [source], where);
        await producer.init();
        producer.begin();
        for (const to of ledger) await producer.write(to, `${dialect} again ${to.partition}`);
        await producer.sendOffsets(member, source, 9);
        await producer.end(true);
        producer.close();
        member.close();
      }
      for (const { partition } of ledger) {
        const wanted = ["committed", "again"].flatMap((end) =>
          dialects.map((dialect) => `${dialect} ${end} ${partition}`),
        );
        await expect.poll(() => committedIn(head, partition), { timeout: 15_000 }).toEqual(wanted);
      }
      for (const dialect of dialects)
        await expect.poll(() => offsetOf(head, `group ${dialect}`, true), { timeout: 15_000 }).toBe(9);
      await expect.poll(() => statesOf(head), { timeout: 15_000 }).toEqual(["CompleteCommit", "CompleteCommit"]);
    },
  );
});
