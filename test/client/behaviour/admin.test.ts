import { describe, expect, it } from "vitest";
import { eventually } from "../../kit/eventually.js";
import { describeBehaviour } from "./target.js";

describeBehaviour("administration", (on) => {
  const setUp = () => {
    const kafka = on.kafka();
    return { kafka, admin: kafka.admin() };
  };

  describe("topics", () => {
    it.each([
      { partitions: 1, config: {} },
      { partitions: 7, config: { "retention.ms": 60_000 } },
      { partitions: 2, config: { "cleanup.policy": "compact", "min.cleanable.dirty.ratio": 0.1 } },
    ])("creates one of $partitions partitions", async ({ partitions, config }) => {
      const { admin } = setUp();
      const name = on.unique("topic");
      const [created] = await admin.topics.create([{ name, partitions, config }]);
      expect(created).toMatchObject({ name, partitions, replicationFactor: on.size, error: undefined });
      const described = await eventually(async () => {
        const [found] = await admin.topics.describe([name]);
        return found?.error === undefined && found;
      });
      expect(described.partitions.length).toBe(partitions);
      expect(described.partitions.every(({ replicas }) => replicas.length === on.size)).toBe(true);
      const entries = await eventually(async () => {
        const [found] = await admin.configs.describe([{ type: "topic", name }]);
        return found?.error === undefined && found?.entries;
      });
      const values = new Map(entries.map((entry) => [entry.name, entry.value]));
      for (const [key, value] of Object.entries(config)) expect(values.get(key)).toBe(String(value));
    });

    it.each([
      { what: "no such name", topic: { name: "not a name" }, code: "INVALID_TOPIC_EXCEPTION" },
      { what: "too many replicas", topic: { replicationFactor: 99 }, code: "INVALID_REPLICATION_FACTOR" },
      { what: "no such setting", topic: { config: { "no.such": 1 } }, code: "INVALID_CONFIG" },
      { what: "a wrong value", topic: { config: { "retention.ms": "soon" } }, code: "INVALID_CONFIG" },
      { what: "a wrong choice", topic: { config: { "cleanup.policy": "burn" } }, code: "INVALID_CONFIG" },
      { what: "a value out of range", topic: { config: { "segment.bytes": 1 } }, code: "INVALID_CONFIG" },
    ])("refuses $what as an outcome, and creates what is beside it", async ({ topic, code }) => {
      const { admin } = setUp();
      const good = on.unique("topic");
      const outcomes = await admin.topics.create([{ name: on.unique("bad"), partitions: 1, ...topic }, { name: good }]);
      expect(outcomes).toMatchObject([{ error: { code } }, { name: good, error: undefined }]);
    });

    it("says what is there already, and only looks with validateOnly", async () => {
      const { admin } = setUp();
      const name = on.unique("topic");
      expect(await admin.topics.create([{ name }], { validateOnly: true })).toMatchObject([{ error: undefined }]);
      expect(await admin.topics.create([{ name }])).toMatchObject([{ error: undefined }]);
      expect(await admin.topics.create([{ name }])).toMatchObject([{ error: { code: "TOPIC_ALREADY_EXISTS" } }]);
    });

    it("lists them, without internal ones", async () => {
      const contract = await on.topic();
      const { admin } = setUp();
      const names = await eventually(async () => {
        const found = (await admin.topics.list()).map(({ name }) => name);
        return found.includes(contract.name) && found;
      });
      expect(names.filter((name) => name.startsWith("__"))).toEqual([]);
    });

    it.each([
      { count: 4, error: undefined },
      { count: 2, error: { code: "INVALID_PARTITIONS" } },
      { count: 1, error: { code: "INVALID_PARTITIONS" } },
    ])("makes 2 partitions $count", async ({ count, error }) => {
      const contract = await on.topic({ partitions: 2 });
      const outcomes = await setUp().admin.topics.createPartitions([{ topic: contract.name, count }]);
      expect(outcomes).toMatchObject([{ name: contract.name, error }]);
    });

    it("deletes them with their records", async () => {
      const contract = await on.topic();
      const { kafka, admin } = setUp();
      await kafka.producer().send(contract, { key: "k", value: "v" });
      const missing = on.unique("missing");
      expect(await admin.topics.delete([contract.name, missing])).toMatchObject([
        { name: contract.name, error: undefined },
        { name: missing, error: { code: "UNKNOWN_TOPIC_OR_PARTITION" } },
      ]);
      await eventually(async () => !(await admin.topics.list()).some(({ name }) => name === contract.name));
    });

    it.each([
      { before: 3n, start: 3n, code: undefined },
      { before: -1n, start: 5n, code: undefined },
      { before: 0n, start: 0n, code: undefined },
      { before: 6n, start: undefined, code: "OFFSET_OUT_OF_RANGE" },
    ])("deletes records before $before of 5", async ({ before, start, code }) => {
      const contract = await on.topic();
      const { kafka, admin } = setUp();
      const records = Array.from({ length: 5 }, (_, n) => ({ key: "k", value: `${n}` }));
      await kafka.producer().sendBatch(contract, records);
      const [outcome] = await admin.topics.deleteRecords([{ topic: contract.name, partition: 0, before }]);
      if (code !== undefined) expect(outcome).toMatchObject({ error: { code } });
      else expect([outcome?.error, outcome?.logStartOffset]).toEqual([undefined, start]);
    });
  });

  describe("configurations", () => {
    const entryOf = async (admin: ReturnType<typeof setUp>["admin"], name: string, key: string) => {
      const [described] = await admin.configs.describe([{ type: "topic", name }], { names: [key] });
      return described?.entries[0];
    };

    it.each([
      { key: "retention.ms", value: 12_345 },
      { key: "retention.bytes", value: -1 },
      { key: "cleanup.policy", value: "compact,delete" },
      { key: "compression.type", value: "zstd" },
      { key: "max.message.bytes", value: 2_000_000 },
      { key: "message.timestamp.type", value: "LogAppendTime" },
      { key: "unclean.leader.election.enable", value: true },
      { key: "min.compaction.lag.ms", value: 60_000 },
      { key: "segment.ms", value: 3_600_000 },
    ])("sets $key, and takes it back", async ({ key, value }) => {
      const contract = await on.topic();
      const { admin } = setUp();
      const before = await eventually(() => entryOf(admin, contract.name, key));
      const resource = { type: "topic", name: contract.name } as const;
      expect(await admin.configs.alter([{ ...resource, set: { [key]: value } }])).toMatchObject([{ error: undefined }]);
      await eventually(async () => {
        const found = await entryOf(admin, contract.name, key);
        return found?.value === String(value) && found.source === "topic";
      });
      expect(await admin.configs.alter([{ ...resource, remove: [key] }])).toMatchObject([{ error: undefined }]);
      await eventually(async () => (await entryOf(admin, contract.name, key))?.value === before.value);
    });

    it("adds to a list and takes from it", async () => {
      const contract = await on.topic({ config: { "cleanup.policy": "delete" } });
      const { admin } = setUp();
      const resource = { type: "topic", name: contract.name } as const;
      await admin.configs.alter([{ ...resource, append: { "cleanup.policy": "compact" } }]);
      await eventually(async () => (await entryOf(admin, contract.name, "cleanup.policy"))?.value === "delete,compact");
      await admin.configs.alter([{ ...resource, subtract: { "cleanup.policy": "delete" } }]);
      await eventually(async () => (await entryOf(admin, contract.name, "cleanup.policy"))?.value === "compact");
    });

    it("refuses nonsense as an outcome", async () => {
      const contract = await on.topic();
      const outcomes = await setUp().admin.configs.alter([
        { type: "topic", name: contract.name, set: { nonsense: 1 } },
        { type: "topic", name: on.unique("missing"), set: { "retention.ms": 1 } },
      ]);
      expect(outcomes).toMatchObject([
        { error: { code: "INVALID_CONFIG" } },
        { error: { code: "UNKNOWN_TOPIC_OR_PARTITION" } },
      ]);
    });

    it("describes every broker", async () => {
      const { admin } = setUp();
      const { brokers } = await admin.describeCluster();
      expect(brokers.length).toBe(on.size);
      const described = await admin.configs.describe(
        brokers.map(({ nodeId }) => ({ type: "broker", name: `${nodeId}` })),
      );
      for (const { error, entries } of described) {
        expect(error).toBeUndefined();
        expect(entries.length).toBeGreaterThan(200);
      }
    });
  });

  describe("offsets", () => {
    const filled = async () => {
      const contract = await on.topic({ partitions: 2 });
      const { kafka, admin } = setUp();
      const producer = kafka.producer();
      for (const timestamp of [1_000, 3_000, 2_000]) {
        await producer.send(contract, { key: "k", value: "v", partition: 0, timestamp });
      }
      return { contract, kafka, admin };
    };

    it.each([
      { at: "earliest", offset: 0n },
      { at: "latest", offset: 3n },
      { at: "maxTimestamp", offset: 1n },
      { at: 0, offset: 0n },
      { at: 1_000, offset: 0n },
      { at: 1_001, offset: 1n },
      { at: 3_000, offset: 1n },
      { at: 3_001, offset: undefined },
    ] as const)("finds $offset at $at", async ({ at, offset }) => {
      const { contract, admin } = await filled();
      const [found] = await admin.offsets.list([{ topic: contract.name, partition: 0, at }]);
      expect([found?.error, found?.offset]).toEqual([undefined, offset]);
    });

    it("says which partition is not there, beside those that are", async () => {
      const { contract, admin } = await filled();
      const found = await admin.offsets.list(
        [0, 1, 2].map((partition) => ({ topic: contract.name, partition, at: "latest" as const })),
        { timeoutMs: 2_000 },
      );
      expect(found.map(({ offset }) => offset)).toEqual([3n, 0n, undefined]);
      expect(found[2]?.error).toMatchObject({ code: "UNKNOWN_TOPIC_OR_PARTITION" });
    });

    it("commits, tells and deletes those of a group", async () => {
      const { contract, admin } = await filled();
      const groupId = on.unique("group");
      const offsets = [
        { topic: contract.name, partition: 0, offset: 2n, metadata: "two" },
        { topic: contract.name, partition: 1, offset: 0n },
      ];
      for (const { error } of await admin.offsets.commit(groupId, offsets)) expect(error).toBeUndefined();
      expect((await admin.offsets.committed(groupId)).length).toBe(2);
      expect(
        await admin.offsets.committed(groupId, { partitions: [{ topic: contract.name, partition: 0 }] }),
      ).toMatchObject([{ offset: 2n, metadata: "two" }]);
      await admin.offsets.delete(groupId, [{ topic: contract.name, partition: 1 }]);
      expect((await admin.offsets.committed(groupId)).map(({ partition }) => partition)).toEqual([0]);
    });

    it.each([
      { to: "earliest", offset: 0n },
      { to: "latest", offset: 3n },
      { to: { timestamp: 1_500 }, offset: 1n },
      { to: { shift: 1 }, offset: 2n },
      { to: { shift: -5 }, offset: 0n },
      { to: { offset: 2n }, offset: 2n },
    ] as const)("resets a group to $to, as planned", async ({ to, offset }) => {
      const { contract, admin } = await filled();
      const groupId = on.unique("group");
      await admin.offsets.commit(groupId, [{ topic: contract.name, partition: 0, offset: 1n }]);
      const reset = { topics: [contract.name], to };
      const plan = await admin.groups.planReset(groupId, reset);
      expect(plan.partitions.find(({ partition }) => partition === 0)).toMatchObject({ from: 1n, to: offset });
      await admin.groups.resetOffsets(groupId, reset);
      const committed = await admin.offsets.committed(groupId);
      expect(committed.find(({ partition }) => partition === 0)?.offset).toBe(offset);
    });
  });

  describe("groups", () => {
    it("are listed, described with their members, and deleted when empty", async () => {
      const contract = await on.topic({ partitions: 3 });
      const { kafka, admin } = setUp();
      const groupId = on.unique("group");
      await kafka.producer().send(contract, { key: "k", value: "v" });
      const consumer = kafka.consumer({ groupId, topics: [contract] });
      for await (const _ of consumer) break;
      const [described] = await admin.groups.describe([groupId]);
      expect(described).toMatchObject({ groupId, state: "Stable", protocol: "cooperative-sticky" });
      expect(described?.members.flatMap(({ partitions }) => partitions).length).toBe(3);
      expect((await admin.groups.list()).find((group) => group.groupId === groupId)?.state).toBe("Stable");
      expect(await admin.groups.delete([groupId])).toMatchObject([{ error: { code: "NON_EMPTY_GROUP" } }]);
      await consumer.close();
      await eventually(async () => (await admin.groups.delete([groupId]))[0]?.error === undefined);
      expect((await admin.groups.list()).some((group) => group.groupId === groupId)).toBe(false);
    });

    it("that are not there are said to be dead, or not found", async () => {
      const { admin } = setUp();
      const groupId = on.unique("none");
      const [described] = await admin.groups.describe([groupId]);
      expect(described?.state === "Dead" || described?.error?.code === "GROUP_ID_NOT_FOUND").toBe(true);
      expect(await admin.groups.delete([groupId])).toMatchObject([{ error: { code: "GROUP_ID_NOT_FOUND" } }]);
    });

    it("let members be removed, by name", async () => {
      const contract = await on.topic({ partitions: 2 });
      const { kafka, admin } = setUp();
      const groupId = on.unique("group");
      await kafka.producer().send(contract, { key: "k", value: "v" });
      const consumer = kafka.consumer({ groupId, topics: [contract], groupInstanceId: "a" });
      for await (const _ of consumer) break;
      await consumer.close();
      const removed = await admin.groups.removeMembers(groupId, [{ groupInstanceId: "a" }]);
      expect(removed).toMatchObject([{ error: undefined }]);
      await eventually(async () => (await admin.groups.describe([groupId]))[0]?.state === "Empty");
    });
  });

  it("tells the log folders of every broker, and what a topic takes there", async () => {
    const contract = await on.topic({ partitions: 2 });
    const { kafka, admin } = setUp();
    await kafka.producer().send(contract, { key: "k", value: "x".repeat(10_000), partition: 0 });
    await eventually(async () => {
      const replicas = (await admin.logDirs.describe())
        .flatMap(({ dirs }) => dirs.flatMap((dir) => dir.replicas))
        .filter(({ topic, partition }) => topic === contract.name && partition === 0);
      return replicas.length === on.size && replicas.every(({ sizeBytes }) => sizeBytes > 10_000);
    });
  });

  it("tells features, the quorum, producers and transactions", async () => {
    const contract = await on.topic();
    const { kafka, admin } = setUp();
    const transactionalId = on.unique("txn");
    await kafka.producer({ transactionalId }).transaction((tx) => tx.send(contract, { key: "k", value: "v" }));
    expect((await admin.features.describe()).map(({ name }) => name)).toContain("metadata.version");
    const quorum = await admin.quorum.describe();
    expect(quorum.voters.length).toBe(on.size);
    const [active] = await admin.partitions.producers([{ topic: contract.name, partition: 0 }]);
    expect(active?.producers.length).toBe(1);
    const listed = await admin.transactions.list();
    expect(listed.map((each) => each.transactionalId)).toContain(transactionalId);
    const [described] = await admin.transactions.describe([transactionalId]);
    expect(described?.producerId).toBe(active?.producers[0]?.producerId);
  });

  it("elects leaders where there is nothing to do", async () => {
    const contract = await on.topic();
    const outcomes = await setUp().admin.partitions.electLeaders("preferred", [{ topic: contract.name, partition: 0 }]);
    expect(outcomes).toMatchObject([{ error: { code: "ELECTION_NOT_NEEDED" } }]);
  });
});
