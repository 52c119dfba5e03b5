import { OutboxError } from "../errors.js";
import type { SqliteDatabase } from "./sqlite-database.js";

/**
 * The tables, as a list of steps that only grows: step n takes a database from version n to n + 1.
 *
 * - `autoincrement`: without it SQLite hands out an id again when the highest rows are gone, below a relay's cursor.
 * - One writer at a time makes commit order id order, so "everything above last_id, by id" misses nothing.
 * - `message_id`s are in time order, so that their index grows at its end.
 */
const steps: readonly string[] = [
  `create table outbox_message(
  id integer primary key autoincrement,
  message_id text not null unique,
  topic text not null,
  partition integer,
  key blob,
  value blob,
  headers text not null,
  timestamp integer not null,
  created_at integer not null
) strict;

create table outbox_cursor(
  relay text primary key,
  last_id integer not null default 0,
  claimed_to integer not null default 0,
  unclean_starts integer not null default 0,
  owner text,
  epoch integer not null default 0,
  lease_until integer not null default 0,
  lease_ms integer not null default 0,
  stalled_version integer not null default 0
) strict, without rowid;

create table outbox_stalled(
  relay text not null,
  id integer not null,
  key_hash blob not null,
  state text not null check (state in ('waiting', 'sending', 'suspect', 'parked')),
  attempts integer not null default 0,
  next_attempt_at integer not null default 0,
  last_error text,
  primary key (relay, id)
) strict, without rowid;

create index outbox_stalled_lane on outbox_stalled(relay, key_hash, id);

create table outbox_inbox(
  consumer text not null,
  message_id text not null,
  received_at integer not null,
  primary key (consumer, message_id)
) strict, without rowid;

create index outbox_inbox_age on outbox_inbox(consumer, received_at);
`,
];

/** What this package reads and writes. */
export const schemaVersion = steps.length;

const versionTable = "create table outbox_schema(version integer not null) strict;\n";

/** The script that takes a database from a version (0: without tables) to this release's; empty when it is there. */
export function schemaScript(from = 0): string {
  refuseNewer(from);
  if (from === schemaVersion) return "";
  const noted =
    from === 0
      ? `insert into outbox_schema(version) values (${schemaVersion});`
      : `update outbox_schema set version = ${schemaVersion};`;
  const made = `${from === 0 ? `${versionTable}\n` : ""}${steps.slice(from).join("\n")}`;
  return `begin immediate;\n${made}\n${noted}\ncommit;\n`;
}

/** The version of the tables in `database`; 0 where there are none. */
export function installedVersion(database: SqliteDatabase): number {
  const tables = database.query("select 1 as found from sqlite_schema where type = 'table' and name = 'outbox_schema'");
  if (tables.length === 0) return 0;
  const [row] = database.query<{ version: number }>("select version from outbox_schema");
  return row?.version ?? 0;
}

/** Takes the tables to {@link schemaVersion}, in one transaction. Does nothing when they are there. Answers the version it found. */
export function migrate(database: SqliteDatabase): number {
  database.execute("begin immediate");
  try {
    const found = installedVersion(database);
    refuseNewer(found);
    if (found === 0) database.execute(`${versionTable} insert into outbox_schema(version) values (0);`);
    for (const step of steps.slice(found)) database.execute(step);
    if (found < schemaVersion) database.query("update outbox_schema set version = ?", [schemaVersion]);
    database.execute("commit");
    return found;
  } catch (error) {
    database.execute("rollback");
    throw error;
  }
}

/** @throws {@link OutboxError} `SCHEMA_MISSING`, `SCHEMA_OUTDATED` or `SCHEMA_TOO_NEW` */
export function checkSchema(database: SqliteDatabase): void {
  const found = installedVersion(database);
  refuseNewer(found);
  if (found === 0) throw new OutboxError("SCHEMA_MISSING", "there are no outbox tables: call store.migrate(db) first");
  if (found < schemaVersion) {
    throw new OutboxError(
      "SCHEMA_OUTDATED",
      `tables of version ${found}, needed ${schemaVersion}: call store.migrate(db)`,
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
