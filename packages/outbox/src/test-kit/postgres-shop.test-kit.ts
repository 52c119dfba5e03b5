import { json, nullable, string, topic } from "@ottla/client";
import { type PostgresOptions as ClusterOptions, missingPostgres, PostgresCluster } from "@ottla/postgres-launcher";
import { nodeWorld, type World } from "@ottla/world";
import { Client, Pool } from "pg";
import { afterAll, beforeAll, expect, onTestFinished } from "vitest";
import { createOutbox, type Outbox } from "../outbox/outbox.js";
import { admin, postgres, transactions, tx as txOf } from "../pg/index.js";
import type { PgClient } from "../pg/pg-driver.js";
import type { PostgresOptions, PostgresOutboxStore } from "../postgres/postgres-outbox-store.js";
import { createRelay, type Relay } from "../relay/relay.js";
import type { RelayEvents } from "../relay/relay-events.js";
import type { RelayTuning } from "../relay/relay-settings.js";
import type { SqlTx, Transactions } from "../sql/sql.js";
import { FakePublisher } from "./fake-publisher.test-kit.js";

export const orders = topic("orders", { key: nullable(string()), value: string() });
export const invoices = topic("invoices", { key: string(), value: json<{ readonly cents: number }>() });

/** Why the tests of this file cannot run, for `describe.skipIf`. */
export const isPostgresMissing = missingPostgres() !== undefined;

/** A server for all tests of a file. */
export function useCluster(options?: ClusterOptions): () => PostgresCluster {
  let cluster: PostgresCluster | undefined;
  beforeAll(async () => {
    if (!isPostgresMissing) cluster = await PostgresCluster.start(options);
  });
  afterAll(() => cluster?.stop());
  return () => {
    if (cluster === undefined) throw new Error("no Postgres was started");
    return cluster;
  };
}

/** Waits until `look` answers true. What it throws counts as not yet. */
export async function eventually(
  look: () => boolean | Promise<boolean>,
  what = "the condition",
  withinMs = 10_000,
): Promise<void> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    let cause: unknown;
    try {
      if (await look()) return;
    } catch (error) {
      cause = error;
    }
    if (performance.now() > deadline) throw new Error(`waited ${withinMs} ms in vain for ${what}`, { cause });
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

let databases = 0;

/** A service with a database of its own in the cluster, and an outbox. Everything opened is closed with the test. */
export class PostgresShop {
  readonly cluster: PostgresCluster;
  readonly url: string;
  readonly store: PostgresOutboxStore<PgClient>;
  readonly outbox: Outbox<SqlTx>;
  readonly pool: Pool;
  readonly transactions: Transactions<SqlTx>;

  private constructor(cluster: PostgresCluster, database: string, options: PostgresOptions) {
    this.cluster = cluster;
    this.url = cluster.url(database);
    this.store = postgres(options);
    this.outbox = createOutbox({ store: this.store });
    this.pool = new Pool({ connectionString: this.url, max: 20 });
    this.pool.on("error", () => {});
    onTestFinished(() => this.pool.end());
    this.transactions = transactions(this.pool);
  }

  static async open(cluster: PostgresCluster, options: PostgresOptions = {}): Promise<PostgresShop> {
    databases += 1;
    const database = `shop${databases}`;
    const postgresDatabase = new Client({ connectionString: cluster.url() });
    await postgresDatabase.connect();
    await postgresDatabase.query(`create database ${database}`);
    await postgresDatabase.end();
    const shop = new PostgresShop(cluster, database, options);
    await shop.store.migrate(await shop.connect());
    await shop.outbox.prepare([orders, invoices]);
    await shop.pool.query("create table orders (id text primary key, cents int not null default 0)");
    return shop;
  }

  /** A connection of its own. */
  async connect(): Promise<Client> {
    const client = new Client({ connectionString: this.url });
    client.on("error", () => {});
    await client.connect();
    onTestFinished(() => client.end().catch(() => {}));
    return client;
  }

  /** A session that begins, writes and commits when the test says so. */
  async session(): Promise<Session> {
    return new Session(this, await this.connect());
  }

  /** Adds events, each `key=value` or only a value, in one transaction. */
  async add(...events: readonly string[]): Promise<void> {
    await this.transactions.transact(async (tx) => {
      for (const event of events) await this.addIn(tx, event);
    });
  }

