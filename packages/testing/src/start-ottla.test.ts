import { json, string, topic } from "@ottla/client";
import { avro } from "@ottla/schema-registry/avro";
import { describe, expect, it } from "vitest";
import { startOttla } from "./start-ottla.js";

const orders = topic("orders", { key: string(), value: json<{ cents: number }>(), partitions: 2 });
const payments = topic("payments", {
  key: string(),
  value: avro({ type: "record", name: "Payment", fields: [{ name: "cents", type: "long" }] }),
});

describe("startOttla", () => {
  it("gives a broker, a registry and a client of both", async () => {
    await using ottla = await startOttla();
    const producer = ottla.kafka.producer();
    await producer.send(payments, { key: "p-1", value: { cents: 1250n } });
    expect(await ottla.registry.subjects()).toEqual(["payments-value"]);
    for await (const record of ottla.kafka.consumer({ groupId: "billing", topics: [payments] })) {
      expect(record).toMatchObject({ key: "p-1", value: { cents: 1250n } });
      break;
    }
    expect(await ottla.records(payments)).toMatchObject([{ offset: 0n, value: { cents: 1250n } }]);
  });
  it("takes configuration, and does without a registry", async () => {
    await using ottla = await startOttla({ registry: false, config: { "num.partitions": 3 } });
    expect(ottla.registry).toBeUndefined();
    await ottla.kafka.producer().send(topic("made-by-sending", { value: string() }), { value: "a" });
    const [described] = await ottla.kafka.admin().topics.describe(["made-by-sending"]);
    expect(described).toMatchObject({ partitions: { length: 3 } });
  });
  it("leaves nothing running when an option is wrong", async () => {
    const sockets = () => process.getActiveResourcesInfo().filter((name) => name.startsWith("TCP")).length;
    const before = sockets();
    await expect(startOttla({ kafka: { requestTimeoutMs: -1 } })).rejects.toThrow("requestTimeoutMs");
    await expect(startOttla({ config: { "num.partitions": -1 } })).rejects.toThrow("num.partitions");
    for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(sockets()).toBe(before);
  });
  it("runs many side by side that know nothing of each other", async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => startOttla()));
    await Promise.all(
      all.map(async ({ kafka }, index) => {
        await kafka.producer().send(orders, { key: "o", value: { cents: index } });
      }),
    );
    const found = await Promise.all(all.map(async (ottla) => (await ottla.records(orders)).map(({ value }) => value)));
    expect(found).toEqual(all.map((_, index) => [{ cents: index }]));
    await Promise.all(all.map((ottla) => ottla.close()));
    await all[0]?.close();
  });
});
