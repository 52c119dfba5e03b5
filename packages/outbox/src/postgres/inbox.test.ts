import { describe, expect, it } from "vitest";
import { createInbox } from "../inbox/inbox.js";
import type { InboxRecord } from "../inbox/record-id.js";
import type { SqlTx } from "../sql/sql.js";
import { eventually, isPostgresMissing, PostgresShop, useCluster } from "../test-kit/postgres-shop.test-kit.js";

const message = (messageId: string, offset = 0): InboxRecord => ({
  topic: "orders",
  partition: 0,
  offset: BigInt(offset),
  rawHeaders: [{ key: "message-id", value: Buffer.from(messageId) }],
});

describe.skipIf(isPostgresMissing)("an inbox on Postgres", () => {
  const cluster = useCluster();
  const open = async () => {
    const shop = await PostgresShop.open(cluster());
    const inbox = createInbox({ store: shop.store, consumer: "billing", retention: "1h" });
    const handle = inbox.handler(shop.transactions, (tx: SqlTx, record: InboxRecord) =>
      tx.query("insert into orders (id) values ($1)", [String(record.offset)]),
    );
    return { shop, inbox, handle };
  };

  it("handles a record once, however often it comes (trap 24)", async () => {
    const { shop, inbox, handle } = await open();
    await handle(message("a", 1));
    await handle(message("a", 2));
    await handle(message("b", 3));
    await Promise.all(Array.from({ length: 10 }, (_, n) => handle(message("c", 10 + n))));
    expect(await shop.count("orders")).toBe(3);
    expect(inbox.counts).toEqual({ handled: 3, duplicates: 10 });
  });

  it("lets the second of two at once wait for the first, and handle it if the first rolls back (trap 24)", async () => {
    const { shop, inbox, handle } = await open();
    const first = await shop.session();
    for (const [ending, orders] of [
      ["rollback", 1],
      ["commit", 1],
    ] as const) {
      await first.do("begin");
      expect(await inbox.once(first.tx, message(ending), () => Promise.resolve())).toBe(true);
      const second = handle(message(ending, 1));
      await eventually(async () => (await shop.count("pg_locks where not granted")) === 1, "the second to wait");
      await first.do(ending);
      await second;
      expect(await shop.count("orders")).toBe(orders);
    }
    expect(inbox.counts.duplicates).toBe(1);
    // Without ON CONFLICT DO NOTHING the duplicate would end the caller's transaction.
    await first.do("begin");
    const naive = first.do("insert into outbox.inbox values ('billing', 'commit', now())");
    await expect(naive).rejects.toMatchObject({ code: "23505" });
    await expect(first.do("select 1")).rejects.toMatchObject({ code: "25P02" });
    await first.do("rollback");
  });

  it("forgets what a failing handler noted, even when the caller commits what is left (trap 25)", async () => {
    const { shop, inbox } = await open();
    const handle = inbox.handler(shop.transactions, () => Promise.reject(new Error("the card was refused")));
    await expect(handle(message("a"))).rejects.toThrow("the card was refused");
    await shop.transactions.transact(async (tx) => {
      const failing = inbox.once(tx, message("a"), async () => {
        await tx.query("insert into orders (id) values ('half')");
        await tx.query("select 1 / 0");
      });
      await expect(failing).rejects.toMatchObject({ code: "22012" });
      await tx.query("insert into orders (id) values ('kept')");
    });
    expect((await shop.pool.query("select id from orders")).rows).toEqual([{ id: "kept" }]);
    const effect = () => Promise.resolve();
    expect(await shop.transactions.transact((tx) => inbox.once(tx, message("a"), effect))).toBe(true);
  });

  it("handles again what comes after its retention, and says how far its memory reaches (trap 26)", async () => {
    const { shop } = await open();
    let now = 1_700_000_000_000;
    const world = { clock: { now: () => now, monotonic: () => now } };
    const inbox = createInbox({ store: shop.store, consumer: "billing", retention: "1h", world });
    const once = (id: string) =>
      shop.transactions.transact((tx) => inbox.once(tx, message(id), () => Promise.resolve()));
    expect(await once("a")).toBe(true);
    now += 3_599_000;
    expect(await once("a")).toBe(false);
    const oldest = () => shop.transactions.transact((tx) => inbox.oldest(tx));
    expect(await oldest()).toBe(1_700_000_000_000);
    now += 2_000;
    await shop.transactions.transact((tx) =>
      inbox.admit(
        tx,
        Array.from({ length: 250 }, (_, n) => message(`n${n}`)),
      ),
    );
    await once("b");
    expect(await once("a")).toBe(true);
    expect(await oldest()).toBe(1_700_000_000_000 + 3_601_000);
  });

  it("remembers for each consumer by itself (trap 27)", async () => {
    const { shop, inbox } = await open();
    const shipping = createInbox({ store: shop.store, consumer: "shipping" });
    const effect = () => Promise.resolve();
    await shop.transactions.transact(async (tx) => {
      expect(await inbox.once(tx, message("a"), effect)).toBe(true);
      expect(await shipping.once(tx, message("a"), effect)).toBe(true);
      expect(await shipping.once(tx, message("a"), effect)).toBe(false);
    });
  });

  it("admits batches that share ids in any order without a deadlock, each record once", async () => {
    const { shop, inbox } = await open();
    const batch = Array.from({ length: 2_500 }, (_, n) => message(`m${n % 2_000}`, n));
    const reversed = [...batch].reverse();
    const admitted = await Promise.all(
      [batch, reversed, batch, reversed].map((each) => shop.transactions.transact((tx) => inbox.admit(tx, each))),
    );
    expect(admitted.flat()).toHaveLength(2_000);
    expect(inbox.counts).toEqual({ handled: 2_000, duplicates: 8_000 });
  });
});
