import { Broker } from "@ottla/broker";
import { Kafka, string, topic } from "@ottla/client";
import { createOutbox } from "@ottla/outbox";
import { sqlite, transactions } from "@ottla/outbox/libsql";
import { SchemaRegistry } from "@ottla/schema-registry";
import { avro } from "@ottla/schema-registry/avro";
import { RegistryServer } from "@ottla/schema-registry/server";
import Database from "libsql";
import { describe, expect, it } from "vitest";
import { cleanup } from "../kit/cleanup.js";

const orders = topic("orders", {
  key: string(),
  value: avro({ type: "record", name: "Order", fields: [{ name: "cents", type: "long" }] } as const),
});
const payments = topic("payments", { key: string(), value: avro("string") });

async function start() {
  const broker = await Broker.start({ memory: true });
  cleanup(() => broker.close());
  const server = await RegistryServer.start({ bootstrap: broker.bootstrap, port: 0 });
  cleanup(() => server.close());
  const registry = new SchemaRegistry(server.url, { autoRegister: true, retryWaitMs: 1 });
  const kafka = new Kafka({ brokers: [broker.bootstrap], registry });
  cleanup(() => kafka.close());
  return { server, registry, kafka };
}

describe("a registry that is down", () => {
  it("is not missed by a producer that was prepared, and named at once by one that was not", async () => {
    const { server, kafka } = await start();
    const producer = kafka.producer();
    await producer.prepare([orders]);
    await server.close();
    for (let cents = 0n; cents < 500n; cents += 1n) await producer.send(orders, { key: "c", value: { cents } });
    const before = performance.now();
    await expect(producer.send(payments, { key: "c", value: "x" })).rejects.toMatchObject({
      code: "REGISTRY_UNREACHABLE",
    });
    expect(performance.now() - before).toBeLessThan(5_000);
    await producer.send(orders, { key: "c", value: { cents: 500n } });
  });

  it("keeps no business transaction from committing; a topic that was not prepared is refused inside it", async () => {
    const { server, registry } = await start();
    const connection = new Database(":memory:");
    cleanup(() => {
      connection.close();
    });
    const store = sqlite();
    store.migrate(connection);
    const outbox = createOutbox({ store, registry });
    await outbox.prepare([orders]);
    await server.close();
    const shop = transactions(connection);
    for (let cents = 0n; cents < 500n; cents += 1n) {
      shop.run((tx) => {
        outbox.add(tx, orders, { key: "c", value: { cents } });
      });
    }
    const refused = () =>
      shop.run((tx) => {
        outbox.add(tx, payments, { key: "c", value: "x" });
      });
    expect(refused).toThrow(/\[TOPIC_NOT_PREPARED\].*await outbox\.prepare\(\[payments\]\)/);
  });
});
