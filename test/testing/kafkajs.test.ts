import { string, topic } from "@ottla/client";
import { type Ottla, startOttla } from "@ottla/testing";
import { type Kafka, Kafka as KafkaJs, logLevel } from "kafkajs";
import { describe, expect, it } from "vitest";
import { cleanup } from "../kit/cleanup.js";

const events = topic("events", { value: string() });

/** A broker, and kafkajs on it. kafkajs lives by real time, so its waits are short. */
async function withKafkaJs(): Promise<{ ottla: Ottla<"real", false>; kafkaJs: Kafka }> {
  const ottla = await startOttla({ registry: false });
  cleanup(() => ottla.close());
  await ottla.kafka.admin().topics.create([events]);
  const kafkaJs = new KafkaJs({
    brokers: [ottla.broker.bootstrap],
    clientId: "foreign",
    logLevel: logLevel.NOTHING,
    requestTimeout: 300,
    retry: { initialRetryTime: 10, maxRetryTime: 50, retries: 10 },
  });
  return { ottla, kafkaJs };
}

async function sendOne(kafkaJs: Kafka, idempotent = false): Promise<void> {
  const producer = kafkaJs.producer({ idempotent });
  await producer.connect();
  await producer.send({ topic: "events", acks: -1, messages: [{ value: "a" }] });
  await producer.disconnect();
}

describe("faults, as kafkajs meets them", () => {
  it("are retried where their code says so, and only for its client id", async () => {
    const { ottla, kafkaJs } = await withKafkaJs();
    const fault = ottla.broker.faults
      .on("Produce", { topic: "events", clientId: "foreign", times: 2 })
      .reply("NOT_LEADER_OR_FOLLOWER");
    const metadata = () => ottla.broker.metrics.requests.get("Metadata") ?? 0;
    const before = metadata();
    await sendOne(kafkaJs);
    expect(fault.count).toBe(2);
    expect(metadata()).toBeGreaterThan(before + 1);
    expect((await ottla.records(events)).map(({ value }) => value)).toEqual(["a"]);
  });
  it("are thrown where their code is final", async () => {
    const { ottla, kafkaJs } = await withKafkaJs();
    ottla.broker.faults.on("Produce").reply("TOPIC_AUTHORIZATION_FAILED");
    await expect(sendOne(kafkaJs)).rejects.toMatchObject({ type: "TOPIC_AUTHORIZATION_FAILED" });
  });
  it.each([
    { idempotent: false, records: ["a", "a"] },
    { idempotent: true, records: ["a"] },
  ])("lose an acknowledgement, and idempotence ($idempotent) is what keeps records single", async (expected) => {
    const { ottla, kafkaJs } = await withKafkaJs();
    ottla.broker.faults.on("Produce", { times: 1 }).close({ after: true });
    await sendOne(kafkaJs, expected.idempotent);
    expect((await ottla.records(events)).map(({ value }) => value)).toEqual(expected.records);
  });
  it("leave a consumer that goes on: a broken fetch, a lost coordinator, half an answer", async () => {
    const { ottla, kafkaJs } = await withKafkaJs();
    const { faults } = ottla.broker;
    faults.on("JoinGroup", { group: "g", times: 1 }).reply("COORDINATOR_LOAD_IN_PROGRESS");
    faults.on("OffsetFetch", { group: "g", times: 1 }).reply("NOT_COORDINATOR");
    faults.on("Fetch", { topic: "events", times: 1 }).close();
    faults.on("Fetch", { topic: "events", times: 1 }).truncate(30);
    await ottla.kafka.producer().send(events, { value: "a" });
    const consumer = kafkaJs.consumer({ groupId: "g" });
    await consumer.connect();
    await consumer.subscribe({ topic: "events", fromBeginning: true });
    const read = new Promise<string>((resolve, reject) => {
      consumer.run({ eachMessage: async ({ message }) => resolve(String(message.value)) }).catch(reject);
    });
    expect(await read).toBe("a");
    await consumer.disconnect();
    expect(faults.all.map(({ api, count }) => `${api} ${count}`)).toEqual([
      "JoinGroup 1",
      "OffsetFetch 1",
      "Fetch 1",
      "Fetch 1",
    ]);
  });
});
