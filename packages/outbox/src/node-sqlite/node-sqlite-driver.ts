import type { SqlValue } from "../sql/sql.js";
import type { SqliteDriver } from "../sqlite/sqlite-driver.js";

/** What this package uses of `DatabaseSync` from `node:sqlite`: a real one fits as it is. */
export interface NodeSqliteConnection {
  prepare(sql: string): { all(...values: SqlValue[]): readonly unknown[] };
  exec(sql: string): void;
  close(): void;
  /** Node 24, and 22 from 22.15. */
  readonly isOpen?: boolean;
  /** Node 24, and 22 from 22.16. */
  readonly isTransaction?: boolean;
}

export function nodeSqliteDriver(connection: NodeSqliteConnection): SqliteDriver {
  return {
    name: "node:sqlite",
    prepare(text) {
      const statement = connection.prepare(text);
      return { all: (values) => statement.all(...values) };
    },
    execute: (script) => connection.exec(script),
    isOpen: () => connection.isOpen ?? true,
    isInTransaction: () => connection.isTransaction,
    close: () => connection.close(),
  };
}
