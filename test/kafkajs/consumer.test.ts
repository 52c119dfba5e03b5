import { AssignerProtocol, type EachMessagePayload, KafkaJSNonRetriableError, type KafkaMessage } from "@ottla/kafkajs";
import kafkajs from "kafkajs";
import { describe, expect, it } from "vitest";
import { brokerAndKafka } from "./broker-and-kafka.js";

const textOf = ({ value }: Pick<KafkaMessage, "value">) => value?.toString();
const values = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => ({ value: `${from + index}` }));

describe("eachMessage", () => {
  it("gets messages in kafkajs's form", async () => {
    const { producer, consumer } = await brokerAndKafka();
    await producer.send({
      topic: "test-topic",
      messages: [
        { key: "key1", value: "hello world", headers: { "correlation-id": "2bfb68bb", twice: ["a", "b"] } },
        { key: "key2", value: null, timestamp: "1700000000000" },
      ],
    });
    const seen: EachMessagePayload[] = [];
    await consumer.subscribe({ topics: ["test-topic"], fromBeginning: true });
    await consumer.run({ eachMessage: async (payload) => void seen.push(payload) });
    await expect.poll(() => seen.length).toBe(2);
    expect(seen[0]).toMatchObject({
      topic: "test-topic",
      partition: 0,
      message: { offset: "0", attributes: 0, key: Buffer.from("key1"), value: Buffer.from("hello world") },
    });
    expect(seen[0]?.message.headers).toEqual({
      "correlation-id": Buffer.from("2bfb68bb"),
      twice: [Buffer.from("a"), Buffer.from("b")],
    });
    expect(seen[1]?.message).toMatchObject({ offset: "1", value: null, timestamp: "1700000000000" });
    await seen[0]?.heartbeat();
  });

  it("begins at the end where the group has committed nothing, unless it says fromBeginning", async () => {
    const { producer, consumer } = await brokerAndKafka();
    await producer.send({ topic: "test-topic", messages: values(0, 3) });
    const seen: unknown[] = [];
    await consumer.subscribe({ topic: "test-topic" });
    await consumer.run({ eachMessage: async ({ message }) => void seen.push(textOf(message)) });
    // The offset of the end is looked up behind the join: what is sent before that is not for this group.
    await expect
      .poll(async () => {
        await producer.send({ topic: "test-topic", messages: values(3, 4) });
        return seen;
      })
      .not.toEqual([]);
    expect(new Set(seen)).toEqual(new Set(["3"]));
  });

  it("begins each topic as its subscription says, and where the group was", async () => {
    const { admin, producer, consumer } = await brokerAndKafka();
    for (const topic of ["new", "old", "known"]) await producer.send({ topic, messages: values(0, 3) });
    await admin.setOffsets({ groupId: "test-group", topic: "known", partitions: [{ partition: 0, offset: "2" }] });
    const seen: unknown[] = [];
    await consumer.subscribe({ topics: ["old", "known"], fromBeginning: true });
    await consumer.subscribe({ topics: ["new"] });
    await consumer.run({ eachMessage: async ({ topic, message }) => void seen.push(`${topic} ${textOf(message)}`) });
    await expect.poll(() => seen.toSorted()).toEqual(["known 2", "old 0", "old 1", "old 2"]);
  });

  it("goes on where it stopped, with nothing handled twice and nothing left out", async () => {
    const { producer, consumer } = await brokerAndKafka();
    await producer.send({ topic: "test-topic", messages: values(0, 100) });
    const seen: unknown[] = [];
    const run = async () => {
      const goal = seen.length + 40;
      await new Promise<void>((resolve, reject) => {
        const eachMessage = async ({ message }: EachMessagePayload) => {
          seen.push(textOf(message));
          if (seen.length === goal) resolve();
        };
        consumer.run({ eachMessage }).catch(reject);
      });
      await consumer.stop();
    };
    await consumer.subscribe({ topics: ["test-topic"], fromBeginning: true });
    await run();
    await run();
    expect(seen.length).toBeGreaterThanOrEqual(80);
    expect(seen).toEqual(values(0, seen.length).map(({ value }) => value));
  });
});

