// A service in TypeScript, as an ES module.
import { Broker } from "@ottla/broker";
import { json, Kafka, type Sendable, string, topic } from "@ottla/client";
import { createOutbox, createRelay } from "@ottla/outbox";
import { sqlite, transactions } from "@ottla/outbox/libsql";
import { avro } from "@ottla/schema-registry/avro";
import Database from "libsql";

interface Order {
  readonly id: string;
  readonly cents: number;
}

const orders = topic("orders", { key: string(), value: json<Order>() });
// @ts-expect-error cents is a number
const refused: Sendable<typeof orders> = { key: "o-1", value: { id: "o-1", cents: "1" } };
const payments = topic("payments", {
  key: string(),
  value: avro({ type: "record", name: "Payment", fields: [{ name: "cents", type: "int" }] }),
});

void [refused, payments];

async function roundTrip(): Promise<string> {
  const broker = await Broker.start({ memory: true });
  const kafka = new Kafka({ brokers: [broker.bootstrap] });
  const producer = kafka.producer();
  const stop = new AbortController();
  try {
    await producer.send(orders, { key: "o-1", value: { id: "o-1", cents: 1250 } });
    const database = new Database("node16.db");
    const store = sqlite();
    store.migrate(database);
    const outbox = createOutbox({ store });
    await outbox.prepare([orders]);
    transactions(database).run((tx) => {
      outbox.add(tx, orders, { key: "o-1", value: { id: "o-1", cents: 2500 } });
    });
    const relay = createRelay({ store, connect: () => new Database("node16.db"), publisher: producer });
    const relaying = relay.run({ signal: stop.signal });

    const read: string[] = [];
    for await (const { key, value } of kafka.consumer({ groupId: "billing", topics: [orders] })) {
      read.push(`${key} ${value.cents.toFixed(0)}`);
      if (read.length === 2) break;
    }
    stop.abort();
    await relaying;
    database.close();
    return read.join(", ");
  } finally {
    stop.abort();
    await kafka.close();
    await broker.close();
  }
}

void roundTrip().then((read) => console.log(read));
