import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import * as betterSqlite3 from "../better-sqlite3/index.js";
import * as libsql from "../libsql/index.js";
import * as nodeSqlite from "../node-sqlite/index.js";
import type { SqliteBinding } from "../sqlite/sqlite-binding.js";

/** A driver on this machine, with a connection type that tests need not know. */
export interface TestDriver {
  readonly name: string;
  readonly binding: SqliteBinding<object>;
  open(path: string): object;
  /** Closes a connection that a test opened; one that is closed already is fine. */
  close(connection: object): void;
}

const require = createRequire(import.meta.url);

interface Closable {
  close(): unknown;
}

function driver<Connection extends Closable>(
  name: string,
  binding: SqliteBinding<Connection>,
  load: () => (path: string) => Connection,
): TestDriver | { readonly name: string; readonly missing: string } {
  try {
    const open = load();
    open(":memory:").close();
    return {
      name,
      binding: binding as unknown as SqliteBinding<object>,
      open,
      close(connection) {
        try {
          (connection as Closable).close();
        } catch {
          // It was closed by the relay that owned it.
        }
      },
    };
  } catch (error) {
    return { name, missing: error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error) };
  }
}

type Constructor<Connection> = new (path: string) => Connection;

const candidates = [
  driver("libsql", libsql, () => {
    const Database = require("libsql") as Constructor<libsql.LibsqlConnection & Closable>;
    return (path) => new Database(path);
  }),
  driver("node:sqlite", nodeSqlite, () => {
    const { DatabaseSync } = require("node:sqlite") as {
      DatabaseSync: Constructor<nodeSqlite.NodeSqliteConnection & Closable>;
    };
    return (path) => new DatabaseSync(path);
  }),
  driver("better-sqlite3", betterSqlite3, () => {
    // By a name that is not a literal: it has a native build, so nothing here depends on it being installed.
    const Database = require(["better", "sqlite3"].join("-")) as Constructor<
      betterSqlite3.BetterSqlite3Connection & Closable
    >;
    return (path) => new Database(path);
  }),
];

/** The drivers that work here. */
export const drivers: readonly TestDriver[] = candidates.filter((each) => "binding" in each);
/** Those that do not, with the reason. */
export const missingDrivers = candidates.filter((each) => "missing" in each);

/** The first of them: for tests that are not about drivers. */
export function anyDriver(): TestDriver {
  const [first] = drivers;
  if (first === undefined) throw new Error("no SQLite driver works here");
  return first;
}

/** A path for a database of this test; it is removed afterwards. */
export function temporaryPath(): string {
  const folder = mkdtempSync(join(tmpdir(), "ottla-outbox-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "shop.db");
}
