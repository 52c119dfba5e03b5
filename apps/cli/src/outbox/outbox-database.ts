import type { OutboxAdmin } from "@ottla/outbox";
import type { PostgresAdmin, PostgresOptions } from "@ottla/outbox/pg";
import { CommandError } from "../command-error.js";
import { databaseOf } from "../connection/database.js";
import { exitCodes } from "../exit-codes.js";
import { openPostgres } from "./postgres-driver.js";
import { openSqlite } from "./sqlite-driver.js";

/** What the commands on an outbox are told of its database. */
export interface OutboxOptions {
  readonly database?: string;
  readonly profile?: string;
  readonly schema?: string;
  readonly json?: true;
}

/** How `migrate` makes the tables where there are none. */
export interface TableOptions {
  readonly shards?: number;
  readonly partitionBy?: "day" | "hour";
}

/** An outbox, whatever its database is. */
export interface OutboxDatabase {
  /** As people may see it: without a password. */
  readonly label: string;
  readonly admin: OutboxAdmin;
  /** Only Postgres knows what that is. */
  readonly rebase: PostgresAdmin["rebase"] | undefined;
  migrate(): Promise<void>;
  migrationScript(from?: number): string;
  close(): Promise<void>;
}

/** Runs `work` on the outbox that the options name, and closes the connection whatever happens. */
export async function withOutbox<Result>(
  options: OutboxOptions & TableOptions & { readonly create?: true },
  work: (outbox: OutboxDatabase) => Promise<Result>,
): Promise<Result> {
  const outbox = await openOutbox(options);
  try {
    return await work(outbox);
  } finally {
    await outbox.close();
  }
}

async function openOutbox({
  create,
  ...options
}: OutboxOptions & TableOptions & { readonly create?: true }): Promise<OutboxDatabase> {
  const database = databaseOf(options);
  if (database.kind === "postgres") return openPostgres(database, postgresOptions(options));
  const only = (["schema", "shards", "partitionBy"] as const).find((name) => options[name] !== undefined);
  if (only !== undefined) {
    const flag = only === "partitionBy" ? "partition-by" : only;
    throw new CommandError(`--${flag} is for Postgres, and ${database.path} is a SQLite file`, {
      exitCode: exitCodes.usage,
    });
  }
  return openSqlite(database.path, create === true);
}

/** What a Postgres store is told; only what was asked for. */
export function postgresOptions({ schema, shards, partitionBy }: OutboxOptions & TableOptions): PostgresOptions {
  return {
    ...(schema !== undefined && { schema }),
    ...(shards !== undefined && { shards }),
    ...(partitionBy !== undefined && { partitionBy }),
  };
}
