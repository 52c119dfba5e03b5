import { OutboxError } from "../errors.js";
import type { SqliteDatabase } from "./sqlite-database.js";
import { checkSchema } from "./sqlite-schema.js";

const checked = new WeakSet<SqliteDatabase>();

/**
 * Looks once at a connection that writes events or inbox rows: the tables are there, and a commit is on the disk when
 * it returns. With `synchronous = NORMAL` a power loss takes back commits that others have already acted on: an inbox
 * row whose offset is committed, an order whose customer was told.
 */
export function checkWriter(database: SqliteDatabase): void {
  if (checked.has(database)) return;
  checkSchema(database);
  const [row] = database.query<{ synchronous: number }>("pragma synchronous");
  if (row === undefined || row.synchronous < 2) {
    throw new OutboxError(
      "DATABASE_UNSUITABLE",
      `synchronous is ${row?.synchronous} on this connection, so a power loss can take back a commit: ` +
        'execute "pragma synchronous = full" after opening it',
    );
  }
  checked.add(database);
}

/**
 * Readies a connection that a relay owns. WAL, so that reading never waits for a writer; `synchronous = FULL`, so that
 * the claim committed before each send flushes the log with every commit before it, whatever their writers had set:
 * nothing is published that a power loss could take back.
 */
export function readyRelayConnection(database: SqliteDatabase): void {
  database.query("pragma busy_timeout = 50");
  const [journal] = database.query<{ journal_mode: string }>("pragma journal_mode = wal");
  if (journal?.journal_mode !== "wal") {
    throw new OutboxError(
      "DATABASE_UNSUITABLE",
      `journal_mode is ${journal?.journal_mode} and cannot be made wal: a relay needs a database file on a local disk`,
    );
  }
  database.query("pragma synchronous = full");
  refuseConcurrentWriters(database);
  checkSchema(database);
}

/** Engines with several writers at once commit in another order than they hand out ids: a cursor would skip rows. */
function refuseConcurrentWriters(database: SqliteDatabase): void {
  if (!knowsConcurrentWriters(database)) return;
  throw new OutboxError(
    "DATABASE_UNSUITABLE",
    `${database.driver} knows BEGIN CONCURRENT, where commits can leave the order of ids: use an engine with one writer`,
  );
}

export function knowsConcurrentWriters(database: SqliteDatabase): boolean {
  try {
    database.execute("begin concurrent");
  } catch {
    return false;
  }
  database.execute("rollback");
  return true;
}
