import { setTimeout as delay } from "node:timers/promises";
import { bytes, Kafka, string, topic } from "@ottla/client";
import { createOutbox, createRelay, type RecordPublisher } from "@ottla/outbox";
import { postgres, transactions } from "@ottla/outbox/pg";
import { PostgresCluster } from "@ottla/postgres-launcher";
import { Client, Pool } from "pg";
import { BrokerProcess } from "./broker-process.js";
import type { BenchCase, Figures } from "./case.js";

const events = topic("events", { key: string(), value: bytes(), partitions: 6 });
const backlog = 100_000;
const value = Buffer.alloc(300, "x");

/** Acknowledges at once: what is left is the database's part. */
const nullPublisher: RecordPublisher = {
  sendRaw: () => Promise.resolve({ partition: 0, offset: 0n }),
};

export const outboxCases: Readonly<Record<string, BenchCase>> = {
  "outbox/relay/null": {
    what: `one relay, ${backlog} waiting events of 300 B under 10,000 keys, to a publisher that acknowledges at once; Postgres with fsync`,
    runs: 3,
    run: () => withServer(async (server) => drain(server, nullPublisher)),
  },
  "outbox/relay/broker": {
    what: `one relay, ${backlog} waiting events of 300 B under 10,000 keys, to our broker with durability sync; Postgres with fsync`,
    runs: 3,
    run: () => withServer((server) => withProducer((producer) => drain(server, producer))),
  },
  "outbox/latency": {
    what: "1,000 events/s for 10 s, a transaction each, to our broker with durability sync: from the answer to COMMIT to the acknowledgement",
    runs: 3,
    run: () => withServer((server) => withProducer((producer) => latency(server, producer))),
  },
  "outbox/enqueue": {
    what: "transactions of one row on 8 connections for 3 s each: without an event, with one, without again; Postgres with fsync",
    runs: 3,
    run: () => withServer(enqueue),
  },
};

async function withServer(measure: (server: PostgresCluster) => Promise<Figures>): Promise<Figures> {
  const server = await PostgresCluster.start({ fsync: true });
  try {
    const client = new Client({ connectionString: server.url() });
    await postgres().migrate(client);
    await client.query(
      "create table business (id bigint generated always as identity primary key, note text not null)",
    );
    await client.end();
    return await measure(server);
  } finally {
    await server.stop();
  }
}

async function withProducer(measure: (producer: RecordPublisher) => Promise<Figures>): Promise<Figures> {
  const broker = await BrokerProcess.start("sync");
  const kafka = new Kafka({ brokers: [broker.bootstrap] });
  await kafka.admin().topics.create([events]);
  try {
    return await measure(kafka.producer());
  } finally {
    await kafka.close();
    await broker.stop();
  }
}

function relayOn(server: PostgresCluster, publisher: RecordPublisher) {
  // A store of its own, as in another process: it hears of commits by NOTIFY.
  const connect = () => new Client({ connectionString: server.url() });
  return createRelay({ store: postgres(), connect, publisher });
}

async function drain(server: PostgresCluster, publisher: RecordPublisher): Promise<Figures> {
  const client = new Client({ connectionString: server.url() });
  await client.connect();
  await client.query(
    `insert into outbox.message (message_id, shard, topic, key, value, headers, record_timestamp)
      select gen_random_uuid(), k % 4, 'events', convert_to('k' || k, 'UTF8'), convert_to(repeat('x', 300), 'UTF8'), '[]', 0
      from (select n, n % 10000 as k from generate_series(1, ${backlog}) n) rows`,
  );
  await client.query("vacuum analyze outbox.message");
  await client.end();
  const relay = relayOn(server, publisher);
  let settled = 0;
  const before = performance.now();
  const drained = new Promise<void>((resolve) => {
    relay.on("settled", ({ records }) => {
      settled += records;
      if (settled >= backlog) resolve();
    });
  });
  const running = relay.run();
  await drained;
  const seconds = (performance.now() - before) / 1000;
  await relay.close();
  await running;
  return { "events/s": backlog / seconds };
}

async function latency(server: PostgresCluster, publisher: RecordPublisher): Promise<Figures> {
  const [perSecond, seconds] = [1_000, 10];
  const pool = new Pool({ connectionString: server.url(), max: 8 });
  const outbox = createOutbox({ store: postgres() });
  await outbox.prepare([events]);
  const relay = relayOn(server, publisher);
  const acknowledgedAt = new Map<string, number>();
  relay.on("published", ({ messageId }) => acknowledgedAt.set(messageId, performance.now()));
  const running = relay.run();
  const onPool = transactions(pool);
  const committedAt = new Map<string, number>();
  const place = async (number: number): Promise<void> => {
    const id = await onPool.transact(async (tx) => {
      await tx.query("insert into business (note) values ($1)", ["x"]);
      return outbox.add(tx, events, { key: `k${number % 500}`, value });
    });
    committedAt.set(id, performance.now());
  };
  await place(0);
  while (acknowledgedAt.size === 0) await delay(10);
  committedAt.clear();
  acknowledgedAt.clear();
  const start = performance.now();
  const placing: Promise<void>[] = [];
  for (let sent = 0; sent < perSecond * seconds; ) {
    const due = Math.min(((performance.now() - start) / 1000) * perSecond, perSecond * seconds);
    for (; sent < due; sent += 1) placing.push(place(sent));
    await delay(1);
  }
  await Promise.all(placing);
  const tookSeconds = (performance.now() - start) / 1000;
  while (acknowledgedAt.size < committedAt.size) await delay(10);
  await relay.close();
  await running;
  await pool.end();
  const waits = [...committedAt].map(([id, at]) => (acknowledgedAt.get(id) ?? 0) - at).sort((a, b) => a - b);
  const at = (share: number) => Math.max(waits[Math.floor(waits.length * share)] ?? 0, 0);
  return { "commits/s": committedAt.size / tookSeconds, "p50 ms": at(0.5), "p99 ms": at(0.99) };
}

async function enqueue(server: PostgresCluster): Promise<Figures> {
  const connections = 8;
  const pool = new Pool({ connectionString: server.url(), max: connections });
  const outbox = createOutbox({ store: postgres() });
  await outbox.prepare([events]);
  const onPool = transactions(pool);
  const rate = async (withEvent: boolean): Promise<number> => {
    let committed = 0;
    const until = performance.now() + 3_000;
    const write = async (): Promise<void> => {
      while (performance.now() < until) {
        await onPool.transact(async (tx) => {
          const added = withEvent ? outbox.add(tx, events, { key: `k${committed % 500}`, value }) : undefined;
          await tx.query("insert into business (note) values ($1)", ["x"]);
          await added;
        });
        committed += 1;
      }
    };
    await Promise.all(Array.from({ length: connections }, write));
    return committed / 3;
  };
  await rate(true);
  const before = await rate(false);
  const withEvent = await rate(true);
  const after = await rate(false);
  await pool.end();
  const without = (before + after) / 2;
  return { "commits/s without": without, "commits/s with an event": withEvent, ratio: withEvent / without };
}
