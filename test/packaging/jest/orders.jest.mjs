import { Broker } from "@ottla/broker";
import { json, Kafka, string, topic } from "@ottla/client";
import { createOutbox, createRelay } from "@ottla/outbox";
import { sqlite, transactions } from "@ottla/outbox/libsql";
import Database from "libsql";

const orders = topic("orders", { key: string(), value: json() });

describe("orders", () => {
  let broker;
  let kafka;

  beforeAll(async () => {
    broker = await Broker.start({ memory: true });
    kafka = new Kafka({ brokers: [broker.bootstrap] });
  });

  afterAll(async () => {
    await kafka.close();
    await broker.close();
  });

  test("come back as they were sent", async () => {
    await kafka.producer().send(orders, { key: "o-1", value: { cents: 1250 } });
    expect(await first(kafka.consumer({ groupId: "billing", topics: [orders] }))).toMatchObject({
      key: "o-1",
      value: { cents: 1250 },
    });
  });

  test("reach the topic through an outbox", async () => {
    const fromOutbox = topic("orders-from-outbox", { key: string(), value: json() });
    const database = new Database("jest.db");
    const store = sqlite();
    store.migrate(database);
    const outbox = createOutbox({ store });
    await outbox.prepare([fromOutbox]);
    transactions(database).run((tx) => {
      outbox.add(tx, fromOutbox, { key: "o-2", value: { cents: 2500 } });
    });
    const relay = createRelay({ store, connect: () => new Database("jest.db"), publisher: kafka.producer() });
    const relaying = relay.run();
    expect(await first(kafka.consumer({ groupId: "billing", topics: [fromOutbox] }))).toMatchObject({ key: "o-2" });
    await relay.close();
    await relaying;
    database.close();
  });
});

async function first(consumer) {
  for await (const record of consumer) return record;
  throw new Error("the consumer ended");
}
