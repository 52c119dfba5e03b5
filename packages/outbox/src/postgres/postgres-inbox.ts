import type { SqlTx } from "../sql/sql.js";
import type { InboxEntry, InboxStore } from "../store/outbox-store.js";
import { requireTransaction } from "./inside-transaction.js";
import type { PostgresNames } from "./postgres-names.js";

// Three parameters go with each id; the protocol has 65,535.
const idsPerStatement = 1_000;
const purgedPerTransaction = 500;

/** The inbox table: one row for each (consumer, message id), written in the transaction of the effect. */
export function postgresInbox(names: PostgresNames): InboxStore<SqlTx> {
  const inbox: InboxStore<SqlTx> = {
    async admit(tx, entry, messageIds) {
      await requireTransaction(tx, "inbox.admit");
      await purgeOnTheWay(tx, entry);
      const admitted = new Set<string>();
      // In one order everywhere: two batches that share ids would otherwise wait for each other.
      const wanted = [...new Set(messageIds)].sort();
      for (let first = 0; first < wanted.length; first += idsPerStatement) {
        for (const id of await note(tx, entry, wanted.slice(first, first + idsPerStatement))) admitted.add(id);
      }
      return admitted;
    },

    async once(tx, entry, messageId, effect) {
      await requireTransaction(tx, "inbox.once");
      await purgeOnTheWay(tx, entry);
      // Without the savepoint a caller that catches the handler's error and commits would have noted an id whose effect
      // never happened, and the redelivery would be skipped.
      await tx.query("savepoint outbox_once");
      try {
        const [admitted] = await note(tx, entry, [messageId]);
        if (admitted !== undefined) await effect();
        await tx.query("release savepoint outbox_once");
        return admitted !== undefined;
      } catch (error) {
        await tx.query("rollback to savepoint outbox_once");
        await tx.query("release savepoint outbox_once");
        throw error;
      }
    },

    onceIn(transactions, entry, messageId, effect) {
      return transactions.transact(async (tx) => {
        await purgeOnTheWay(tx, entry);
        const [admitted] = await note(tx, entry, [messageId]);
        if (admitted !== undefined) await effect(tx);
        return admitted !== undefined;
      });
    },

    async purge(tx, consumer, before, limit) {
      // Rows that another process forgets at this moment are left to it.
      const gone = await tx.query(
        `delete from ${names.inbox} i using (select consumer, message_id from ${names.inbox} where consumer = $1::text
          and received_at < to_timestamp($2::float8 / 1000) order by received_at limit $3::int for update skip locked) old
          where i.consumer = old.consumer and i.message_id = old.message_id returning 1 as gone`,
        [consumer, before, limit],
      );
      return gone.length;
    },

    async oldest(tx, consumer) {
      const [row] = await tx.query<{ oldest: number | null }>(
        `select (extract(epoch from min(received_at)) * 1000)::float8 as oldest from ${names.inbox} where consumer = $1::text`,
        [consumer],
      );
      return row?.oldest == null ? undefined : Math.round(row.oldest);
    },
  };

  /** Notes ids and answers the new ones. A second transaction with the same id waits here for the first to end. */
  async function note(tx: SqlTx, { consumer, now }: InboxEntry, messageIds: readonly string[]): Promise<string[]> {
    let parameter = 0;
    const values = messageIds.map(
      () => `($${++parameter}::text, $${++parameter}::text, to_timestamp($${++parameter}::float8 / 1000))`,
    );
    const rows = await tx.query<{ message_id: string }>(
      `insert into ${names.inbox} (consumer, message_id, received_at) values ${values.join(", ")}
        on conflict do nothing returning message_id`,
      messageIds.flatMap((id) => [consumer, id, now]),
    );
    return rows.map(({ message_id }) => message_id);
  }

  async function purgeOnTheWay(tx: SqlTx, { consumer, purgeBefore }: InboxEntry): Promise<void> {
    if (purgeBefore !== undefined) await inbox.purge(tx, consumer, purgeBefore, purgedPerTransaction);
  }

  return inbox;
}
