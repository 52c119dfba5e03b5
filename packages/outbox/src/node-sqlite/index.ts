import { bindSqlite } from "../sqlite/sqlite-binding.js";
import { type NodeSqliteConnection, nodeSqliteDriver } from "./node-sqlite-driver.js";

/** For `node:sqlite`, Node's own SQLite (Node 22.5 and later). */
const binding = bindSqlite<NodeSqliteConnection>(nodeSqliteDriver);

export const { sqlite, tx, transactions, admin } = binding;
export type { SqlTxSync } from "../sql/sql.js";
export type { SqliteOutboxStore } from "../sqlite/sqlite-outbox-store.js";
export type { SqliteTransactionOptions, SyncTransactions } from "../sqlite/sqlite-transactions.js";
export type { NodeSqliteConnection };
