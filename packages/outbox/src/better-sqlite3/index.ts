import { bindSqlite } from "../sqlite/sqlite-binding.js";
import { type BetterSqlite3Connection, betterSqlite3Driver } from "./better-sqlite3-driver.js";

/** For `better-sqlite3` 12. In WAL mode it sets `synchronous = NORMAL`: execute `pragma synchronous = full`. */
const binding = bindSqlite<BetterSqlite3Connection>(betterSqlite3Driver);

export const { sqlite, tx, transactions, admin } = binding;
export type { SqlTxSync } from "../sql/sql.js";
export type { SqliteOutboxStore } from "../sqlite/sqlite-outbox-store.js";
export type { SqliteTransactionOptions, SyncTransactions } from "../sqlite/sqlite-transactions.js";
export type { BetterSqlite3Connection };
