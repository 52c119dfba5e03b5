import { describe, expect, it } from "vitest";
import type { SqlTxSync } from "../sql/sql.js";
import { drivers } from "../test-kit/drivers.test-kit.js";
import { Shop } from "../test-kit/shop.test-kit.js";
import { createInbox } from "./inbox.js";
import type { InboxRecord } from "./record-id.js";

const message = (messageId: string, offset = 0): InboxRecord => ({
  topic: "orders",
  partition: 0,
  offset: BigInt(offset),
  rawHeaders: [{ key: "message-id", value: Buffer.from(messageId) }],
});

describe.each(drivers)("an inbox on $name", (driver) => {
  const open = async () => {
    const shop = await Shop.open(driver);
    const inbox = createInbox({ store: shop.store, consumer: "billing", retention: "1h", world: shop.world });
    return { shop, inbox };
  };
  const insert = "insert into orders values (?, 1)";

  it("handles a record once, however often it comes (trap 24)", async () => {
    const { shop, inbox } = await open();
    const handle = inbox.handler(shop.transactions, (tx: SqlTxSync, record: InboxRecord) => {
      tx.query(insert, [String(record.offset)]);
    });
    await handle(message("a", 1));
    await handle(message("a", 2));
    await handle(message("b", 3));
    expect(shop.tx.query("select id from orders order by id")).toEqual([{ id: "1" }, { id: "3" }]);
    expect(inbox.counts).toEqual({ handled: 2, duplicates: 1 });
  });

  it("lets the second of two at once wait for the first, and handle it if the first rolls back (trap 24)", async () => {
    const { shop, inbox } = await open();
    const other = shop.driver.binding.tx(shop.open());
    const handle = inbox.handler(shop.transactions, (tx: SqlTxSync) => {
      tx.query(insert, ["second"]);
    });
    for (const ending of ["rollback", "commit"]) {
      other.query("begin immediate");
      expect(inbox.once(other, message(ending), () => {})).toBe(true);
      const second = handle(message(ending));
      await shop.world.advance(200);
      other.query(ending);
      await shop.world.resolved(second);
      // The order of the second is there exactly when the first took its own back.
      expect(shop.count("orders")).toBe(1);
    }
    expect(inbox.counts.duplicates).toBe(1);
  });

  it("forgets what a failing handler noted, even when the caller commits what is left (trap 25)", async () => {
    const { shop, inbox } = await open();
    const handle = inbox.handler(shop.transactions, () => {
      throw new Error("the card was refused");
    });
    await expect(handle(message("a"))).rejects.toThrow("the card was refused");
    shop.transactions.run((tx) => {
      const failing = () =>
        inbox.once(tx, message("a"), () => {
          tx.query(insert, ["half"]);
          throw new Error("the card was refused");
        });
      expect(failing).toThrow("the card was refused");
      tx.query(insert, ["kept"]);
    });
    expect(shop.tx.query("select id from orders")).toEqual([{ id: "kept" }]);
    expect(shop.transactions.run((tx) => inbox.once(tx, message("a"), () => {}))).toBe(true);
  });

  it("handles again what comes after its retention, and says how far its memory reaches (trap 26)", async () => {
    const { shop, inbox } = await open();
    const once = (id: string) => shop.transactions.run((tx) => inbox.once(tx, message(id), () => {}));
    const start = shop.world.clock.now();
    expect(once("a")).toBe(true);
    await shop.world.advance(3_599_000);
    expect(once("a")).toBe(false);
    expect(inbox.oldest(shop.tx)).toBe(start);
    await shop.world.advance(2_000);
    // Forgotten on the way, a chunk with every 250 records.
    for (let n = 0; n < 250; n += 1) once(`n${n}`);
    expect(once("a")).toBe(true);
    expect(inbox.oldest(shop.tx)).toBe(start + 3_601_000);
  });

  it("remembers for each consumer by itself (trap 27)", async () => {
    const { shop, inbox } = await open();
    const shipping = createInbox({ store: shop.store, consumer: "shipping", world: shop.world });
    shop.transactions.run((tx) => {
      expect(inbox.once(tx, message("a"), () => {})).toBe(true);
      expect(shipping.once(tx, message("a"), () => {})).toBe(true);
      expect(shipping.once(tx, message("a"), () => {})).toBe(false);
    });
  });

  it("admits a batch in order, each record once", async () => {
    const { shop, inbox } = await open();
    const batch = Array.from({ length: 700 }, (_, n) => message(`m${n % 500}`, n));
    const admitted = shop.transactions.run((tx) => inbox.admit(tx, batch));
    expect(admitted.map(({ offset }) => Number(offset))).toEqual(Array.from({ length: 500 }, (_, n) => n));
    expect(shop.transactions.run((tx) => inbox.admit(tx, batch))).toEqual([]);
    expect(shop.transactions.run((tx) => inbox.admit(tx, []))).toEqual([]);
    expect(inbox.counts).toEqual({ handled: 500, duplicates: 900 });
  });

  it("knows a record without a message id by its place", async () => {
    const { shop, inbox } = await open();
    const bare = (offset: number): InboxRecord => ({
      topic: "t",
      partition: 1,
      offset: BigInt(offset),
      rawHeaders: [],
    });
    const admitted = shop.transactions.run((tx) => inbox.admit(tx, [bare(1), bare(2), bare(1)]));
    expect(admitted.map(({ offset }) => offset)).toEqual([1n, 2n]);
  });

  it("refuses to note anything outside a transaction", async () => {
    const { shop, inbox } = await open();
    expect(() => inbox.once(shop.tx, message("a"), () => {})).toThrowError(
      expect.objectContaining({ code: "NOT_IN_TRANSACTION" }),
    );
  });

  it("rolls back a handler that returned a promise in spite of the types (trap 34)", async () => {
    const { shop, inbox } = await open();
    const handle = inbox.handler(shop.transactions, (async () => {}) as unknown as () => undefined);
    await expect(handle(message("a"))).rejects.toMatchObject({ code: "ASYNC_IN_SYNC_TRANSACTION" });
    expect(shop.count("outbox_inbox")).toBe(0);
  });
});
