import type { Admin, Topic } from "@ottla/client";
import { expect, it } from "vitest";
import { apacheKafka, describeBehaviour } from "./target.js";

const isKafka = apacheKafka !== undefined;

async function collected<T>(pages: AsyncIterable<readonly T[]>): Promise<T[][]> {
  const all: T[][] = [];
  for await (const page of pages) all.push([...page]);
  return all;
}

describeBehaviour("admin calls", (on) => {
  it("reads topics page by page", async () => {
    const [big, small] = [await on.topic({ partitions: 5 }), await on.topic({ partitions: 1 })];
    const { topics } = on.kafka().admin();
    const names = [big.name, small.name];
    const pages = await collected(topics.pages(names, { partitionsPerPage: 2 }));
    expect(pages.map((page) => page.reduce((sum, { partitions }) => sum + partitions.length, 0))).toEqual([2, 2, 2]);
    const found = pages.flat().flatMap(({ name, partitions }) => partitions.map(({ partition }) => [name, partition]));
    expect(found).toEqual([...[0, 1, 2, 3, 4].map((partition) => [big.name, partition]), [small.name, 0]].toSorted());
    const [[missing] = []] = await collected(topics.pages([on.unique("none")]));
    expect(missing).toMatchObject({ error: { code: "UNKNOWN_TOPIC_OR_PARTITION" }, partitions: [] });
    expect(await collected(topics.pages([]))).toEqual([]);
    const all = await collected(topics.pages());
    expect(all.flat().map(({ name }) => name)).toEqual(expect.arrayContaining(names));
  });

  it("finds offsets by what is special about them", async () => {
    const contract = await on.topic({ partitions: 1 });
    const kafka = on.kafka();
    const producer = kafka.producer();
    for (const timestamp of [5_000, 9_000, 7_000]) {
      await producer.send(contract, { value: "v", partition: 0, timestamp });
    }
    const at = async (spec: "earliest" | "latest" | "maxTimestamp" | "earliestLocal" | "latestTiered" | number) => {
      const [found] = await kafka.admin().offsets.list([{ topic: contract.name, partition: 0, at: spec }]);
      return found?.error?.message ?? found?.offset;
    };
    expect(
      await Promise.all([at("earliest"), at("latest"), at("maxTimestamp"), at("earliestLocal"), at(6_000)]),
    ).toEqual([0n, 3n, 1n, 0n, 1n]);
    expect(await at("latestTiered")).toBeUndefined();
  });

  it("appends to settings that are lists, and takes from them", async () => {
    const contract = await on.topic();
    const { configs } = on.kafka().admin();
    const resource = { type: "topic", name: contract.name } as const;
    const policy = async () => {
      const [described] = await configs.describe([resource], { names: ["cleanup.policy"] });
      return described?.entries[0]?.value;
    };
    expect(await configs.alter([{ ...resource, append: { "cleanup.policy": "compact" } }])).toMatchObject([
      { error: undefined },
    ]);
    expect((await policy())?.split(",").toSorted()).toEqual(["compact", "delete"]);
    await configs.alter([{ ...resource, subtract: { "cleanup.policy": "delete" } }]);
    expect(await policy()).toBe("compact");
    const refused = await configs.alter([{ ...resource, set: { "retention.ms": "soon" } }], { validateOnly: true });
    expect(refused).toMatchObject([{ error: { code: "INVALID_CONFIG" } }]);
  });

  it("lists what has a configuration, and keeps subscriptions to client metrics", async () => {
    const contract = await on.topic();
    const { configs } = on.kafka().admin();
    const resource = { type: "clientMetrics", name: on.unique("metrics") } as const;
    expect(await configs.alter([{ ...resource, set: { "interval.ms": 60_000 } }])).toMatchObject([
      { error: undefined },
    ]);
    await expect.poll(() => configs.list(["clientMetrics"]), { timeout: 30_000 }).toContainEqual(resource);
    expect(await configs.list(["topic"])).toContainEqual({ type: "topic", name: contract.name });
    const [described] = await configs.describe([resource], { names: ["interval.ms"] });
    expect(described?.entries).toMatchObject([{ value: "60000", source: "clientMetrics" }]);
    await configs.alter([{ ...resource, remove: ["interval.ms"] }]);
  });

  it("tells of folders, and moves no log where there is one", async () => {
    const contract = await on.topic({ partitions: 2 });
    const { logDirs } = on.kafka().admin();
    const brokers = await logDirs.describe({ topics: [{ topic: contract.name, partition: 1 }] });
    expect(brokers).toHaveLength(on.size);
    const replicas = brokers.flatMap(({ dirs }) => dirs.flatMap((dir) => dir.replicas));
    expect(replicas).toHaveLength(on.size);
    expect(replicas[0]).toMatchObject({ topic: contract.name, partition: 1, isFuture: false, offsetLag: 0 });
    // Ours keeps its logs in memory here.
    expect(brokers[0]?.dirs[0]?.totalBytes !== undefined).toBe(isKafka);
    const nodeId = brokers[0]?.nodeId ?? -1;
    const place = { topic: contract.name, partition: 1 };
    expect(
      await logDirs.alter([
        { ...place, nodeId, path: "/nowhere" },
        { ...place, nodeId: 99, path: "/nowhere" },
      ]),
    ).toMatchObject([{ error: { code: "LOG_DIR_NOT_FOUND" } }, { error: { code: "UNKNOWN_BROKER" } }]);
    expect(await logDirs.describe({ brokers: [99] })).toMatchObject([
      { nodeId: 99, error: { code: "UNKNOWN_BROKER" } },
    ]);
  });

  it("assigns replicas, lists what is under way, and elects leaders", async () => {
    const contract = await on.topic({ partitions: 1 });
    const admin = on.kafka().admin();
    const place = { topic: contract.name, partition: 0 };
    const [described] = await admin.topics.describe([contract.name]);
    const replicas = described?.partitions[0]?.replicas ?? [];
    const missing = { topic: contract.name, partition: 7 };
    expect(
      await admin.partitions.reassign([
        { ...place, replicas },
        { ...missing, replicas },
      ]),
    ).toMatchObject([{ error: undefined }, { error: { code: "UNKNOWN_TOPIC_OR_PARTITION" } }]);
    expect(await admin.partitions.reassign([{ ...place, replicas: [99] }])).toMatchObject([
      { error: { code: "INVALID_REPLICA_ASSIGNMENT" } },
    ]);
    expect(await admin.partitions.reassign([{ ...place, replicas: null }])).toMatchObject([
      { error: { code: "NO_REASSIGNMENT_IN_PROGRESS" } },
    ]);
    expect(await admin.partitions.reassignments([place])).toEqual([]);
    expect(await admin.partitions.electLeaders("preferred", [place, missing])).toMatchObject([
      { error: { code: "ELECTION_NOT_NEEDED" } },
      { error: { code: "UNKNOWN_TOPIC_OR_PARTITION" } },
    ]);
  });

  it("shows a transaction from its beginning to its end, and the producers of a partition", async () => {
    const contract = await on.topic({ partitions: 1 });
    const kafka = on.kafka();
    const admin = kafka.admin();
    const transactionalId = on.unique("shop");
    const producer = kafka.producer({ transactionalId });
    const place = { topic: contract.name, partition: 0 };
    await producer.transaction(async (tx) => {
      await tx.send(contract, { value: "v", partition: 0 });
      const [described] = await admin.transactions.describe([transactionalId]);
      expect(described).toMatchObject({ state: "Ongoing", timeoutMs: 60_000, partitions: [place] });
      expect(Math.abs((described?.startedAt ?? 0) - Date.now())).toBeLessThan(60_000);
      const [{ producers } = { producers: [] }] = await admin.partitions.producers([place]);
      expect(producers).toMatchObject([{ producerId: described?.producerId, transactionStartOffset: 0n }]);
      const states = await admin.transactions.list({
        states: ["Ongoing"],
        producerIds: [described?.producerId ?? -1n],
      });
      expect(states).toMatchObject([{ transactionalId, state: "Ongoing" }]);
      // A coordinator knows it, and will end it.
      expect(await admin.transactions.findHanging([place], { openForMs: 0 })).toEqual([]);
    });
    const [done] = await admin.transactions.describe([transactionalId]);
    expect(["PrepareCommit", "CompleteCommit"]).toContain(done?.state);
    expect(await admin.transactions.describe([on.unique("none")])).toMatchObject([
      { error: { code: "TRANSACTIONAL_ID_NOT_FOUND" } },
    ]);
    expect(await admin.partitions.producers([{ ...place, partition: 7 }])).toMatchObject([
      { error: { code: "UNKNOWN_TOPIC_OR_PARTITION" } },
    ]);
  });

  it("aborts a transaction in its partition over its coordinator's head", async () => {
    const contract = await on.topic({ partitions: 1 });
    const kafka = on.kafka();
    const admin = kafka.admin();
    const producer = kafka.producer({ transactionalId: on.unique("shop") });
    const place = { topic: contract.name, partition: 0 };
    const work = producer.transaction(async (tx) => {
      await tx.send(contract, { value: "v", partition: 0 });
      const [{ producers } = { producers: [] }] = await admin.partitions.producers([place]);
      const hanging = producers.flatMap(({ transactionStartOffset: startOffset, ...rest }) =>
        startOffset === undefined ? [] : [{ ...place, ...rest, startOffset }],
      );
      expect(hanging).toHaveLength(1);
      const [aborted] = await admin.transactions.abortHanging(hanging);
      expect(aborted?.error).toBeUndefined();
      const [{ producers: after } = { producers: [] }] = await admin.partitions.producers([place]);
      expect(after.every(({ transactionStartOffset }) => transactionStartOffset === undefined)).toBe(true);
      throw new Error("no more");
    });
    await expect(work).rejects.toThrow("no more");
  });

  it("names features with their levels, and refuses a level that nobody has", async () => {
    const { features } = on.kafka().admin();
    const all = await features.describe();
    const version = all.find(({ name }) => name === "transaction.version");
    expect(version).toMatchObject({ level: 2, supported: { max: 2 } });
    const [refused] = await features.update([{ feature: "transaction.version", level: 99 }], { validateOnly: true });
    expect(refused?.error?.code).toMatch(/INVALID_UPDATE_VERSION|INVALID_REQUEST|FEATURE_UPDATE_FAILED/);
  });

  it("describes the quorum", async () => {
    const { quorum } = on.kafka().admin();
    const described = await quorum.describe();
    expect(described.voters.map(({ nodeId }) => nodeId)).toContain(described.leaderId);
    expect(described.leaderEpoch).toBeGreaterThanOrEqual(0);
  });

  it("removes members of a group", async () => {
    const contract = await on.topic({ partitions: 2 });
    const kafka = on.kafka();
    const admin = kafka.admin();
    const groupId = on.unique("group");
    const left: string[] = [];
    const consumer = kafka.consumer({
      groupId,
      topics: [contract],
      groupInstanceId: "one",
      heartbeatIntervalMs: 100,
      onRebalance: ({ kind }) => void left.push(kind),
    });
    const stop = new AbortController();
    const running = consumer.run({ [contract.name]: () => {} } as never, { signal: stop.signal }).catch(() => {});
    await expect
      .poll(async () => (await admin.groups.describe([groupId]))[0]?.state, { timeout: 30_000 })
      .toBe("Stable");
    expect(await admin.groups.removeMembers(groupId, [{ groupInstanceId: "none" }])).toMatchObject([
      { error: { code: "UNKNOWN_MEMBER_ID" } },
    ]);
    expect(await admin.groups.removeMembers(groupId)).toMatchObject([
      { member: { groupInstanceId: "one" }, error: undefined },
    ]);
    stop.abort();
    await running;
    await consumer.close();
  });

  it("says that there is no authorizer, and that nobody may have a token without signing in", async () => {
    const { acls, tokens } = on.kafka().admin();
    const acl = { resourceType: "topic", resourceName: "orders", principal: "User:a", operation: "read" } as const;
    await expect(acls.describe()).rejects.toMatchObject({ code: "SECURITY_DISABLED" });
    expect(await acls.create([acl])).toMatchObject([{ acl, error: { code: "SECURITY_DISABLED" } }]);
    expect(await acls.delete([{ resourceName: "orders" }])).toMatchObject([{ error: { code: "SECURITY_DISABLED" } }]);
    await expect(tokens.create()).rejects.toMatchObject({ code: "DELEGATION_TOKEN_REQUEST_NOT_ALLOWED" });
    await expect(tokens.describe()).rejects.toMatchObject({ code: "DELEGATION_TOKEN_REQUEST_NOT_ALLOWED" });
    await expect(tokens.renew(Buffer.from("a"))).rejects.toMatchObject({
      code: "DELEGATION_TOKEN_REQUEST_NOT_ALLOWED",
    });
  });

  it.skipIf(isKafka)("says that this broker has neither quotas nor users", async () => {
    const { quotas, users } = on.kafka().admin();
    await expect(quotas.describe()).rejects.toMatchObject({ code: "UNSUPPORTED_VERSION" });
    await expect(users.describe()).rejects.toMatchObject({ code: "UNSUPPORTED_VERSION" });
  });

  it.skipIf(!isKafka)("sets, finds and removes quotas", async () => {
    const { quotas } = on.kafka().admin();
    const [user, client] = [on.unique("user"), on.unique("client")];
    const entity = { user, "client-id": client };
    expect(
      await quotas.alter([
        { entity, set: { producer_byte_rate: 1024, consumer_byte_rate: 2048 } },
        { entity: { user }, set: { request_percentage: 50 } },
      ]),
    ).toMatchObject([
      { entity, error: undefined },
      { entity: { user }, error: undefined },
    ]);
    expect(await quotas.alter([{ entity: { user }, set: { nonsense: 1 } }])).toMatchObject([
      { error: { code: "INVALID_REQUEST" } },
    ]);
    const found = await quotas.describe([{ kind: "user", name: user }]);
    expect(found).toHaveLength(2);
    expect(found).toContainEqual({ entity, values: { producer_byte_rate: 1024, consumer_byte_rate: 2048 } });
    expect(await quotas.describe([{ kind: "user", name: user }], { strict: true })).toEqual([
      { entity: { user }, values: { request_percentage: 50 } },
    ]);
    expect(await quotas.describe([{ kind: "client-id" }, { kind: "user", name: user }])).toHaveLength(1);
    await quotas.alter([
      { entity, remove: ["producer_byte_rate", "consumer_byte_rate"] },
      { entity: { user }, remove: ["request_percentage"] },
    ]);
    expect(await quotas.describe([{ kind: "user", name: user }])).toEqual([]);
  });

  it.skipIf(!isKafka)("keeps users that sign in by SCRAM", async () => {
    const { users } = on.kafka().admin();
    const user = on.unique("user");
    const password = "secret";
    // Kafka takes one change of a user in one request.
    const first = { user, mechanism: "SCRAM-SHA-256", password } as const;
    const second = { user, mechanism: "SCRAM-SHA-512", password, iterations: 4_096 } as const;
    expect(await users.alter([first])).toMatchObject([{ user, error: undefined }]);
    expect(await users.alter([second])).toMatchObject([{ user, error: undefined }]);
    expect(await users.alter([first, second])).toMatchObject([{ user, error: { code: "DUPLICATE_RESOURCE" } }]);
    const credentials = async () => (await users.describe([user]))[0]?.credentials;
    expect((await credentials())?.toSorted((a, b) => a.iterations - b.iterations)).toEqual([
      { mechanism: "SCRAM-SHA-512", iterations: 4_096 },
      { mechanism: "SCRAM-SHA-256", iterations: 8_192 },
    ]);
    await users.alter([{ user, mechanism: "SCRAM-SHA-256", remove: true }]);
    expect(await credentials()).toEqual([{ mechanism: "SCRAM-SHA-512", iterations: 4_096 }]);
    await users.alter([{ user, mechanism: "SCRAM-SHA-512", remove: true }]);
    expect(await users.describe([user])).toMatchObject([{ error: { code: "RESOURCE_NOT_FOUND" } }]);
    expect(await users.alter([{ user, mechanism: "SCRAM-SHA-512", remove: true }])).toMatchObject([
      { error: { code: "RESOURCE_NOT_FOUND" } },
    ]);
    const weak = { user, mechanism: "SCRAM-SHA-256", password: "secret", iterations: 1 } as const;
    await expect(users.alter([weak])).rejects.toMatchObject({ code: "INVALID_CONFIG" });
  });
});

