// A service in CommonJS: every entry by require().
const { Broker } = require("@ottla/broker");
const { json, Kafka, string, topic } = require("@ottla/client");
const { createOutbox, createRelay } = require("@ottla/outbox");
const { sqlite, transactions } = require("@ottla/outbox/libsql");
const { murmur2 } = require("@ottla/protocol");
const { parseAvro } = require("@ottla/schema-registry");
const { avro } = require("@ottla/schema-registry/avro");
const { checkCompatibility } = require("@ottla/schema-registry/compatibility");
const { nodeWorld } = require("@ottla/world");
const Database = require("libsql");

require("@ottla/outbox/node-sqlite");
require("@ottla/outbox/better-sqlite3");
for (const each of [murmur2, parseAvro, avro, checkCompatibility, nodeWorld]) {
  if (each === undefined) throw new Error("an export is missing");
}

async function main() {
  const orders = topic("orders", { key: string(), value: json() });
  const broker = await Broker.start({ memory: true });
  const kafka = new Kafka({ brokers: [broker.bootstrap] });
  const producer = kafka.producer();
  const stop = new AbortController();
  try {
    await producer.send(orders, { key: "o-1", value: { id: "o-1", cents: 1250 } });

    const database = new Database("common-js.db");
    const store = sqlite();
    store.migrate(database);
    const outbox = createOutbox({ store });
    await outbox.prepare([orders]);
    transactions(database).run((tx) => {
      outbox.add(tx, orders, { key: "o-1", value: { id: "o-1", cents: 2500 } });
    });
    const relay = createRelay({ store, connect: () => new Database("common-js.db"), publisher: producer });
    const relaying = relay.run({ signal: stop.signal });

    const read = [];
    for await (const { key, value } of kafka.consumer({ groupId: "billing", topics: [orders] })) {
      read.push(`${key} ${value.cents}`);
      if (read.length === 2) break;
    }
    console.log(read.join(", "));
    stop.abort();
    await relaying;
    database.close();
  } finally {
    stop.abort();
    await kafka.close();
    await broker.close();
  }
}

void main();
