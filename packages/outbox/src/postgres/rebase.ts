import type { PostgresConnection } from "./postgres-driver.js";
import type { PostgresNames } from "./postgres-names.js";
import { timelineOf } from "./postgres-schema.js";

/**
 * Makes rows and cursors fit the transaction ids of the cluster they are in now.
 *
 * Ids of the old cluster mean nothing here: an unpublished row may seem to have been visible long ago, and a published
 * one to come from the future. What every cursor had passed gets an id that is always visible; the rest, and everything
 * whose row id is higher than any that a cursor ever read (it was added after the restore), gets this transaction's, and
 * the cursors begin at a snapshot before it.
 */
export async function rebase(database: PostgresConnection, names: PostgresNames): Promise<void> {
  await database.query("begin");
  try {
    // Before this transaction has an id, so that its id is not visible in the snapshot.
    const [before] = await database.query<{ snap: string }>("select pg_current_snapshot()::text as snap");
    const snap = before?.snap ?? "";
    await database.query(`lock table ${names.message}, ${names.cursor} in share row exclusive mode`);
    await database.query(
      `update ${names.message} m set xid = case when (
          select coalesce(bool_and(c.shard is not null and m.id <= c.highest_id and (pg_visible_in_snapshot(m.xid, c.snap_from)
            or coalesce(pg_visible_in_snapshot(m.xid, c.snap_to) and m.id <= c.last_id, false))), false)
          from (select distinct relay from ${names.cursor}) r left join ${names.cursor} c on c.relay = r.relay and c.shard = m.shard
        ) then '3'::xid8 else pg_current_xact_id() end`,
    );
    await database.query(
      `update ${names.cursor} set snap_from = $1::text::pg_snapshot, snap_to = null, last_id = 0, claimed_from = null, claimed_snap = null,
        claimed_to = null, unclean_starts = 0, owner = null, epoch = epoch + 1, lease_until = '-infinity'`,
      [snap],
    );
    await database.query(
      `update ${names.setting} set system_id = (select system_identifier::text from pg_control_system()), timeline = ${timelineOf}`,
    );
    await database.query("commit");
  } catch (error) {
    await database.query("rollback");
    throw error;
  }
}
