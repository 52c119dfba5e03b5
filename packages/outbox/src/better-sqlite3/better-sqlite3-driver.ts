import type { SqlValue } from "../sql/sql.js";
import type { SqliteDriver } from "../sqlite/sqlite-driver.js";

/** What this package uses of a `Database` from `better-sqlite3`: a real one fits as it is. */
export interface BetterSqlite3Connection {
  prepare(sql: string): {
    readonly reader: boolean;
    all(...values: SqlValue[]): readonly unknown[];
    run(...values: SqlValue[]): unknown;
  };
  exec(sql: string): unknown;
  close(): unknown;
  readonly open: boolean;
  readonly inTransaction: boolean;
}

export function betterSqlite3Driver(connection: BetterSqlite3Connection): SqliteDriver {
  return {
    name: "better-sqlite3",
    prepare(text) {
      const statement = connection.prepare(text);
      // It refuses `all` where there is no result.
      if (statement.reader) return { all: (values) => statement.all(...values) };
      return {
        all: (values) => {
          statement.run(...values);
          return [];
        },
      };
    },
    execute: (script) => {
      connection.exec(script);
    },
    isOpen: () => connection.open,
    isInTransaction: () => connection.inTransaction,
    close: () => {
      connection.close();
    },
  };
}