describe("eachBatch", () => {
  it("gets what there is of a partition, and what it does not resolve again", async () => {
    const { producer, consumer } = await brokerAndKafka();
    await producer.send({ topic: "test-topic", messages: values(0, 10) });
    const batches: unknown[] = [];
    await consumer.subscribe({ topics: ["test-topic"], fromBeginning: true });
    await consumer.run({
      eachBatchAutoResolve: false,
      eachBatch: async ({
        batch,
        resolveOffset,
        heartbeat,
        commitOffsetsIfNecessary,
        uncommittedOffsets,
        isRunning,
        isStale,
      }) => {
        batches.push([
          batch.firstOffset(),
          batch.lastOffset(),
          batch.highWatermark,
          batch.offsetLag(),
          batch.isEmpty(),
        ]);
        expect([isRunning(), isStale()]).toEqual([true, false]);
        for (const message of batch.messages.slice(0, 6)) {
          resolveOffset(message.offset);
          await heartbeat();
        }
        expect(uncommittedOffsets().topics).toMatchObject([{ topic: "test-topic", partitions: [{ partition: 0 }] }]);
        await commitOffsetsIfNecessary();
        await commitOffsetsIfNecessary(uncommittedOffsets());
        expect(uncommittedOffsets()).toEqual({ topics: [] });
      },
    });
    await expect
      .poll(() => batches)
      .toEqual([
        ["0", "9", "10", "0", false],
        ["6", "9", "10", "0", false],
      ]);
  });
});

