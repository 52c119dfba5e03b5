import { describe, expectTypeOf, it } from "vitest";
import type { Inbox } from "../inbox/inbox.js";
import type { InboxRecord } from "../inbox/record-id.js";
import type { SqlTx, SqlTxSync, Transactions } from "../sql/sql.js";
import type { SyncTransactions } from "../sqlite/sqlite-transactions.js";
import { invoices, orders } from "../test-kit/shop.test-kit.js";
import type { Outbox } from "./outbox.js";

// Never run: these are programs that must, or must not, compile.
const onSync = (
  use: (outbox: Outbox<SqlTxSync>, inbox: Inbox<SqlTxSync>, tx: SqlTxSync, all: SyncTransactions) => unknown,
) => use;
const onAsync = (use: (outbox: Outbox<SqlTx>, inbox: Inbox<SqlTx>, tx: SqlTx, all: Transactions<SqlTx>) => unknown) =>
  use;
declare const record: InboxRecord;

describe("the types of outbox and inbox", () => {
  it("make add synchronous on a synchronous driver and a promise elsewhere", () => {
    onSync((outbox, _inbox, tx) => {
      expectTypeOf(outbox.add(tx, orders, { key: "k", value: "v" })).toEqualTypeOf<string>();
    });
    onAsync((outbox, _inbox, tx) => {
      expectTypeOf(outbox.add(tx, orders, { key: "k", value: "v" })).toEqualTypeOf<Promise<string>>();
    });
  });

  it("refuse a wrong key, value or field", () => {
    onSync((outbox, _inbox, tx) => {
      // @ts-expect-error the key is a string
      outbox.add(tx, invoices, { key: 1, value: { cents: 1 } });
      // @ts-expect-error cents is missing
      outbox.add(tx, invoices, { key: "k", value: {} });
      // @ts-expect-error the key is missing
      outbox.add(tx, invoices, { value: { cents: 1 } });
    });
  });

  it("refuse an async handler in a synchronous transaction (trap 34)", () => {
    onSync((_outbox, inbox, tx, transactions) => {
      inbox.handler(transactions, (inner, { topic }: InboxRecord) => inner.query("select ?", [topic]));
      inbox.handler(transactions, () => {});
      inbox.once(tx, record, () => {});
      transactions.run(() => 5);
      // @ts-expect-error async
      inbox.handler(transactions, async () => {});
      // @ts-expect-error a promise without async
      inbox.handler(transactions, () => Promise.resolve(1));
      // @ts-expect-error async
      inbox.once(tx, record, async () => {});
      // @ts-expect-error async
      transactions.run(async () => {});
      expectTypeOf(inbox.once(tx, record, () => {})).toEqualTypeOf<boolean>();
      expectTypeOf(inbox.admit(tx, [record])).toEqualTypeOf<InboxRecord[]>();
    });
  });

  it("let a handler wait where the driver does", () => {
    onAsync((_outbox, inbox, tx, transactions) => {
      inbox.handler(transactions, async (inner) => {
        await inner.query("select 1");
      });
      expectTypeOf(inbox.once(tx, record, async () => {})).toEqualTypeOf<Promise<boolean>>();
      expectTypeOf(inbox.admit(tx, [record])).toEqualTypeOf<Promise<InboxRecord[]>>();
    });
  });
});
