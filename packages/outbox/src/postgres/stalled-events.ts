import type { StalledEvent, StalledFilter, StalledSelection } from "../admin/outbox-admin.js";
import type { StalledHead } from "../store/outbox-store.js";
import type { PostgresConnection, Queryable } from "./postgres-driver.js";
import type { PostgresNames } from "./postgres-names.js";

interface StalledEventColumns {
  readonly relay: string;
  readonly shard: number;
  readonly id: string;
  readonly lane: string;
  readonly state: StalledHead["state"];
  readonly attempts: number;
  readonly last_error: string | null;
  readonly message_id: string;
  readonly topic: string;
  readonly partition: number | null;
  readonly key: Uint8Array | null;
  readonly created_at_ms: number;
}

// Each parameter once, as all statements here.
const isSelected =
  "coalesce(s.relay = $1::text, true) and coalesce(s.id in (select value::bigint from json_array_elements_text($2::text::json)) or $3::bool, true)";

const selectedBy = ({ relay, ids }: StalledSelection): readonly unknown[] => [
  relay ?? null,
  JSON.stringify(ids ?? []),
  ids === undefined,
];

/** Stalled events of every shard, in the order of their rows. */
export async function stalledEvents(
  database: Queryable,
  names: PostgresNames,
  { isParked = false, limit = 100, ...selection }: StalledFilter,
): Promise<readonly StalledEvent[]> {
  const rows = await database.query<StalledEventColumns>(
    `select s.relay, s.shard::int, s.id::text, encode(s.key_hash, 'hex') as lane, s.state, s.attempts, s.last_error,
        s.message_id, s.topic, s.partition, s.key, (extract(epoch from s.created_at) * 1000)::float8 as created_at_ms
      from ${names.stalled} s where ${isSelected} and (s.state = 'parked' or not $4::bool) order by s.relay, s.id limit $5::int`,
    [...selectedBy(selection), isParked, limit],
  );
  return rows.map(({ id, last_error, message_id, created_at_ms, ...row }) => ({
    ...row,
    id: Number(id),
    error: last_error ?? undefined,
    messageId: message_id,
    createdAt: Math.floor(created_at_ms),
  }));
}

/**
 * Tries parked and waiting events again, or gives parked ones up, and tells the owners that their picture is old. The
 * cursors first, as relays lock them: the other way round the two could wait for each other.
 */
export async function changeStalled(
  database: PostgresConnection,
  names: PostgresNames,
  selection: StalledSelection,
  change: "retry" | "drop",
): Promise<number> {
  const statement =
    change === "retry"
      ? `update ${names.stalled} s set state = 'waiting', attempts = 0, next_attempt_at = '-infinity'
          where ${isSelected} and s.state in ('parked', 'waiting') returning s.id`
      : `delete from ${names.stalled} s where ${isSelected} and s.state = 'parked' returning s.id`;
  await database.query("begin");
  try {
    await database.query(
      `update ${names.cursor} set stalled_version = stalled_version + 1 where coalesce(relay = $1::text, true)`,
      [selection.relay ?? null],
    );
    const { length } = await database.query(statement, selectedBy(selection));
    await database.query("commit");
    return length;
  } catch (error) {
    await database.query("rollback");
    throw error;
  }
}
