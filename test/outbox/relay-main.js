// A relay in a process of its own, to be killed: `node relay-main.js '{"database":"postgres://…","bootstrap":"127.0.0.1:9092"}'`
// prints `ready` when it has begun. It runs until it is killed, or until SIGTERM asks it to stop.
import { Kafka } from "@ottla/client";
import { createRelay } from "@ottla/outbox";
import { postgres } from "@ottla/outbox/pg";
import pg from "pg";

const { database, bootstrap } = JSON.parse(process.argv[2] ?? "{}");
const kafka = new Kafka({ brokers: [bootstrap], reconnectBackoffMs: { base: 10, max: 200 } });
const relay = createRelay({
  store: postgres(),
  connect: () => new pg.Client({ connectionString: database }),
  publisher: kafka.producer({ retryBackoffMs: { base: 10, max: 200 } }),
  leaseMs: 600,
});
const stopping = new AbortController();
process.once("SIGTERM", () => stopping.abort());
process.stdout.write("ready\n");
await relay.run({ signal: stopping.signal });
await kafka.close();
