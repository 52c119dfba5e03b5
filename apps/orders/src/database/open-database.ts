import { createRequire } from "node:module";
import type { SqliteOutboxStore, SyncTransactions } from "@ottla/outbox/libsql";
import * as libsql from "@ottla/outbox/libsql";
import * as nodeSqlite from "@ottla/outbox/node-sqlite";

/** One connection to a service's SQLite file, and the outbox's view of it, whatever driver this Node has. */
export interface Database {
  readonly driver: string;
  readonly store: Pick<SqliteOutboxStore<object>, keyof SqliteOutboxStore<object>>;
  readonly transactions: SyncTransactions;
  /** Another connection to the same file: a relay takes one of its own. */
  connect(): object;
  script(sql: string): void;
  all<Row>(sql: string): readonly Row[];
  close(): void;
}

interface Connection {
  exec(sql: string): unknown;
  close(): unknown;
  prepare(sql: string): { all(...values: never[]): readonly unknown[] };
}

interface Driver {
  readonly name: string;
  readonly open: (path: string) => Connection;
  readonly binding: {
    sqlite(): SqliteOutboxStore<object>;
    transactions(connection: object, options: { readonly busyTimeoutMs: number }): SyncTransactions;
  };
}

const require = createRequire(import.meta.url);

/** Node's own SQLite where it has one that needs no flag (24 and later), else the one that npm brings prebuilt. */
function driver(): Driver {
  const major = Number(process.versions.node.split(".")[0]);
  if (major >= 24) {
    const { DatabaseSync } = require("node:sqlite") as { DatabaseSync: new (path: string) => Connection };
    return {
      name: "node:sqlite",
      open: (path) => new DatabaseSync(path),
      binding: nodeSqlite as unknown as Driver["binding"],
    };
  }
  const Libsql = require("libsql") as new (path: string) => Connection;
  return { name: "libsql", open: (path) => new Libsql(path), binding: libsql as unknown as Driver["binding"] };
}

/** Opens a file with the pragmas an outbox asks for: write-ahead log, and a commit that survives a power loss. */
export function openDatabase(path: string): Database {
  const { name, open, binding } = driver();
  const connect = (): Connection => {
    const connection = open(path);
    connection.exec("pragma busy_timeout = 10000");
    connection.exec("pragma journal_mode = wal");
    connection.exec("pragma synchronous = full");
    return connection;
  };
  const connection = connect();
  return {
    driver: name,
    store: binding.sqlite(),
    transactions: binding.transactions(connection, { busyTimeoutMs: 30_000 }),
    connect,
    script: (sql) => {
      connection.exec(sql);
    },
    all: <Row>(sql: string) => connection.prepare(sql).all() as readonly Row[],
    close: () => {
      connection.close();
    },
  };
}
