import type { PgClient, PostgresAdmin, PostgresOptions, PostgresOutboxStore } from "@ottla/outbox/pg";
import type { PostgresJsSql } from "@ottla/outbox/postgres-js";
import { CommandError } from "../command-error.js";
import { exitCodes } from "../exit-codes.js";
import { driverModule } from "./driver-module.js";
import type { OutboxDatabase } from "./outbox-database.js";

interface Named {
  readonly url: string;
  readonly label: string;
}

/**
 * Opens the outbox of a Postgres database with `pg`, or else `postgres`.
 *
 * @throws {@link CommandError} without a driver, or where no server answers.
 */
export async function openPostgres(database: Named, options: PostgresOptions): Promise<OutboxDatabase> {
  const pg = driverModule("pg") as { readonly Client: new (options: object) => PgClient } | undefined;
  if (pg !== undefined) {
    const client = new pg.Client({ connectionString: database.url, connectionTimeoutMillis: connectTimeoutMs });
    // A connection that breaks while nobody asks ends the process, otherwise.
    client.on("error", () => {});
    const binding = await import("@ottla/outbox/pg");
    const outbox = bound(database, options, binding, client, () => client.end());
    return await connected(database, client.connect(), outbox);
  }
  const postgresJs = driverModule("postgres") as ((url: string, options: object) => PostgresJsSql) | undefined;
  if (postgresJs !== undefined) {
    const quiet = { max: 2, connect_timeout: connectTimeoutMs / 1_000, onnotice: () => {} };
    const sql = postgresJs(database.url, quiet);
    const outbox = bound(database, options, await import("@ottla/outbox/postgres-js"), sql, () =>
      sql.end({ timeout: 1 }),
    );
    return await connected(database, Promise.resolve(sql.unsafe("select 1")), outbox);
  }
  throw new CommandError(`${database.label}: no Postgres driver is installed`, {
    hint: "`npm install pg` (or postgres) here, or -g where ottla is installed with -g.",
    exitCode: exitCodes.usage,
  });
}

const connectTimeoutMs = 10_000;

/** The part of a driver's subpath that is used here. */
interface Binding<Connection> {
  postgres(options?: PostgresOptions): PostgresOutboxStore<Connection>;
  admin(connection: Connection, options?: Pick<PostgresOptions, "schema">): PostgresAdmin;
}

function bound<Connection>(
  { label }: Named,
  options: PostgresOptions,
  { postgres, admin }: Binding<Connection>,
  connection: Connection,
  close: () => Promise<void>,
): OutboxDatabase {
  const store = storeWith(() => postgres(options));
  const operator = admin(connection, options);
  return {
    label,
    admin: operator,
    rebase: () => operator.rebase(),
    migrate: async () => {
      await store.migrate(connection);
    },
    migrationScript: (from) => store.migrationScript(from),
    close,
  };
}

/** A name or a number that a store refuses is a wrong word of the call. */
export function storeWith<Store>(make: () => Store): Store {
  try {
    return make();
  } catch (cause) {
    throw new CommandError((cause as Error).message, { exitCode: exitCodes.usage, cause });
  }
}

async function connected(
  { label }: Named,
  connecting: Promise<unknown>,
  outbox: OutboxDatabase,
): Promise<OutboxDatabase> {
  try {
    await connecting;
    return outbox;
  } catch (cause) {
    await outbox.close().catch(() => undefined);
    throw new CommandError(`${label}: ${reasonOf(cause)}`, {
      hint: "Is it running there, and do user, password and database name fit? PGPASSWORD and ~/.pgpass work too.",
      exitCode: exitCodes.unreachable,
      cause,
    });
  }
}

/** Node tells of several addresses tried in an error without a message. */
function reasonOf(error: unknown): string {
  const { message, code } = error as { readonly message?: string; readonly code?: string };
  return message || code || String(error);
}
