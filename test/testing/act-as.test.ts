import { spawnSync } from "node:child_process";
import type { KafkaRelease } from "@ottla/broker";
import { string, topic } from "@ottla/client";
import { type Ottla, startOttla } from "@ottla/testing";
import { Kafka as KafkaJs, logLevel } from "kafkajs";
import { describe, expect, it } from "vitest";
import { Child } from "../kit/child.js";
import { cleanup } from "../kit/cleanup.js";

const events = topic("events", { value: string() });
const releases: readonly KafkaRelease[] = ["2.1", "2.4", "2.8", "3.0", "3.4", "3.9", "4.0", "4.1", "4.2", "4.3"];
const hasKcat = spawnSync("kcat", ["-V"]).status === 0;

async function brokerOf(actAs: KafkaRelease): Promise<Ottla<"real", false>> {
  const ottla = await startOttla({ actAs, registry: false });
  cleanup(() => ottla.close());
  await ottla.kafka.admin().topics.create([events]);
  return ottla;
}

describe.each(releases)("a broker that acts as Kafka %s", (actAs) => {
  it("serves our client: produce, group, commit, read again", async () => {
    const { kafka } = await brokerOf(actAs);
    const producer = kafka.producer();
    for (const value of ["a", "b", "c"]) await producer.send(events, { value });
    const read = async (count: number) => {
      const consumer = kafka.consumer({ groupId: "g", topics: [events] });
      const values: string[] = [];
      let closing: Promise<void> | undefined;
      for await (const { value } of consumer) {
        values.push(value);
        // Not awaited here: it waits for the record in hand, which is done when the next one is asked for.
        if (values.length === count) closing = consumer.close();
      }
      await closing;
      return values;
    };
    expect(await read(3)).toEqual(["a", "b", "c"]);
    await producer.send(events, { value: "d" });
    expect(await read(1)).toEqual(["d"]);
  });

  it("serves kafkajs", async () => {
    const { broker } = await brokerOf(actAs);
    const kafkaJs = new KafkaJs({ brokers: [broker.bootstrap], logLevel: logLevel.NOTHING });
    const producer = kafkaJs.producer({ idempotent: true });
    await producer.connect();
    await producer.send({ topic: "events", acks: -1, messages: [{ value: "a" }, { value: "b" }] });
    const consumer = kafkaJs.consumer({ groupId: "g" });
    await consumer.connect();
    await consumer.subscribe({ topic: "events", fromBeginning: true });
    const values: string[] = [];
    await new Promise<void>((resolve, reject) => {
      const eachMessage = async ({ message }: { readonly message: { readonly value: Buffer | null } }) => {
        values.push(String(message.value));
        if (values.length === 2) resolve();
      };
      consumer.run({ eachMessage }).catch(reject);
    });
    await Promise.all([consumer.disconnect(), producer.disconnect()]);
    expect(values).toEqual(["a", "b"]);
  });

  it.skipIf(!hasKcat)("serves librdkafka, which asks for the versions (skipped where kcat is missing)", async () => {
    const { broker } = await brokerOf(actAs);
    const server = ["-b", broker.bootstrap, "-X", "api.version.request=true"];
    const producing = new Child("kcat", [...server, "-P", "-t", "events"], { input: true });
    for (const value of ["a", "b", "c"]) producing.write(`${value}\n`);
    producing.endInput();
    expect(await producing.ended(), producing.errors).toBe(0);
    const consuming = new Child("kcat", [
      ...server,
      "-q",
      "-c",
      "3",
      "-X",
      "auto.offset.reset=earliest",
      "-G",
      "g",
      "events",
    ]);
    expect(await consuming.ended(), consuming.errors).toBe(0);
    expect(consuming.lines).toEqual(["a", "b", "c"]);
  });
});
