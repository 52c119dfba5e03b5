import { bindSqlite } from "../sqlite/sqlite-binding.js";
import { type LibsqlConnection, libsqlDriver } from "./libsql-driver.js";

/** For `libsql` 0.5: SQLite that npm ships prebuilt, on every Node this package runs on. Local files only. */
const binding = bindSqlite<LibsqlConnection>(libsqlDriver);

export const { sqlite, tx, transactions, admin } = binding;
export type { SqlTxSync } from "../sql/sql.js";
export type { SqliteOutboxStore } from "../sqlite/sqlite-outbox-store.js";
export type { SqliteTransactionOptions, SyncTransactions } from "../sqlite/sqlite-transactions.js";
export type { LibsqlConnection };