describeBehaviour("moving a group's offsets", (on) => {
  const scene = async () => {
    const contract = await on.topic({ partitions: 2 });
    const kafka = on.kafka();
    const admin = kafka.admin();
    const producer = kafka.producer();
    for (let n = 0; n < 10; n += 1) {
      await producer.send(contract, { value: `${n}`, partition: 0, timestamp: 1_000 * (n + 1) });
    }
    const groupId = on.unique("group");
    await admin.offsets.commit(groupId, [{ topic: contract.name, partition: 0, offset: 4n }]);
    return { contract, kafka, admin, groupId };
  };
  const committed = async (admin: Admin, groupId: string, { name }: Topic) => {
    const offsets = await admin.offsets.committed(groupId);
    return offsets.filter(({ topic }) => topic === name).map(({ partition, offset }) => [partition, offset]);
  };

  it.each([
    { title: "the first record", to: "earliest", offsets: [0n, 0n] },
    { title: "behind the last", to: "latest", offsets: [10n, 0n] },
    { title: "a time", to: { timestamp: 6_500 }, offsets: [6n, 0n] },
    { title: "a date", to: { timestamp: new Date(2_000) }, offsets: [1n, 0n] },
    { title: "a time behind all records", to: { timestamp: 99_000 }, offsets: [10n, 0n] },
    { title: "an offset, as far as the log goes", to: { offset: 7n }, offsets: [7n, 0n] },
  ] as const)("goes to $title", async ({ to, offsets }) => {
    const { contract, admin, groupId } = await scene();
    const plan = await admin.groups.planReset(groupId, { topics: [contract], to });
    expect(plan.partitions.map((each) => [each.partition, each.from, each.to])).toEqual([
      [0, 4n, offsets[0]],
      [1, undefined, offsets[1]],
    ]);
    expect(await committed(admin, groupId, contract)).toEqual([[0, 4n]]);
    const outcomes = await plan.apply();
    expect(outcomes.map(({ error }) => error)).toEqual([undefined, undefined]);
    expect((await committed(admin, groupId, contract)).toSorted()).toEqual([
      [0, offsets[0]],
      [1, offsets[1]],
    ]);
  });

  it("goes so many records back or on, as far as the log goes, where something was committed", async () => {
    const { contract, admin, groupId } = await scene();
    const shift = async (by: number) => {
      const [outcome] = await admin.groups.resetOffsets(groupId, { to: { shift: by } });
      return [outcome?.from, outcome?.to, outcome?.isBounded];
    };
    expect(await shift(-3)).toEqual([4n, 1n, false]);
    expect(await shift(-3)).toEqual([1n, 0n, true]);
    expect(await shift(50)).toEqual([0n, 10n, true]);
    const plan = await admin.groups.planReset(groupId, { topics: [contract.name], to: { shift: -1 } });
    expect(plan.partitions).toMatchObject([
      { partition: 0, to: 9n },
      { partition: 1, to: undefined, error: { code: "INVALID_CONFIG" } },
    ]);
  });

  it("goes where another group stands, and to partitions by name", async () => {
    const { contract, admin, groupId } = await scene();
    const other = on.unique("other");
    const place = { topic: contract.name, partition: 1 };
    await admin.groups.resetOffsets(other, { topics: [contract], to: { committedBy: groupId } });
    expect(await committed(admin, other, contract)).toEqual([[0, 4n]]);
    await admin.groups.resetOffsets(other, { topics: [place], to: "latest" });
    expect((await committed(admin, other, contract)).toSorted()).toEqual([
      [0, 4n],
      [1, 0n],
    ]);
    await expect(admin.groups.planReset(groupId, { topics: [on.unique("none")], to: "latest" })).rejects.toMatchObject({
      code: "UNKNOWN_TOPIC_OR_PARTITION",
    });
  });

  it("leaves a group with members alone", async () => {
    const { contract, kafka, admin, groupId } = await scene();
    const plan = await admin.groups.planReset(groupId, { to: "earliest" });
    const consumer = kafka.consumer({ groupId, topics: [contract] });
    const records = consumer[Symbol.asyncIterator]();
    expect((await records.next()).done).toBe(false);
    await expect(admin.groups.planReset(groupId, { to: "earliest" })).rejects.toMatchObject({
      code: "NON_EMPTY_GROUP",
      message: expect.stringContaining("1 member"),
    });
    await expect(plan.apply()).rejects.toMatchObject({ code: "NON_EMPTY_GROUP" });
    await records.return?.();
    await consumer.close();
    expect((await plan.apply()).map(({ to, error }) => [to, error])).toEqual([[0n, undefined]]);
  });
});