  addIn(tx: SqlTx, event: string): Promise<string> {
    const [first = "", second] = event.split("=");
    return this.outbox.add(tx, orders, second === undefined ? { value: first } : { key: first, value: second });
  }

  publisher(): FakePublisher {
    return new FakePublisher(nodeWorld);
  }

  relay(publisher: FakePublisher, tuning: TestTuning = {}): TestPostgresRelay {
    return new TestPostgresRelay(this, publisher, tuning);
  }

  async one<Row>(text: string, parameters: readonly unknown[] = []): Promise<Row> {
    const { rows } = await this.pool.query(text, [...parameters]);
    return rows[0] as Row;
  }

  async count(from: string): Promise<number> {
    return (await this.one<{ n: number }>(`select count(*)::int as n from ${from}`)).n;
  }

  async admin() {
    return admin(await this.connect());
  }

  /** Every event that was added is sent, or put aside. */
  async isSettled(): Promise<boolean> {
    const { unsettled } = await this.one<{ unsettled: number }>(
      `select count(*)::int as unsettled from outbox.message m left join outbox.cursor c on c.relay = 'relay' and c.shard = m.shard
        where c.relay is null or not (pg_visible_in_snapshot(m.xid, c.snap_from)
          or coalesce(pg_visible_in_snapshot(m.xid, c.snap_to) and m.id <= c.last_id, false))`,
    );
    return unsettled === 0;
  }
}

/** One connection of a service. */
export class Session {
  readonly client: Client;
  readonly tx: SqlTx;
  readonly #shop: PostgresShop;

  constructor(shop: PostgresShop, client: Client) {
    this.#shop = shop;
    this.client = client;
    this.tx = txOf(client);
  }

  async do(...statements: readonly string[]): Promise<void> {
    for (const statement of statements) await this.client.query(statement);
  }

  add(event: string): Promise<string> {
    return this.#shop.addIn(this.tx, event);
  }
}

type TestTuning = RelayTuning & { readonly name?: string; readonly world?: Pick<World, "clock" | "timers" | "random"> };

/** A relay that can be made to vanish as if its process had ended. */
export class TestPostgresRelay {
  readonly relay: Relay;
  readonly running: Promise<void>;
  readonly heard: { readonly name: keyof RelayEvents; readonly event: unknown }[] = [];
  readonly #publisher: FakePublisher;
  readonly #clients: Client[] = [];
  #isDead = false;
  expectsErrors = false;

  constructor(shop: PostgresShop, publisher: FakePublisher, tuning: TestTuning) {
    this.#publisher = publisher;
    this.relay = createRelay({
      leaseMs: 2_000,
      backoff: { firstMs: 10, longestMs: 100 },
      ...tuning,
      store: shop.store,
      connect: () => {
        if (this.#isDead) throw new Error("this process is gone");
        const client = new Client({ connectionString: shop.url });
        client.on("error", () => {});
        this.#clients.push(client);
        return client;
      },
      publisher,
    });
    const names = ["takeover", "fenced", "published", "settled", "stalled", "parked", "recovered", "error"] as const;
    for (const name of names) this.relay.on(name, (event) => this.heard.push({ name, event }));
    this.running = this.relay.run();
    this.running.catch(() => {});
    onTestFinished(async () => {
      if (this.#isDead) return;
      await this.relay.close({ graceMs: 0 });
      if (!this.expectsErrors) expect(this.events("error")).toEqual([]);
    });
  }

  /** What was told under `name`. */
  events<Name extends keyof RelayEvents>(name: Name): RelayEvents[Name][] {
    return this.heard.filter((each) => each.name === name).map(({ event }) => event as RelayEvents[Name]);
  }

  /** The process ids of its connections in the server. */
  backends(): number[] {
    return this.#clients.map((client) => (client as unknown as { readonly processID: number }).processID);
  }

  /** Ends as a killed process does, here and now: nothing is written or answered any more, the lease is not given back. */
  die(): void {
    this.#isDead = true;
    this.#publisher.isDead = true;
    for (const client of this.#clients) {
      (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
    }
  }

  /** {@link TestPostgresRelay.die}, and waits until nothing of it moves. */
  async crash(): Promise<void> {
    this.die();
    await this.relay.close({ graceMs: 0 });
  }
}
