import { createRequire } from "node:module";
import { createInbox, createOutbox, createRelay, type SqlTxSync } from "@ottla/outbox";
import type { SqliteOutboxStore, SyncTransactions } from "@ottla/outbox/libsql";
import * as libsql from "@ottla/outbox/libsql";
import * as nodeSqlite from "@ottla/outbox/node-sqlite";
import type { Change, ServiceDatabase } from "./service-database.js";

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
export function sqliteDatabase(path: string): ServiceDatabase {
  const { name, open, binding } = driver();
  const connect = (): Connection => {
    const connection = open(path);
    connection.exec("pragma busy_timeout = 10000");
    connection.exec("pragma journal_mode = wal");
    connection.exec("pragma synchronous = full");
    return connection;
  };
  const connection = connect();
  const store = binding.sqlite();
  const transactions = binding.transactions(connection, { busyTimeoutMs: 30_000 });
  return {
    driver: name,
    async create(schema) {
      store.migrate(connection);
      connection.exec(schema({ integer: "integer", counter: "integer primary key autoincrement" }));
    },
    async events(registry, topics) {
      const outbox = createOutbox({ store, registry });
      await outbox.prepare(topics);
      const make = (tx: SqlTxSync, { statement, values, event, beforeCommit }: Change): void => {
        tx.query(statement, values);
        event((topic, record) => outbox.add(tx, topic, record));
        beforeCommit?.();
      };
      return {
        write: (change) => transactions.transact((tx) => make(tx, change)),
        once(consumer, changeOf) {
          const inbox = createInbox({ store, consumer });
          const handle = inbox.handler(transactions, (tx, record: Parameters<typeof changeOf>[0]) =>
            make(tx, changeOf(record)),
          );
          return { handle, counts: () => inbox.counts };
        },
      };
    },
    relay: (options) => createRelay({ ...options, store, connect }),
    rows: async <Row>(query: string) => connection.prepare(query).all() as readonly Row[],
    async isDrained() {
      const [state] = connection
        .prepare(
          "select (select coalesce(max(id), 0) from outbox_message) > (select coalesce(max(last_id), 0) from outbox_cursor) as unsettled",
        )
        .all() as readonly { readonly unsettled: number }[];
      return state?.unsettled === 0;
    },
    async close() {
      connection.close();
    },
  };
}
