import { OutboxError } from "../errors.js";
import type { PostgresConnection, Queryable } from "./postgres-driver.js";
import type { PostgresNames } from "./postgres-names.js";

/** What the tables are made with; afterwards the database's own values count. */
export interface SchemaSettings {
  readonly shards: number;
  readonly partitionBy: "day" | "hour";
}

/**
 * The tables, as a list of steps that only grows: step n takes a database from version n to n + 1.
 *
 * - `message` is only inserted into and dropped by partition: no dead rows but those of transactions that rolled back.
 * - Its ids come from a sequence that no session caches: within a key whose writers take a lock first, id order is the
 *   order of the locks. `xid` is the transaction at the top, also within a savepoint.
 * - `cursor`: everything visible in `snap_from` is sent; of what became visible up to `snap_to`, everything up to
 *   `last_id`. `claimed_…` is how far the owner has read, for the next owner to see what may have ended it.
 * - `stalled` holds copies, so that no partition has to stay for them.
 */
const steps: readonly ((names: PostgresNames, settings: SchemaSettings) => string)[] = [
  (n, { shards, partitionBy }) => `create table ${n.setting} (
  is_only_row boolean primary key default true check (is_only_row),
  version int not null,
  shards smallint not null check (shards between 1 and 1024),
  partition_by text not null check (partition_by in ('day', 'hour')),
  system_id text not null,
  timeline int not null
);
insert into ${n.setting} (version, shards, partition_by, system_id, timeline)
  select 0, ${shards}, '${partitionBy}', system_identifier::text, ${timelineOf} from pg_control_system();

create sequence ${n.messageId} cache 1;
create table ${n.message} (
  id bigint not null default nextval('${n.messageId}'),
  xid xid8 not null default pg_current_xact_id(),
  shard smallint not null,
  message_id text not null,
  topic text not null,
  partition int,
  key bytea,
  value bytea,
  headers json not null,
  record_timestamp bigint not null,
  created_at timestamptz not null default clock_timestamp(),
  primary key (shard, id, created_at)
) partition by range (created_at);
alter sequence ${n.messageId} owned by ${n.message}.id;
create index message_fresh on ${n.message} (shard, xid);
create table ${n.messageDefault} partition of ${n.message} default;

create table ${n.cursor} (
  relay text not null,
  shard smallint not null,
  snap_from pg_snapshot not null default '1:1:',
  snap_to pg_snapshot,
  last_id bigint not null default 0,
  claimed_from pg_snapshot,
  claimed_snap pg_snapshot,
  claimed_to bigint,
  highest_id bigint not null default 0,
  unclean_starts int not null default 0,
  owner text,
  epoch bigint not null default 0,
  lease_until timestamptz not null default '-infinity',
  stalled_version int not null default 0,
  primary key (relay, shard)
) with (fillfactor = 50);

create table ${n.relay} (
  relay text not null,
  owner text not null,
  seen_until timestamptz not null,
  primary key (relay, owner)
);

create table ${n.stalled} (
  relay text not null,
  shard smallint not null,
  id bigint not null,
  key_hash bytea not null,
  state text not null check (state in ('waiting', 'sending', 'suspect', 'parked')),
  attempts int not null default 0,
  next_attempt_at timestamptz not null default '-infinity',
  last_error text,
  message_id text not null,
  topic text not null,
  partition int,
  key bytea,
  value bytea,
  headers json not null,
  record_timestamp bigint not null,
  created_at timestamptz not null,
  primary key (relay, id)
);
create index stalled_lane on ${n.stalled} (relay, shard, key_hash, id);

create table ${n.inbox} (
  consumer text not null,
  message_id text not null,
  received_at timestamptz not null,
  primary key (consumer, message_id)
);
create index inbox_age on ${n.inbox} (consumer, received_at);
`,
];

/** What this package reads and writes. */
export const schemaVersion = steps.length;

/** The timeline in an expression: the first part of a WAL file's name. */
export const timelineOf = "('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int";

// Released with the transaction, so that it cannot be left behind on a pooled connection.
const lockText = (names: PostgresNames) =>
  `select pg_advisory_xact_lock(hashtext('ottla outbox migration'), hashtext('${names.schemaName}'));`;

/** The script that takes a database from a version (0: without tables) to this release's; empty when it is there. */
export function schemaScript(names: PostgresNames, settings: SchemaSettings, from = 0): string {
  refuseNewer(from);
  return from === schemaVersion ? "" : `begin;\n${stepsFrom(from, names, settings)}commit;\n`;
}

function stepsFrom(version: number, names: PostgresNames, settings: SchemaSettings): string {
  const made = steps.slice(version).map((step) => step(names, settings));
  const schema = `create schema if not exists ${names.schema};\n`;
  return `${schema}${made.join("\n")}update ${names.setting} set version = ${schemaVersion};\n`;
}

/** The version of the tables; 0 where there are none. */
export async function installedVersion(database: Queryable, names: PostgresNames): Promise<number> {
  const [table] = await database.query<{ found: unknown }>("select to_regclass($1::text) as found", [names.setting]);
  if (table?.found == null) return 0;
  const [row] = await database.query<{ version: number }>(`select version from ${names.setting}`);
  return row?.version ?? 0;
}

/** Takes the tables to {@link schemaVersion}, in one transaction. Does nothing when they are there. Answers the version it found. */
export async function migrate(
  connection: PostgresConnection,
  names: PostgresNames,
  settings: SchemaSettings,
): Promise<number> {
  await connection.query("begin");
  try {
    await connection.query(lockText(names));
    const found = await installedVersion(connection, names);
    refuseNewer(found);
    if (found < schemaVersion) await connection.script(stepsFrom(found, names, settings));
    await connection.query("commit");
    return found;
  } catch (error) {
    await connection.query("rollback");
    throw error;
  }
}

/** @throws {@link OutboxError} `SCHEMA_MISSING`, `SCHEMA_OUTDATED` or `SCHEMA_TOO_NEW` */
export async function checkSchema(database: Queryable, names: PostgresNames): Promise<void> {
  const found = await installedVersion(database, names);
  refuseNewer(found);
  if (found === 0) {
    const advice = "call store.migrate(connection) first";
    throw new OutboxError("SCHEMA_MISSING", `there are no outbox tables in schema ${names.schemaName}: ${advice}`);
  }
  if (found < schemaVersion) {
    throw new OutboxError(
      "SCHEMA_OUTDATED",
      `tables of version ${found}, needed ${schemaVersion}: call store.migrate(connection)`,
    );
  }
}

function refuseNewer(found: number): void {
  if (found <= schemaVersion) return;
  throw new OutboxError(
    "SCHEMA_TOO_NEW",
    `tables of version ${found}, this release of @ottla/outbox knows ${schemaVersion}: upgrade it`,
  );
}
