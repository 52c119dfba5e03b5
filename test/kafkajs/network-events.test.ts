import { Broker } from "@ottla/broker";
import { Kafka, logLevel, type RequestEvent } from "@ottla/kafkajs";
import { expect, it } from "vitest";
import { cleanup } from "../kit/cleanup.js";

async function brokerAndKafka(requestTimeout = 30_000) {
  const broker = await Broker.start({ memory: true });
  cleanup(() => broker.close());
  const retry = { retries: 5, initialRetryTime: 300 };
  const config = { brokers: [broker.bootstrap], clientId: "watched", logLevel: logLevel.NOTHING };
  return { broker, kafka: new Kafka({ ...config, requestTimeout, retry }) };
}

it("producers, consumers and admins tell of each request that was answered", async () => {
  const { broker, kafka } = await brokerAndKafka();
  const [admin, producer, consumer] = [kafka.admin(), kafka.producer(), kafka.consumer({ groupId: "g" })];
  const told: Record<string, RequestEvent["payload"][]> = { admin: [], producer: [], consumer: [] };
  admin.on(admin.events.REQUEST, ({ payload }) => void told.admin?.push(payload));
  producer.on(producer.events.REQUEST, ({ payload }) => void told.producer?.push(payload));
  consumer.on("consumer.network.request", ({ payload }) => void told.consumer?.push(payload));
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: "a" }] });
  await admin.disconnect();
  await producer.connect();
  await producer.send({ topic: "a", acks: 0, messages: [{ value: "unanswered" }] });
  await producer.send({ topic: "a", messages: [{ value: "v" }] });
  await producer.disconnect();
  await consumer.connect();
  await consumer.subscribe({ topics: ["a"], fromBeginning: true });
  const handled = new Promise<void>((resolve) => {
    void consumer.run({ eachMessage: async ({ message }) => void (String(message.value) === "v" && resolve()) });
  });
  await handled;
  await consumer.disconnect();

  const namesOf = (who: string) => new Set(told[who]?.map(({ apiName }) => apiName));
  expect([...namesOf("admin")]).toEqual(expect.arrayContaining(["ApiVersions", "CreateTopics"]));
  expect([...namesOf("producer")]).toEqual(expect.arrayContaining(["Metadata", "InitProducerId", "Produce"]));
  const ofGroups = ["FindCoordinator", "JoinGroup", "SyncGroup", "OffsetFetch", "Fetch", "OffsetCommit", "LeaveGroup"];
  expect([...namesOf("consumer")]).toEqual(expect.arrayContaining(ofGroups));
  expect(told.producer?.filter(({ apiName }) => apiName === "Produce")).toHaveLength(1);
  for (const request of Object.values(told).flat()) {
    expect(request).toMatchObject({ broker: broker.bootstrap, clientId: "watched", pendingDuration: 0 });
    expect(request.duration).toBeGreaterThanOrEqual(0);
    expect(request.size).toBeGreaterThan(4);
    expect(request.createdAt).toBe(request.sentAt);
  }
});

it("a request that is not answered in time is told, and those after it come by another connection", async () => {
  const { broker, kafka } = await brokerAndKafka(200);
  const producer = kafka.producer();
  const late: string[] = [];
  producer.on(producer.events.REQUEST_TIMEOUT, ({ payload }) => void late.push(payload.apiName));
  await producer.connect();
  await producer.send({ topic: "a", messages: [{ value: "before" }] });
  broker.faults.on("Produce", { times: 1 }).drop();
  await producer.send({ topic: "a", messages: [{ value: "v" }] });
  expect(late).toEqual(["Produce"]);
  await producer.disconnect();
});
