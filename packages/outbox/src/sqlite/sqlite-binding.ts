import type { OutboxAdmin } from "../admin/outbox-admin.js";
import type { SqlTxSync } from "../sql/sql.js";
import { StoreSqliteAdmin } from "./sqlite-admin.js";
import { CheckedDatabase, type SqliteDatabase } from "./sqlite-database.js";
import type { SqliteDriver } from "./sqlite-driver.js";
import { type SqliteOutboxStore, sqliteStore } from "./sqlite-outbox-store.js";
import { type SqliteTransactionOptions, SqliteTransactions, type SyncTransactions } from "./sqlite-transactions.js";

/** What a driver's subpath exports, for connections of type `Connection`. */
export interface SqliteBinding<Connection> {
  /** The outbox and inbox store; one for a service is enough. */
  sqlite(): SqliteOutboxStore<Connection>;
  /** The connection as a transaction: for code that begins and commits by itself. Costs nothing when called again. */
  tx(connection: Connection): SqlTxSync;
  /** Transactions on the connection, begun and committed for you. */
  transactions(connection: Connection, options?: SqliteTransactionOptions): SyncTransactions;
  /** What operators and the command line do. The connection stays the caller's. */
  admin(connection: Connection): OutboxAdmin;
}

/** Binds a driver: everything above this call is the same for all of them. */
export function bindSqlite<Connection extends object>(
  driverOf: (connection: Connection) => SqliteDriver,
): SqliteBinding<Connection> {
  const wrapped = new WeakMap<Connection, CheckedDatabase>();
  const wrap = (connection: Connection): SqliteDatabase => {
    const known = wrapped.get(connection);
    if (known !== undefined) return known;
    const database = new CheckedDatabase(driverOf(connection));
    wrapped.set(connection, database);
    return database;
  };
  return {
    sqlite: () => sqliteStore(wrap),
    tx: wrap,
    transactions: (connection, options) => new SqliteTransactions(wrap(connection), options),
    admin: (connection) => new StoreSqliteAdmin(wrap(connection)),
  };
}
