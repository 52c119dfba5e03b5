import { expect, it } from "vitest";
import { eventually } from "../../kit/eventually.js";
import { apacheKafka, describeBehaviour, isKafkaBefore } from "./target.js";

const isKafka = apacheKafka !== undefined;
/** The brokers of a cluster hear what its controller was told a moment later, each by itself. */
const patience = { timeout: 30_000 };

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
    // A broker of a cluster may hear of a topic a moment after it was created.
    const pages = await eventually(async () => {
      const read = await collected(topics.pages(names, { partitionsPerPage: 2 }));
      return read.flat().every(({ error }) => error === undefined) && read;
    });
    expect(pages.map((page) => page.reduce((sum, { partitions }) => sum + partitions.length, 0))).toEqual([2, 2, 2]);
    const found = pages.flat().flatMap(({ name, partitions }) => partitions.map(({ partition }) => [name, partition]));
    expect(found).toEqual([...[0, 1, 2, 3, 4].map((partition) => [big.name, partition]), [small.name, 0]].toSorted());
    const [[missing] = []] = await collected(topics.pages([on.unique("none")]));
    expect(missing).toMatchObject({ error: { code: "UNKNOWN_TOPIC_OR_PARTITION" }, partitions: [] });
    expect(await collected(topics.pages([]))).toEqual([]);
    await eventually(async () => {
      const all = (await collected(topics.pages())).flat().map(({ name }) => name);
      return names.every((name) => all.includes(name));
    });
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
    await eventually(async () => (await policy())?.split(",").toSorted().join() === "compact,delete");
    await configs.alter([{ ...resource, subtract: { "cleanup.policy": "delete" } }]);
    await eventually(async () => (await policy()) === "compact");
    const refused = await configs.alter([{ ...resource, set: { "retention.ms": "soon" } }], { validateOnly: true });
    expect(refused).toMatchObject([{ error: { code: "INVALID_CONFIG" } }]);
  });

  it("lists what has a configuration", async ({ skip }) => {
    skip(isKafkaBefore("4.1"), "before 4.1 Kafka lists client metrics alone");
    const contract = await on.topic();
    const { configs } = on.kafka().admin();
    await expect.poll(() => configs.list(["topic"]), patience).toContainEqual({ type: "topic", name: contract.name });
  });

  it("keeps subscriptions to client metrics", async () => {
    const { configs } = on.kafka().admin();
    const resource = { type: "clientMetrics", name: on.unique("metrics") } as const;
    expect(await configs.alter([{ ...resource, set: { "interval.ms": 60_000 } }])).toMatchObject([
      { error: undefined },
    ]);
    await expect.poll(() => configs.list(["clientMetrics"]), patience).toContainEqual(resource);
    const described = () => configs.describe([resource], { names: ["interval.ms"] });
    const entries = [{ value: "60000", source: "clientMetrics" }];
    await expect.poll(described, patience).toMatchObject([{ entries }]);
    await configs.alter([{ ...resource, remove: ["interval.ms"] }]);
  });

  it("tells of folders, and moves no log where there is one", async () => {
    const contract = await on.topic({ partitions: 2 });
    const { logDirs } = on.kafka().admin();
    const [brokers, replicas] = await eventually(async () => {
      const described = await logDirs.describe({ topics: [{ topic: contract.name, partition: 1 }] });
      expect(described).toHaveLength(on.size);
      const found = described.flatMap(({ dirs }) => dirs.flatMap((dir) => dir.replicas));
      // Each broker makes its replica by itself, once it has heard of the topic.
      return found.length === on.size && ([described, found] as const);
    });
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
    const replicas = await eventually(async () => {
      const [described] = await admin.topics.describe([contract.name]);
      return described?.partitions[0]?.replicas;
    });
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
    const found = all.find(({ name }) => name === "metadata.version");
    expect(found?.level).toBeGreaterThan(0);
    expect(found?.level).toBeLessThanOrEqual(found?.supported?.max ?? 0);
    const [refused] = await features.update([{ feature: "metadata.version", level: 999 }], { validateOnly: true });
    expect(refused?.error?.code).toMatch(/INVALID_UPDATE_VERSION|INVALID_REQUEST|FEATURE_UPDATE_FAILED/);
  });

  it("tells that transactions fence by epochs of their own (KIP-890)", async ({ skip }) => {
    skip(isKafkaBefore("4.0"), "Kafka has transaction.version 2 from 4.0 on");
    const all = await on.kafka().admin().features.describe();
    const version = all.find(({ name }) => name === "transaction.version");
    expect(version).toMatchObject({ level: 2, supported: { max: 2 } });
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
    await expect.poll(async () => (await admin.groups.describe([groupId]))[0]?.state, patience).toBe("Stable");
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

  it("says that this broker has neither quotas nor users", async ({ skip }) => {
    skip(isKafka, "Kafka has them");
    const { quotas, users } = on.kafka().admin();
    await expect(quotas.describe()).rejects.toMatchObject({ code: "UNSUPPORTED_VERSION" });
    await expect(users.describe()).rejects.toMatchObject({ code: "UNSUPPORTED_VERSION" });
  });

  it("sets, finds and removes quotas", async ({ skip }) => {
    skip(!isKafka, "our broker has none yet");
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
    const ofBoth = { entity, values: { producer_byte_rate: 1024, consumer_byte_rate: 2048 } };
    const ofUser = { entity: { user }, values: { request_percentage: 50 } };
    const described = (options?: { readonly strict: boolean }) =>
      quotas.describe([{ kind: "user", name: user }], options);
    await expect.poll(async () => (await described()).length, patience).toBe(2);
    await expect.poll(described, patience).toEqual(expect.arrayContaining([ofBoth, ofUser]));
    await expect.poll(() => described({ strict: true }), patience).toEqual([ofUser]);
    const ofClients = () => quotas.describe([{ kind: "client-id" }, { kind: "user", name: user }]);
    await expect.poll(ofClients, patience).toEqual([ofBoth]);
    await quotas.alter([
      { entity, remove: ["producer_byte_rate", "consumer_byte_rate"] },
      { entity: { user }, remove: ["request_percentage"] },
    ]);
    await expect.poll(described, patience).toEqual([]);
  });

  it("keeps users that sign in by SCRAM", async ({ skip }) => {
    skip(!isKafka, "our broker has none yet");
    const { users } = on.kafka().admin();
    const user = on.unique("user");
    const password = "secret";
    // Kafka takes one change of a user in one request.
    const first = { user, mechanism: "SCRAM-SHA-256", password } as const;
    const second = { user, mechanism: "SCRAM-SHA-512", password, iterations: 4_096 } as const;
    expect(await users.alter([first])).toMatchObject([{ user, error: undefined }]);
    expect(await users.alter([second])).toMatchObject([{ user, error: undefined }]);
    expect(await users.alter([first, second])).toMatchObject([{ user, error: { code: "DUPLICATE_RESOURCE" } }]);
    const credentials = async () => {
      const [described] = await users.describe([user]);
      return described?.credentials.toSorted((a, b) => a.iterations - b.iterations);
    };
    await expect.poll(credentials, patience).toEqual([
      { mechanism: "SCRAM-SHA-512", iterations: 4_096 },
      { mechanism: "SCRAM-SHA-256", iterations: 8_192 },
    ]);
    await users.alter([{ user, mechanism: "SCRAM-SHA-256", remove: true }]);
    await expect.poll(credentials, patience).toEqual([{ mechanism: "SCRAM-SHA-512", iterations: 4_096 }]);
    await users.alter([{ user, mechanism: "SCRAM-SHA-512", remove: true }]);
    const notFound = [{ error: { code: "RESOURCE_NOT_FOUND" } }];
    await expect.poll(() => users.describe([user]), patience).toMatchObject(notFound);
    expect(await users.alter([{ user, mechanism: "SCRAM-SHA-512", remove: true }])).toMatchObject(notFound);
    const weak = { user, mechanism: "SCRAM-SHA-256", password: "secret", iterations: 1 } as const;
    await expect(users.alter([weak])).rejects.toMatchObject({ code: "INVALID_CONFIG" });
  });
});
