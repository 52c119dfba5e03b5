import { sql } from "drizzle-orm";
import { drizzle as drizzlePg } from "drizzle-orm/node-postgres";
import { drizzle as drizzleJs } from "drizzle-orm/postgres-js";
import postgresJs from "postgres";
import { describe, expect, it, onTestFinished } from "vitest";
import { tx as drizzleTx } from "../drizzle/index.js";
import { createInbox } from "../inbox/inbox.js";
import { createOutbox } from "../outbox/outbox.js";
import { tx as pgTx } from "../pg/index.js";
import * as js from "../postgres-js/index.js";
import { createRelay } from "../relay/relay.js";
import type { SqlTx } from "../sql/sql.js";
import { eventually, isPostgresMissing, orders, PostgresShop, useCluster } from "../test-kit/postgres-shop.test-kit.js";

type InTransaction = (
  body: (tx: SqlTx, text: (statement: string) => Promise<unknown>) => Promise<void>,
) => Promise<void>;

/** Each way to run something in a transaction of the caller's. */
async function ways(shop: PostgresShop): Promise<Readonly<Record<string, InTransaction>>> {
  const client = await shop.connect();
  const connection = postgresJs(shop.url, { onnotice: () => {} });
  onTestFinished(() => connection.end());
  const onPg = drizzlePg(shop.pool);
  const onJs = drizzleJs(postgresJs(shop.url, { onnotice: () => {} }));
  onTestFinished(() => onJs.$client.end());
  return {
    pg: async (body) => {
      await client.query("begin");
      try {
        await body(pgTx(client), (statement) => client.query(statement));
        await client.query("commit");
      } catch (error) {
        await client.query("rollback");
        throw error;
      }
    },
    "pg, transactions": (body) => shop.transactions.transact((tx) => body(tx, (statement) => tx.query(statement))),
    postgres: async (body) => {
      await connection.begin((inside) => body(js.tx(inside), (statement) => inside.unsafe(statement)));
    },
    "postgres, transactions": (body) =>
      js.transactions(connection).transact((tx) => body(tx, (statement) => tx.query(statement))),
    "drizzle on pg": (body) => onPg.transaction((t) => body(drizzleTx(t), async (text) => t.execute(sql.raw(text)))),
    "drizzle on postgres": (body) =>
      onJs.transaction((t) => body(drizzleTx(t), async (text) => t.execute(sql.raw(text)))),
  };
}

describe.skipIf(isPostgresMissing)("every driver", () => {
  const cluster = useCluster();

  it("adds events that live and die with the caller's transaction, bytes as they are (trap 36)", async () => {
    const shop = await PostgresShop.open(cluster());
    const bytes = Buffer.from([0, 1, 0x5c, 0xff, 0x27]).toString("latin1");
    const names: string[] = [];
    for (const [name, inTransaction] of Object.entries(await ways(shop))) {
      await inTransaction(async (tx, run) => {
        await run(`insert into orders (id) values ('${name}')`);
        await shop.outbox.add(tx, orders, { key: `${name}?$1`, value: bytes }, { messageId: name });
      });
      const failing = inTransaction(async (tx) => {
        await shop.outbox.add(tx, orders, { key: "k", value: "lost" });
        throw new Error("no");
      });
      await expect(failing).rejects.toThrow("no");
      names.push(name);
    }
    expect(names).toHaveLength(6);
    const publisher = shop.publisher();
    shop.relay(publisher);
    await eventually(() => publisher.log.length >= names.length);
    expect(publisher.log.map(({ messageId }) => messageId).sort()).toEqual([...names].sort());
    expect(new Set(publisher.values())).toEqual(new Set([bytes]));
    expect(publisher.log.map(({ key }) => key).sort()).toEqual(names.map((name) => `${name}?$1`).sort());
    expect(await shop.count("orders")).toBe(names.length);
  });

  it("refuses to add outside a transaction, and leaves nothing behind (trap 28)", async () => {
    const shop = await PostgresShop.open(cluster());
    const connection = postgresJs(shop.url);
    onTestFinished(() => connection.end());
    const outside: readonly SqlTx[] = [
      pgTx(shop.pool),
      pgTx(await shop.connect()),
      js.tx(connection),
      drizzleTx(drizzlePg(shop.pool)),
      drizzleTx(drizzleJs(connection)),
    ];
    for (const tx of outside) {
      const adding = shop.outbox.add(tx, orders, { key: "k", value: "1" });
      await expect(adding).rejects.toMatchObject({ code: "NOT_IN_TRANSACTION" });
    }
    expect(await shop.count("outbox.message")).toBe(0);
    const inbox = createInbox({ store: shop.store, consumer: "billing" });
    const record = { topic: "orders", partition: 0, offset: 0n, rawHeaders: [] };
    for (const tx of outside) {
      await expect(inbox.once(tx, record, () => Promise.resolve())).rejects.toMatchObject({
        code: "NOT_IN_TRANSACTION",
      });
      await expect(inbox.admit(tx, [record])).rejects.toMatchObject({ code: "NOT_IN_TRANSACTION" });
    }
    expect(await shop.count("outbox.inbox")).toBe(0);
  });

  it("notes inbox ids and admits batches", async () => {
    const shop = await PostgresShop.open(cluster());
    const inbox = createInbox({ store: shop.store, consumer: "billing" });
    const message = (id: string) => ({
      topic: "orders",
      partition: 0,
      offset: 0n,
      rawHeaders: [{ key: "message-id", value: Buffer.from(id) }],
    });
    for (const [name, inTransaction] of Object.entries(await ways(shop))) {
      await inTransaction(async (tx, run) => {
        const effect = () => run(`insert into orders (id) values ('${name}')`);
        expect(await inbox.once(tx, message(name), effect)).toBe(true);
        expect(await inbox.once(tx, message(name), effect)).toBe(false);
        const batch = [message(`${name} 2`), message(name), message(`${name} 1`), message(`${name} 2`)];
        expect(await inbox.admit(tx, batch)).toEqual([batch[0], batch[2]]);
      });
    }
    expect(await shop.count("orders")).toBe(6);
  });

  it("relays over postgres.js as over pg", async () => {
    const shop = await PostgresShop.open(cluster());
    const store = js.postgres();
    const sqlOf = () => postgresJs(shop.url, { max: 2, onnotice: () => {} });
    const migrating = sqlOf();
    expect(await store.migrate(migrating)).toBe(1);
    await migrating.end();
    const publisher = shop.publisher();
    const relay = createRelay({ store, connect: sqlOf, publisher });
    const running = relay.run();
    await shop.add(...Array.from({ length: 300 }, (_, n) => `k${n % 10}=${n}`));
    await eventually(() => publisher.log.length === 300);
    await eventually(() => shop.isSettled());
    const { warnings, lastError } = await relay.status();
    expect({ warnings, lastError }).toEqual({ warnings: [], lastError: undefined });
    await relay.close();
    await running;
  });

  it("says so when Postgres rolled back in place of the commit", async () => {
    const shop = await PostgresShop.open(cluster());
    const swallowing = shop.transactions.transact(async (tx) => {
      await shop.addIn(tx, "k=1");
      await tx.query("select 1 / 0").catch(() => {});
    });
    await expect(swallowing).rejects.toMatchObject({ code: "TRANSACTION_ROLLED_BACK" });
    expect(await shop.count("outbox.message")).toBe(0);
    expect(createOutbox({ store: shop.store })).toBeDefined();
  });
});
