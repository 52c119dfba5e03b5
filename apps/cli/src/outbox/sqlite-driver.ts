import { existsSync } from "node:fs";
import type { OutboxAdmin } from "@ottla/outbox";
import type { BetterSqlite3Connection } from "@ottla/outbox/better-sqlite3";
import type { LibsqlConnection } from "@ottla/outbox/libsql";
import type { NodeSqliteConnection, SqliteOutboxStore } from "@ottla/outbox/node-sqlite";
import { CommandError } from "../command-error.js";
import { exitCodes } from "../exit-codes.js";
import { driverModule } from "./driver-module.js";
import type { OutboxDatabase } from "./outbox-database.js";

interface Closable {
  close(): unknown;
}

type Open = (path: string) => Promise<OutboxDatabase>;
type Constructor<Connection> = new (path: string) => Connection;

/** In the order in which they are tried: Node's own first, which needs nothing. */
const drivers: readonly { readonly name: string; open(module: unknown): Open }[] = [
  {
    name: "node:sqlite",
    open: (module) => async (path) => {
      const { DatabaseSync } = module as { DatabaseSync: Constructor<NodeSqliteConnection> };
      return outboxOf(path, await import("@ottla/outbox/node-sqlite"), new DatabaseSync(path));
    },
  },
  {
    name: "better-sqlite3",
    open: (module) => async (path) => {
      const Connection = module as Constructor<BetterSqlite3Connection & Closable>;
      return outboxOf(path, await import("@ottla/outbox/better-sqlite3"), new Connection(path));
    },
  },
  {
    name: "libsql",
    open: (module) => async (path) => {
      const Connection = module as Constructor<LibsqlConnection & Closable>;
      return outboxOf(path, await import("@ottla/outbox/libsql"), new Connection(path));
    },
  },
];

/**
 * Opens the outbox of a SQLite file with the first driver there is.
 *
 * @throws {@link CommandError} without a file, or without a driver.
 */
export async function openSqlite(path: string, mayCreate: boolean): Promise<OutboxDatabase> {
  if (!mayCreate && !existsSync(path)) {
    throw new CommandError(`${path}: there is no such file`, {
      hint: "The service makes its database; `outbox migrate --create` makes an empty one.",
      exitCode: exitCodes.usage,
    });
  }
  for (const { name, open } of drivers) {
    const module = driverModule(name);
    if (module !== undefined) return await open(module)(path);
  }
  throw new CommandError(`${path}: this Node ${process.versions.node} has no SQLite`, {
    hint: "Run it with Node 22.13 or later, or `npm install libsql` (or better-sqlite3) here.",
    exitCode: exitCodes.usage,
  });
}

/** The part of a driver's subpath that is used here. */
interface Binding<Connection> {
  sqlite(): SqliteOutboxStore<Connection>;
  admin(connection: Connection): OutboxAdmin;
  tx(connection: Connection): { query(text: string): unknown };
}

function outboxOf<Connection extends Closable>(
  path: string,
  { sqlite, admin, tx }: Binding<Connection>,
  connection: Connection,
): OutboxDatabase {
  const store = sqlite();
  tx(connection).query("pragma busy_timeout = 5000");
  return {
    label: path,
    admin: admin(connection),
    rebase: undefined,
    migrate: async () => {
      await store.migrate(connection);
    },
    migrationScript: (from) => store.migrationScript(from),
    close: async () => {
      connection.close();
    },
  };
}
