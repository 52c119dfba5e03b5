import type { Inside, PostgresConnection, Queryable } from "../postgres/postgres-driver.js";
import type { BorrowedConnection } from "../postgres/postgres-transactions.js";

interface PostgresJsQuery extends Promise<unknown> {
  simple(): PromiseLike<unknown>;
}

/** What runs a statement in `postgres`: the `sql` of a connection, or of a transaction inside `sql.begin`. */
export interface PostgresJsQueryable {
  // biome-ignore lint/suspicious/noExplicitAny: its own parameter type names types that only the driver exports
  unsafe(text: string, parameters?: any[]): PostgresJsQuery;
}

/** What this package uses of a `sql` from `postgres`: a real one fits as it is. */
export interface PostgresJsSql extends PostgresJsQueryable {
  reserve(): Promise<PostgresJsQueryable & { release(): void }>;
  listen(channel: string, onNotification: (payload: string) => void): Promise<unknown>;
  end(options?: { timeout?: number }): Promise<void>;
}

/** Only what `sql.begin` hands out has savepoints. */
export function postgresJsInside(sql: PostgresJsQueryable): Inside {
  return { ...postgresJsQueryable(sql), isSurelyInside: () => "savepoint" in sql };
}

export function postgresJsQueryable(sql: PostgresJsQueryable): Queryable {
  return {
    query: async <Row>(text: string, parameters: readonly unknown[] = []) =>
      (await sql.unsafe(text, [...parameters])) as Row[],
  };
}

/** Reserves one connection for the statements; notifications come on another one of the driver's own. */
export async function postgresJsConnection(sql: PostgresJsSql): Promise<PostgresConnection> {
  const reserved = await sql.reserve();
  return {
    ...postgresJsQueryable(reserved),
    script: async (text) => {
      await reserved.unsafe(text).simple();
    },
    listen: async (channel, onNotification) => {
      await sql.listen(channel, onNotification);
    },
    release: () => reserved.release(),
    close: async () => {
      reserved.release();
      await sql.end({ timeout: 1 });
    },
  };
}

export async function postgresJsBorrowed(sql: PostgresJsSql): Promise<BorrowedConnection> {
  const reserved = await sql.reserve();
  return {
    ...postgresJsQueryable(reserved),
    command: async (text) => ((await reserved.unsafe(text)) as { readonly command: string }).command,
    // The driver itself replaces a connection that broke.
    release: () => reserved.release(),
  };
}
