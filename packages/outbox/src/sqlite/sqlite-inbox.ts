import type { SqlTxSync, Transactions } from "../sql/sql.js";
import type { InboxEntry, InboxStore } from "../store/outbox-store.js";
import { transactionOn } from "./sqlite-database.js";
import { refusePromise } from "./sqlite-transactions.js";
import { checkWriter } from "./suitability.js";

// SQLite's own limit on parameters is 999 in old builds; three go with each id.
const idsPerStatement = 300;
const purgedPerTransaction = 500;

/** The inbox table: one row for each (consumer, message id), written in the transaction of the effect. */
export const sqliteInbox: InboxStore<SqlTxSync> = {
  admit(tx, entry, messageIds) {
    const database = transactionOn(tx, "admit");
    checkWriter(database);
    purgeOnTheWay(tx, entry);
    const admitted = new Set<string>();
    const wanted = [...new Set(messageIds)];
    for (let first = 0; first < wanted.length; first += idsPerStatement) {
      const some = wanted.slice(first, first + idsPerStatement);
      const rows = database.query<{ message_id: string }>(
        `insert into outbox_inbox(consumer, message_id, received_at) values ${some.map(() => "(?, ?, ?)").join(", ")} on conflict do nothing returning message_id`,
        some.flatMap((id) => [entry.consumer, id, entry.now]),
      );
      for (const row of rows) admitted.add(row.message_id);
    }
    return admitted;
  },

  once(tx, entry, messageId, effect) {
    const database = transactionOn(tx, "once");
    checkWriter(database);
    purgeOnTheWay(tx, entry);
    // Without the savepoint a caller that catches the handler's error and commits would have noted an id whose effect
    // never happened, and the redelivery would be skipped.
    database.query("savepoint outbox_once");
    try {
      const admitted = database.query(
        "insert into outbox_inbox(consumer, message_id, received_at) values (?, ?, ?) on conflict do nothing returning 1 as admitted",
        [entry.consumer, messageId, entry.now],
      );
      if (admitted.length > 0) refusePromise(effect());
      database.query("release outbox_once");
      return admitted.length > 0;
    } catch (error) {
      // SQLite itself ends the whole transaction on some errors (a full disk, for one).
      if (database.isInTransaction) {
        database.query("rollback to outbox_once");
        database.query("release outbox_once");
      }
      throw error;
    }
  },

  onceIn(transactions: Transactions<SqlTxSync>, entry, messageId, effect) {
    return transactions.transact((tx) => sqliteInbox.once(tx, entry, messageId, () => effect(tx)));
  },

  purge(tx, consumer, before, limit) {
    return transactionOn(tx, "purge").query(
      "delete from outbox_inbox where (consumer, message_id) in (select consumer, message_id from outbox_inbox where consumer = ? and received_at < ? order by received_at limit ?) returning 1 as gone",
      [consumer, before, limit],
    ).length;
  },

  oldest(tx, consumer) {
    const [row] = tx.query<{ oldest: number | null }>(
      "select min(received_at) as oldest from outbox_inbox where consumer = ?",
      [consumer],
    );
    return row?.oldest ?? undefined;
  },
};

function purgeOnTheWay(tx: SqlTxSync, { consumer, purgeBefore }: InboxEntry): void {
  if (purgeBefore !== undefined) sqliteInbox.purge(tx, consumer, purgeBefore, purgedPerTransaction);
}
