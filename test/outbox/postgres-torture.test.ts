import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type Consumer, Kafka } from "@ottla/client";
import { createInbox, type InboxRecord } from "@ottla/outbox";
import { postgres, transactions } from "@ottla/outbox/pg";
import { missingPostgres, PostgresCluster } from "@ottla/postgres-launcher";
import { nodeWorld } from "@ottla/world";
import { Client, Pool } from "pg";
import { describe, expect, it } from "vitest";
import { BrokerUnderFire } from "../crash/broker-under-fire.js";
import { Child } from "../kit/child.js";
import { cleanup } from "../kit/cleanup.js";
import { eventually } from "../kit/eventually.js";
import { isLongForm } from "../kit/long-form.js";
import { nodeBinary } from "../kit/node-binary.js";
import { partitionContent } from "../kit/partition-content.js";
import { WireClient } from "../kit/wire-client.js";
import { SeededRandom } from "../sim/seeded-random.js";
import { AggregateWriters, changes, torturedTables } from "./aggregate-writers.js";

const seed = Number(process.env.OTTLA_CRASH_SEED ?? 1);
const form = isLongForm
  ? { events: 200_000, relayKills: 100, serverKills: 5, brokerKills: 5, longMs: 400, withinMs: 3_000_000 }
  : { events: 800, relayKills: 4, serverKills: 1, brokerKills: 1, longMs: 60, withinMs: 110_000 };
const aggregates = 20;
const relayMain = fileURLToPath(new URL("./relay-main.js", import.meta.url));

describe.skipIf(missingPostgres() !== undefined)("an outbox on Postgres under fire", () => {
  it(
    "loses nothing, turns no key around and has each effect once, while relays, server and broker are killed",
    async () => {
      const random = new SeededRandom(seed);
      const cluster = await PostgresCluster.start({ fsync: true });
      cleanup(() => cluster.stop());
      const pool = new Pool({ connectionString: cluster.url(), max: 14 });
      pool.on("error", () => {});
      cleanup(() => pool.end());
      await migrate(cluster);
      const broker = await BrokerUnderFire.start({ "num.partitions": 6, "group.initial.rebalance.delay.ms": "0" });
      const kafka = new Kafka({ brokers: [broker.address], reconnectBackoffMs: { base: 10, max: 200 } });
      cleanup(() => kafka.close());
      await kafka.admin().topics.create([changes]);

      const startRelay = () =>
        new Child(nodeBinary, [relayMain, JSON.stringify({ database: cluster.url(), bootstrap: broker.address })]);
      const relays = [startRelay(), startRelay(), startRelay()];
      const effects = new Effects(
        pool,
        kafka.consumer({ groupId: "effects", topics: [changes], autoCommitIntervalMs: 200 }),
      );
      const writers = new AggregateWriters(pool, {
        writers: 12,
        aggregates,
        events: form.events,
        longMs: form.longMs,
        random,
      });
      let isOver = false;
      const writing = writers.run().finally(() => {
        isOver = true;
      });

      // Kills are spread over the events, in a random order.
      const kills = shuffled(random, [
        ...Array<"relay">(form.relayKills).fill("relay"),
        ...Array<"server">(form.serverKills).fill("server"),
        ...Array<"broker">(form.brokerKills).fill("broker"),
      ]);
      for (const [index, kill] of kills.entries()) {
        const at = (form.events * (index + 0.5)) / kills.length;
        await eventually(() => isOver || writers.committed >= at, { withinMs: form.withinMs, what: `event ${at}` });
        await delay(random.between(0, 30));
        if (kill === "relay") {
          const which = random.between(0, relays.length - 1);
          await relays[which]?.kill();
          relays[which] = startRelay();
        } else if (kill === "server") {
          await cluster.kill();
          await cluster.restart();
        } else await broker.killAndRestart();
      }
      await writing;

      const committed = await rowsOf(pool, "select aggregate, value from change order by aggregate, version");
      const haveAllHappened = async () =>
        (await pool.query("select count(*)::int as n from effect")).rows[0].n >= committed.total;
      await eventually(haveAllHappened, { withinMs: form.withinMs, everyMs: 100, what: `${committed.total} effects` });
      for (const relay of relays) expect(await relay.stop()).toBe(0);
      await effects.close();

      const client = new WireClient(nodeWorld.network, {
        host: "127.0.0.1",
        port: Number(broker.address.split(":")[1]),
      });
      cleanup(() => client.close());
      const published = new Map<string, string[]>();
      let records = 0;
      for (let partition = 0; partition < 6; partition += 1) {
        for (const { id } of (await partitionContent(client, "changes", partition)).records) {
          const [key = ""] = id.split(" ");
          published.set(key, [...(published.get(key) ?? []), id]);
          records += 1;
        }
      }
      let inversions = 0;
      for (const [key, values] of committed.byAggregate) {
        const firsts = [...new Set(published.get(key))];
        if (firsts.join() !== values.join()) inversions += 1;
        expect(firsts).toEqual(values);
      }
      expect(published.size).toBe(committed.byAggregate.size);
      const happened = await rowsOf(pool, "select aggregate, value from effect order by id");
      expect(happened.byAggregate).toEqual(committed.byAggregate);
      console.log(
        `${committed.total} events committed, ${records - committed.total} duplicates published, ${inversions} keys out of order; ` +
          `killed ${form.relayKills} relays, Postgres ${form.serverKills} times, the broker ${form.brokerKills} times; seed ${seed}`,
      );
    },
    form.withinMs + 60_000,
  );
});

async function migrate(cluster: PostgresCluster): Promise<void> {
  const client = new Client({ connectionString: cluster.url() });
  await postgres({ shards: 6 }).migrate(client);
  await client.query(torturedTables);
  await client.query("insert into aggregate select 'a' || n from generate_series(0, $1) n", [aggregates - 1]);
  await client.end();
}

/** A consumer whose handler writes a row in the transaction of its inbox. It outlives the server and the broker. */
class Effects {
  readonly #consumer: Consumer<typeof changes>;
  readonly #running: Promise<void>;

  constructor(pool: Pool, consumer: Consumer<typeof changes>) {
    this.#consumer = consumer;
    const inbox = createInbox({ store: postgres(), consumer: "effects" });
    const handle = inbox.handler(
      transactions(pool),
      (tx, record: InboxRecord & { readonly key: string; readonly value: string }) =>
        tx.query("insert into effect (aggregate, value) values ($1, $2)", [record.key, record.value]),
    );
    const options = { concurrency: 8, orderBy: "key", retry: { attempts: 1_000, backoff: 50 } } as const;
    this.#running = consumer.run({ changes: handle }, options);
    this.#running.catch(() => {});
  }

  async close(): Promise<void> {
    await this.#consumer.close();
    await this.#running;
  }
}

async function rowsOf(pool: Pool, query: string) {
  const { rows } = await pool.query<{ aggregate: string; value: string }>(query);
  const byAggregate = new Map<string, string[]>();
  for (const { aggregate, value } of rows) {
    const values = byAggregate.get(aggregate);
    if (values === undefined) byAggregate.set(aggregate, [value]);
    else values.push(value);
  }
  return { total: rows.length, byAggregate };
}

function shuffled<T>(random: SeededRandom, items: readonly T[]): T[] {
  const left = [...items];
  const order: T[] = [];
  while (left.length > 0) order.push(...left.splice(random.between(0, left.length - 1), 1));
  return order;
}
