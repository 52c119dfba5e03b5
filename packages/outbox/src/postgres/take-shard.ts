import { laneHash } from "../relay/lane.js";
import type { RelaySessionOptions, StalledRow } from "../store/outbox-store.js";
import type { Queryable } from "./postgres-driver.js";
import type { PostgresNames } from "./postgres-names.js";
import type { PostgresLease } from "./postgres-shard-session.js";
import type { RelayConnection } from "./relay-connection.js";
import type { SnapshotCursor } from "./snapshot-windows.js";
import { StalledTable } from "./stalled-table.js";

interface CursorColumns {
  readonly snap_from: string;
  readonly snap_to: string | null;
  readonly last_id: string;
  readonly claimed_from: string | null;
  readonly claimed_snap: string | null;
  readonly claimed_to: string | null;
  readonly unclean_starts: number;
  readonly epoch: string;
  readonly stalled_version: number;
  readonly previous_owner: string | null;
}

// One SIGKILL is an operator, and the rows in flight are simply sent again. After three starts without any progress
// one of them is taken to be what ends the process.
const startsBeforeSuspicion = 3;

/** Takes the lease of a shard if it is free or over, by the database's clock. */
export async function takeShard(
  database: RelayConnection,
  names: PostgresNames,
  options: RelaySessionOptions,
  shard: number,
): Promise<PostgresLease | undefined> {
  const { relay, owner, leaseMs, onParked, world } = options;
  const [free] = await database.query(
    `select 1 as free where not exists (select from ${names.cursor} where relay = $1::text and shard = $2::int
      and owner is not null and owner <> $3::text and lease_until >= clock_timestamp())`,
    [relay, shard, owner],
  );
  if (free === undefined) return undefined;
  return database.transaction(async (tx) => {
    await tx.query(`insert into ${names.cursor} (relay, shard) values ($1::text, $2::int) on conflict do nothing`, [
      relay,
      shard,
    ]);
    const [taken] = await tx.query<CursorColumns>(
      `update ${names.cursor} c set owner = $1::text, epoch = c.epoch + 1,
          unclean_starts = case when c.claimed_snap is null then 0 else c.unclean_starts + 1 end,
          lease_until = clock_timestamp() + $2::float8 * interval '1 millisecond'
        from (select relay, shard, owner, lease_until from ${names.cursor} where relay = $3::text and shard = $4::int for update) was
        where c.relay = was.relay and c.shard = was.shard
          and (was.owner is null or was.owner = $5::text or was.lease_until < clock_timestamp())
        returning c.snap_from::text, c.snap_to::text, c.last_id::text, c.claimed_from::text, c.claimed_snap::text, c.claimed_to::text,
          c.unclean_starts, c.epoch::text, c.stalled_version, was.owner as previous_owner`,
      [owner, leaseMs, relay, shard, owner],
    );
    if (taken === undefined) return undefined;
    const table = new StalledTable(names, { relay, shard, clock: world.clock, onParked });
    await table.suspectSending(tx);
    const found = snapshotCursor(taken);
    const isSuspicious = taken.unclean_starts >= startsBeforeSuspicion;
    const cursor = isSuspicious ? await suspectClaimed(tx, names, options, shard, found, table) : found;
    return {
      shard,
      epoch: Number(taken.epoch),
      previousOwner: taken.previous_owner ?? undefined,
      cursor,
      stalledVersion: taken.stalled_version,
      stalled: await table.heads(tx),
    };
  });
}

function snapshotCursor(columns: CursorColumns): SnapshotCursor {
  return {
    from: columns.snap_from,
    to: columns.snap_to,
    lastId: Number(columns.last_id),
    claimedFrom: columns.claimed_from,
    claimedSnap: columns.claimed_snap,
    claimedTo: columns.claimed_to === null ? null : Number(columns.claimed_to),
  };
}

/** Puts every row that was claimed and not settled aside, to be sent alone with its attempts counted, and goes on behind them. */
async function suspectClaimed(
  tx: Queryable,
  names: PostgresNames,
  { relay }: RelaySessionOptions,
  shard: number,
  cursor: SnapshotCursor,
  table: StalledTable,
): Promise<SnapshotCursor> {
  const { from, to, lastId, claimedFrom, claimedSnap, claimedTo } = cursor;
  if (claimedFrom === null || claimedSnap === null || claimedTo === null) return cursor;
  const rows = await tx.query<{ id: string; topic: string; partition: number | null; key: Uint8Array | null }>(
    `select m.id::text, m.topic, m.partition, m.key from ${names.message} m
      where m.shard = $1::int and not pg_visible_in_snapshot(m.xid, $2::text::pg_snapshot)
        and not coalesce(pg_visible_in_snapshot(m.xid, $3::text::pg_snapshot) and m.id <= $4::text::bigint, false)
        and (pg_visible_in_snapshot(m.xid, $5::text::pg_snapshot)
          or (pg_visible_in_snapshot(m.xid, $6::text::pg_snapshot) and m.id <= $7::text::bigint))
      order by m.id`,
    [shard, from, to, String(lastId), claimedFrom, claimedSnap, String(claimedTo)],
  );
  const suspects = rows.map(({ id, ...place }): StalledRow => {
    const lane = laneHash({ ...place, id: Number(id) });
    return { id: Number(id), lane, state: "sending", attempts: 0, nextAttemptAt: 0, error: undefined };
  });
  await table.putAside(tx, suspects);
  await table.suspectSending(tx);
  await tx.query(
    `update ${names.cursor} set snap_from = claimed_from, snap_to = claimed_snap, last_id = claimed_to, unclean_starts = 0,
        claimed_from = null, claimed_snap = null, claimed_to = null where relay = $1::text and shard = $2::int`,
    [relay, shard],
  );
  const none = { claimedFrom: null, claimedSnap: null, claimedTo: null };
  return { from: claimedFrom, to: claimedSnap, lastId: claimedTo, ...none };
}
