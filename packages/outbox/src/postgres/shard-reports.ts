import type { Clock } from "@ottla/world";
import { mostCounted } from "../admin/outbox-admin.js";
import type { ShardReport } from "../store/outbox-store.js";
import { freshRows } from "./claim-statement.js";
import type { Queryable } from "./postgres-driver.js";
import type { PostgresNames } from "./postgres-names.js";

interface ReportColumns {
  readonly shard: number;
  readonly owner: string | null;
  readonly epoch: string | null;
  readonly last_id: string | null;
  readonly stalled: number;
  readonly parked: number;
  readonly age_ms: number | null;
}

const isUnsettled = "not coalesce(pg_visible_in_snapshot(m.xid, c.snap_to) and m.id <= c.last_id, false)";

/** Each shard under one relay name. Ages are by the database's clock. */
export async function shardReports(
  database: Queryable,
  names: PostgresNames,
  relay: string,
  clock: Clock,
): Promise<readonly ShardReport[]> {
  const unsettled = freshRows(names, "m.created_at", "shard.n", "coalesce(c.snap_from, '1:1:')", "1", isUnsettled);
  const rows = await database.query<ReportColumns>(
    `select shard.n::int as shard, case when c.lease_until >= clock_timestamp() then c.owner end as owner, c.epoch::text, c.last_id::text,
        count(s.id)::int as stalled, (count(s.id) filter (where s.state = 'parked'))::int as parked,
        (select extract(epoch from clock_timestamp() - min(f.created_at)) * 1000 from (${unsettled}) f)::float8 as age_ms
      from ${names.setting} cross join lateral generate_series(0, shards - 1) as shard(n)
        left join ${names.cursor} c on c.relay = $1::text and c.shard = shard.n
        left join ${names.stalled} s on s.relay = $2::text and s.shard = shard.n
      group by shard.n, c.relay, c.shard order by shard.n`,
    [relay, relay],
  );
  return rows.map(({ shard, owner, epoch, last_id, stalled, parked, age_ms }) => ({
    shard,
    owner: owner ?? undefined,
    epoch: Number(epoch ?? 0),
    lastId: Number(last_id ?? 0),
    stalled,
    parked,
    oldestUnsentAt: age_ms === null ? undefined : clock.now() - Math.max(Math.round(age_ms), 0),
  }));
}

/** How many events of each shard the relay has neither sent nor put aside. It reads the index of all of them. */
export async function unsentCounts(
  database: Queryable,
  names: PostgresNames,
  relay: string,
): Promise<ReadonlyMap<number, number>> {
  const unsent = freshRows(names, "m.id", "c.shard", "c.snap_from", String(mostCounted), isUnsettled);
  const rows = await database.query<{ shard: number; unsent: number }>(
    `select c.shard::int, (select count(*)::int from (${unsent}) f) as unsent from ${names.cursor} c where c.relay = $1::text`,
    [relay],
  );
  return new Map(rows.map((row) => [row.shard, row.unsent]));
}
