import type { PostgresNames } from "./postgres-names.js";
import { messageColumns } from "./postgres-rows.js";

/** Which rows a claim reads: those of a new window that ends now, or the next page of an open one. */
export type ClaimSource = "new" | "page";

// The commit must be on the disk before anything is sent, and with it every commit that the snapshot could see.
const flushes =
  "(select set_config('synchronous_commit', 'on', true) where current_setting('synchronous_commit') = 'off') as flushes";
const isOurs = "relay = $1::text and shard = $2::int and owner = $3::text and epoch = $4::text::bigint";
const lease = `unclean_starts = case when $11::bool then 0 else unclean_starts end,
      lease_until = clock_timestamp() + $12::float8 * interval '1 millisecond'`;

/**
 * Settles and renews. Parameters: 1-4 relay, shard, owner, epoch · 5-7 the cursor's snap_from, snap_to, last_id · 8-10
 * claimed_from, claimed_snap, claimed_to · 11 whether something was settled · 12 lease in milliseconds.
 */
export function settleStatement(names: PostgresNames): string {
  return `update ${names.cursor} set snap_from = $5::text::pg_snapshot, snap_to = $6::text::pg_snapshot, last_id = $7::text::bigint,
      claimed_from = $8::text::pg_snapshot, claimed_snap = $9::text::pg_snapshot, claimed_to = $10::text::bigint, ${lease}
    where ${isOurs} returning stalled_version, ${flushes}`;
}

/**
 * As {@link settleStatement}, and claims. Further parameters: 13 whether to write even without rows · 14 most rows · 15
 * most bytes · 16 the window's beginning · for a page 17 its end and 18 the id before it.
 *
 * One statement, so that the rows read and the snapshot that ends the window are of one moment, and its commit flushes
 * the log past the commit of every row it read: what is sent cannot be taken back by a crash of the server, whatever
 * synchronous_commit its writers had. It answers one line at least.
 */
export function claimStatement(names: PostgresNames, source: ClaimSource): string {
  const isNew = source === "new";
  const hasRows = "exists (select from page)";
  const snapFrom = isNew
    ? `case when $6::text is null and not exists (select from found) then pg_current_snapshot() else $5::text::pg_snapshot end`
    : "$5::text::pg_snapshot";
  const snapTo = isNew
    ? `coalesce($6::text::pg_snapshot, case when ${hasRows} then pg_current_snapshot() end)`
    : "$6::text::pg_snapshot";
  const lastId = isNew
    ? "case when $6::text is null then coalesce((select min(id) - 1 from page), 0) else $7::text::bigint end"
    : "$7::text::bigint";
  return `with found as materialized (${isNew ? newRows(names) : pageRows(names)}),
  page as materialized (
    select * from (select *, count(*) over () as total, row_number() over (order by id) as n,
      sum(size) over (order by id) - size as before from found) f
    where ${isNew ? "total" : "n"} <= $14::int and (n = 1 or before < $15::float8)
  ),
  moved as (
    update ${names.cursor} set snap_from = ${snapFrom}, snap_to = ${snapTo}, last_id = ${lastId},
      claimed_from = case when ${hasRows} then $16::text::pg_snapshot else $8::text::pg_snapshot end,
      claimed_snap = case when ${hasRows} then ${isNew ? "pg_current_snapshot()" : "$17::text::pg_snapshot"} else $9::text::pg_snapshot end,
      claimed_to = coalesce((select max(id) from page), $10::text::bigint),
      highest_id = greatest(highest_id, (select max(id) from page)), ${lease}
    where ${isOurs} and ($13::bool or ${hasRows})
    returning stalled_version
  )
  select pg_current_snapshot()::text as snap, (select count(*)::int from found) as found,
    (select stalled_version from moved) as stalled_version, ${flushes}, ${messageColumns("page")}
  from (select) always left join page on true order by page.id`;
}

// What may be in flight is bounded in bytes as well: sizes are known without reading what is stored out of line.
const columns = `m.id, m.message_id, m.topic, m.partition, m.key, m.value, m.headers, m.record_timestamp, m.created_at,
  coalesce(octet_length(m.key), 0) + coalesce(octet_length(m.value), 0) + octet_length(m.headers::text) as size`;

/** One row more than asked for says that more than fit are there. Then none is taken: which come first is not known yet. */
function newRows(names: PostgresNames): string {
  return freshRows(names, columns, "$2::int", "$16::text::pg_snapshot", "$14::int + 1");
}

/** Both ends are asked by function and not by index, so that the page comes in id order from the index on ids. */
function pageRows(names: PostgresNames): string {
  return `select ${columns} from ${names.message} m where m.shard = $2::int and m.id > $18::text::bigint
    and not pg_visible_in_snapshot(m.xid, $16::text::pg_snapshot) and pg_visible_in_snapshot(m.xid, $17::text::pg_snapshot)
    order by m.id limit $14::int + 1`;
}

/**
 * Rows that were not visible in `snapshot`: of transactions that began later, by range, and of those that were under way,
 * by their short list. The work stays in proportion to what is new, however long somebody else's transaction lasts.
 *
 * Each asks for an order that only the index on (shard, xid) has: when every row seems to fit, as after one large
 * transaction, the planner would else read the table to find that none does. That is also why one xid is a range.
 */
export function freshRows(
  names: PostgresNames,
  selected: string,
  shard: string,
  snapshot: string,
  limit?: string,
  condition = "true",
): string {
  const bounded = limit === undefined ? "" : `limit ${limit}`;
  const rows = (range: string) =>
    `select ${selected} from ${names.message} m where m.shard = ${shard} and ${range} and ${condition} order by m.xid ${bounded}`;
  return `(${rows(`m.xid >= pg_snapshot_xmax(${snapshot})`)})
    union all (select earlier.* from pg_snapshot_xip(${snapshot}) as under_way(xid)
      cross join lateral (${rows("m.xid >= under_way.xid and m.xid <= under_way.xid")}) earlier ${bounded})`;
}

/** Where a window begins that is too large for one page, and the snapshot that ends it. Parameters: shard, its beginning. */
export function largeWindowStatement(names: PostgresNames): string {
  return `select pg_current_snapshot()::text as snap, min(id)::text as first
    from (${freshRows(names, "m.id", "$1::int", "$2::text::pg_snapshot")}) fresh`;
}