describe("a consumer", () => {
  it("takes topics by pattern, as they are when it subscribes", async () => {
    const { admin, producer, consumer } = await brokerAndKafka();
    await admin.createTopics({ topics: [{ topic: "topic-a" }, { topic: "topic-b" }, { topic: "other" }] });
    const seen: unknown[] = [];
    await consumer.subscribe({ topics: [/^topic-(a|b)$/gi], fromBeginning: true });
    await consumer.run({ eachMessage: async ({ topic }) => void seen.push(topic) });
    for (const topic of ["other", "topic-a", "topic-b"]) await producer.send({ topic, messages: [{ value: "x" }] });
    await expect.poll(() => seen.toSorted()).toEqual(["topic-a", "topic-b"]);
  });

  it("pauses and resumes a partition from within its handler", async () => {
    const { admin, producer, consumer } = await brokerAndKafka();
    await admin.createTopics({ topics: [{ topic: "jobs", numPartitions: 2 }] });
    const seen: unknown[] = [];
    const resumes: (() => void)[] = [];
    await consumer.subscribe({ topics: ["jobs"], fromBeginning: true });
    await consumer.run({
      eachMessage: async ({ partition, message, pause }) => {
        seen.push(`${partition} ${textOf(message)}`);
        if (partition === 0 && resumes.length === 0) resumes.push(pause());
      },
    });
    const send = (partition: number, value: string) =>
      producer.send({ topic: "jobs", messages: [{ partition, value }] });
    await send(0, "a");
    await expect.poll(() => consumer.paused()).toEqual([{ topic: "jobs", partitions: [0] }]);
    await send(0, "b");
    await send(1, "c");
    await expect.poll(() => seen).toEqual(["0 a", "1 c"]);
    resumes[0]?.();
    await expect.poll(() => seen).toEqual(["0 a", "1 c", "0 b"]);
    expect(consumer.paused()).toEqual([]);
    consumer.pause([{ topic: "jobs" }]);
    expect(consumer.paused()).toEqual([{ topic: "jobs", partitions: [0, 1] }]);
    consumer.resume([{ topic: "jobs", partitions: [1] }]);
    expect(consumer.paused()).toEqual([{ topic: "jobs", partitions: [0] }]);
    consumer.resume([{ topic: "jobs" }]);
  });

  it("seeks, before it has its partitions and from within a handler", async () => {
    const { producer, consumer } = await brokerAndKafka();
    await producer.send({ topic: "test-topic", messages: values(0, 10) });
    const seen: unknown[] = [];
    await consumer.subscribe({ topics: ["test-topic"], fromBeginning: true });
    const running = consumer.run({
      eachMessage: async ({ message }) => {
        seen.push(textOf(message));
        if (seen.length === 2) consumer.seek({ topic: "test-topic", partition: 0, offset: "1" });
        if (seen.length === 4) consumer.seek({ topic: "test-topic", partition: 0, offset: "-2" });
      },
    });
    consumer.seek({ topic: "test-topic", partition: 0, offset: "7" });
    await running;
    await expect.poll(() => seen.length).toBe(14);
    expect(seen).toEqual(["7", "8", "1", "2", ...values(0, 10).map(({ value }) => value)]);
  });

  it("commits what it is told, and only that, without autoCommit", async () => {
    const { admin, producer, consumer } = await brokerAndKafka();
    await producer.send({ topic: "test-topic", messages: values(0, 5) });
    const seen: unknown[] = [];
    await consumer.subscribe({ topics: ["test-topic"], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ topic, partition, message }) => {
        seen.push(textOf(message));
        if (message.offset === "2") {
          await consumer.commitOffsets([{ topic, partition, offset: "3", metadata: "so far" }]);
        }
      },
    });
    await expect.poll(() => seen.length).toBe(5);
    await consumer.stop();
    expect(await admin.fetchOffsets({ groupId: "test-group", topics: ["test-topic"] })).toEqual([
      { topic: "test-topic", partitions: [{ partition: 0, offset: "3", metadata: "so far" }] },
    ]);
  });

  it("tries a message again whose handler failed, then crashes and starts again", async () => {
    const { kafka, producer } = await brokerAndKafka();
    const consumer = kafka.consumer({
      groupId: "failing",
      maxWaitTimeInMs: 100,
      retry: { retries: 2, initialRetryTime: 5 },
    });
    await consumer.connect();
    const told: unknown[] = [];
    consumer.on(consumer.events.CRASH, ({ payload: { error, restart } }) => void told.push([error.name, restart]));
    consumer.on("consumer.stop", () => void told.push("stop"));
    consumer.on("consumer.disconnect", () => void told.push("disconnect"));
    consumer.on("consumer.group_join", () => void told.push("join"));
    await producer.send({ topic: "test-topic", messages: values(0, 3) });
    const seen: unknown[] = [];
    await consumer.subscribe({ topics: ["test-topic"], fromBeginning: true });
    await consumer.run({
      eachMessage: async ({ message }) => {
        seen.push(textOf(message));
        if (textOf(message) === "1" && seen.length < 6) throw new Error("not now");
      },
    });
    await expect.poll(() => seen).toEqual(["0", "1", "1", "1", "1", "1", "2"]);
    expect(told).toEqual(["join", "stop", "disconnect", ["KafkaJSNumberOfRetriesExceeded", true], "join"]);
    await consumer.disconnect();
  });

  it("stays down after a mistake in its handler", async () => {
    const { producer, consumer } = await brokerAndKafka();
    const crash = new Promise<{ error: Error; restart: boolean }>((resolve) =>
      consumer.on("consumer.crash", ({ payload }) => resolve(payload)),
    );
    await producer.send({ topic: "test-topic", messages: values(0, 1) });
    await consumer.subscribe({ topics: ["test-topic"], fromBeginning: true });
    await consumer.run({ eachMessage: async ({ message }) => JSON.parse(`{${message.value}`) });
    const { error, restart } = await crash;
    expect([error instanceof KafkaJSNonRetriableError, error.cause?.constructor.name, restart]).toEqual([
      true,
      "SyntaxError",
      false,
    ]);
    expect(() => consumer.seek({ topic: "test-topic", partition: 0, offset: "0" })).toThrow(KafkaJSNonRetriableError);
  });

  it("may be disconnected by its own handler", async () => {
    const { admin, producer, consumer } = await brokerAndKafka();
    await producer.send({ topic: "test-topic", messages: values(0, 5) });
    const stopped = new Promise((resolve) => consumer.on("consumer.disconnect", resolve));
    const seen: unknown[] = [];
    await consumer.subscribe({ topics: ["test-topic"], fromBeginning: true });
    await consumer.run({
      eachMessage: async ({ message }) => {
        seen.push(textOf(message));
        await Promise.resolve();
        if (seen.length === 2) await consumer.disconnect();
      },
    });
    await stopped;
    expect(seen).toEqual(["0", "1"]);
    expect(await admin.fetchOffsets({ groupId: "test-group", topics: ["test-topic"] })).toMatchObject([
      { partitions: [{ offset: "2" }] },
    ]);
  });

  it("does not wait for ever for a handler that waits for its stop behind a callback", async () => {
    const { kafka, producer } = await brokerAndKafka();
    const consumer = kafka.consumer({ groupId: "g", maxWaitTimeInMs: 50, rebalanceTimeout: 200 });
    await consumer.connect();
    await producer.send({ topic: "test-topic", messages: values(0, 1) });
    const stopping: Promise<void>[] = [];
    await consumer.subscribe({ topics: ["test-topic"], fromBeginning: true });
    await consumer.run({
      eachMessage: () =>
        new Promise((resolve, reject) => {
          setImmediate(() => {
            const stopped = consumer.stop();
            stopping.push(stopped);
            stopped.then(resolve, reject);
          });
        }),
    });
    await expect.poll(() => stopping.length).toBe(1);
    await stopping[0];
    await consumer.disconnect();
  });

  it("shares partitions with others, and gives them up between messages, with nothing handled twice", async () => {
    const { kafka, admin, producer } = await brokerAndKafka();
    await admin.createTopics({ topics: [{ topic: "shared", numPartitions: 6 }] });
    const messages = Array.from({ length: 300 }, (_, index) => ({ key: `${index}`, value: `${index}` }));
    await producer.send({ topic: "shared", messages });
    const seen = new Map<string, number>();
    const assigned = new Map<string, number>();
    const members = ["a", "b", "c"].map((name) => {
      const member = kafka.consumer({ groupId: "sharing", heartbeatInterval: 100, maxWaitTimeInMs: 50 });
      member.on(member.events.GROUP_JOIN, ({ payload: { memberAssignment } }) => {
        assigned.set(name, memberAssignment.shared?.length ?? 0);
      });
      return member;
    });
    const start = async (member: (typeof members)[number]) => {
      await member.connect();
      await member.subscribe({ topics: ["shared"], fromBeginning: true });
      await member.run({
        partitionsConsumedConcurrently: 3,
        eachMessage: async ({ message }) => {
          await new Promise((resolve) => setTimeout(resolve, 2));
          const value = textOf(message) ?? "";
          seen.set(value, (seen.get(value) ?? 0) + 1);
        },
      });
    };
    for (const member of members) await start(member);
    await expect.poll(() => [...assigned.values()], { timeout: 20_000 }).toEqual([2, 2, 2]);
    await expect.poll(() => seen.size, { timeout: 20_000 }).toBe(300);
    expect([...seen.values()].filter((times) => times > 1)).toEqual([]);
    const { groups } = await admin.describeGroups(["sharing"]);
    expect(groups[0]).toMatchObject({ state: "Stable", protocol: "RoundRobinAssigner" });
    await Promise.all(members.map((member) => member.disconnect()));
  });

  it("commits to the very end, behind what reaches no handler", async () => {
    const { kafka, admin } = await brokerAndKafka();
    const producer = kafka.producer({ transactionalId: "t" });
    const consumer = kafka.consumer({ groupId: "g", heartbeatInterval: 50, maxWaitTimeInMs: 50 });
    await Promise.all([producer.connect(), consumer.connect()]);
    const seen: unknown[] = [];
    await consumer.subscribe({ topics: ["test-topic"], fromBeginning: true });
    await consumer.run({ eachMessage: async ({ message }) => void seen.push(textOf(message)) });
    for (const end of ["commit", "abort"] as const) {
      const transaction = await producer.transaction();
      await transaction.send({ topic: "test-topic", messages: [{ value: end }] });
      await transaction[end]();
    }
    const committed = async () => (await admin.fetchOffsets({ groupId: "g", topics: ["test-topic"] }))[0]?.partitions;
    await expect.poll(committed).toEqual([{ partition: 0, offset: "4", metadata: null }]);
    expect(seen).toEqual(["commit"]);
    await Promise.all([producer.disconnect(), consumer.disconnect()]);
  });

  it("shares a group with kafkajs's own", async () => {
    const { broker, kafka, admin, producer } = await brokerAndKafka();
    await admin.createTopics({ topics: [{ topic: "shared", numPartitions: 4 }] });
    const config = { groupId: "both", heartbeatInterval: 100, maxWaitTimeInMs: 50 };
    const theirs = new kafkajs.Kafka({ brokers: [broker.bootstrap], logLevel: kafkajs.logLevel.NOTHING });
    const members = [kafka.consumer(config), theirs.consumer(config)];
    const seen = new Set<string | undefined>();
    for (const member of members) {
      await member.connect();
      await member.subscribe({ topics: ["shared"], fromBeginning: true });
      await member.run({ eachMessage: async ({ message }) => void seen.add(textOf(message)) });
    }
    const shares = async () => {
      const { groups } = await admin.describeGroups(["both"]);
      return groups[0]?.members.map(({ memberAssignment }) => {
        return AssignerProtocol.MemberAssignment.decode(memberAssignment)?.assignment.shared?.length;
      });
    };
    await expect.poll(shares, { timeout: 20_000 }).toEqual([2, 2]);
    await producer.send({
      topic: "shared",
      messages: values(0, 40).map((message) => ({ ...message, key: message.value })),
    });
    await expect.poll(() => seen.size).toBe(40);
    await Promise.all(members.map((member) => member.disconnect()));
  });

  it("tells of batches, commits and heartbeats", async () => {
    const { kafka, producer } = await brokerAndKafka();
    const consumer = kafka.consumer({ groupId: "telling", heartbeatInterval: 50, maxWaitTimeInMs: 100 });
    await consumer.connect();
    const told = new Map<string, object>();
    const { HEARTBEAT, START_BATCH_PROCESS, END_BATCH_PROCESS, COMMIT_OFFSETS } = consumer.events;
    for (const name of [HEARTBEAT, START_BATCH_PROCESS, END_BATCH_PROCESS, COMMIT_OFFSETS]) {
      consumer.on(name, ({ type, payload }) => void told.set(type, payload));
    }
    await producer.send({ topic: "test-topic", messages: values(0, 3) });
    await consumer.subscribe({ topics: ["test-topic"], fromBeginning: true });
    await consumer.run({ eachMessage: async () => {} });
    await expect
      .poll(() => [...told.keys()].toSorted())
      .toEqual([
        "consumer.commit_offsets",
        "consumer.end_batch_process",
        "consumer.heartbeat",
        "consumer.start_batch_process",
      ]);
    expect(told.get("consumer.start_batch_process")).toEqual({
      topic: "test-topic",
      partition: 0,
      highWatermark: "3",
      offsetLag: "0",
      offsetLagLow: "2",
      batchSize: 3,
      firstOffset: "0",
      lastOffset: "2",
    });
    expect(told.get("consumer.commit_offsets")).toMatchObject({
      groupId: "telling",
      topics: [{ topic: "test-topic", partitions: [{ partition: 0, offset: "3" }] }],
    });
    expect(await consumer.describeGroup()).toMatchObject({ groupId: "telling", state: "Stable" });
    await consumer.disconnect();
  });
});
