import type { SqliteDriver } from "../sqlite/sqlite-driver.js";

/** What this package uses of a `Database` from `libsql`: a real one fits as it is. */
export interface LibsqlConnection {
  // unknown, because libsql's own types take the values one by one; an array of them is what it binds without harm.
  prepare(sql: string): { all(values: unknown): readonly unknown[] };
  exec(sql: string): unknown;
  close(): unknown;
  readonly open: boolean;
  readonly inTransaction: boolean;
}

/**
 * libsql takes an array of values and must never get a lone Buffer, a boolean or anything else it does not know: it ends
 * the process, as does asking a closed connection for its transaction. Its statements go on working after a close. It binds NULL for a missing value, cuts text at a NUL character and returns blobs as ArrayBuffer from
 * `all`. The checks are in `CheckedDatabase`, the array is here.
 */
export function libsqlDriver(connection: LibsqlConnection): SqliteDriver {
  return {
    name: "libsql",
    prepare(text) {
      const statement = connection.prepare(text);
      return { all: (values) => statement.all([...values]) };
    },
    execute: (script) => {
      connection.exec(script);
    },
    isOpen: () => connection.open,
    isInTransaction: () => connection.inTransaction,
    close: () => {
      connection.close();
    },
    cutsTextAtNul: true,
    returnsArrayBuffers: true,
  };
}
