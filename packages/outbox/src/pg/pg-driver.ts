import type { Inside, PostgresConnection, Queryable } from "../postgres/postgres-driver.js";
import type { BorrowedConnection } from "../postgres/postgres-transactions.js";

interface PgResult {
  readonly rows: unknown[];
  readonly command: string;
}

/** What runs a statement in `pg`: a `Client`, a `Pool`, or a client of a pool. */
export interface PgQueryable {
  query(text: string, values?: unknown[]): Promise<PgResult>;
  getTransactionStatus?(): string | null;
}

/** What this package uses of a `Client` from `pg`, connected or not: a real one fits as it is. */
export interface PgClient extends PgQueryable {
  connect(): Promise<unknown>;
  end(): Promise<void>;
  on(event: "notification", listener: (message: { channel: string; payload?: string | undefined }) => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
}

/** What this package uses of a `Pool` from `pg`. */
export interface PgPool extends PgQueryable {
  connect(): Promise<PgPoolClient>;
}

/** A client that a pool lends. */
export interface PgPoolClient extends PgQueryable {
  on(event: "error", listener: (error: Error) => void): unknown;
  removeListener(event: "error", listener: (error: Error) => void): unknown;
  release(destroy?: boolean): void;
}

/** A transaction that its owner began. Since pg 8.21 a client says whether it is in one. */
export function pgInside(client: PgQueryable): Inside {
  return {
    ...pgQueryable(client),
    isSurelyInside: () => client.getTransactionStatus?.() === "T",
  };
}

export function pgQueryable(client: PgQueryable): Queryable {
  return {
    query: async <Row>(text: string, parameters: readonly unknown[] = []) =>
      (await client.query(text, [...parameters])).rows as Row[],
  };
}

/** An `error` event without a listener ends the process. */
const unheard = (): void => {};

const connecting = new WeakMap<PgClient, Promise<unknown>>();

/** Connects a client that is not, once. */
export async function pgConnection(client: PgClient): Promise<PostgresConnection> {
  let connected = connecting.get(client);
  if (connected === undefined) {
    // A connection that breaks while nobody asks: the next query rejects anyhow.
    client.on("error", unheard);
    connected = connectOnce(client);
    connecting.set(client, connected);
  }
  await connected;
  return {
    ...pgQueryable(client),
    script: async (text) => {
      await client.query(text);
    },
    listen: async (channel, onNotification) => {
      client.on("notification", (message) => {
        if (message.channel === channel) onNotification(message.payload ?? "");
      });
      await client.query(`listen "${channel}"`);
    },
    release: () => {},
    close: () => client.end(),
  };
}

async function connectOnce(client: PgClient): Promise<void> {
  try {
    await client.connect();
  } catch (error) {
    // The only way in which it tells; a query on a client that is not connected waits for ever.
    if (!(error instanceof Error && error.message.includes("already been connected"))) throw error;
  }
}

export async function pgBorrowed(pool: PgPool): Promise<BorrowedConnection> {
  const client = await pool.connect();
  // The pool listens only while it has the client itself. The statement under way, or the next one, rejects anyhow.
  client.on("error", unheard);
  return {
    ...pgQueryable(client),
    command: async (text) => (await client.query(text)).command,
    release: (isBroken) => {
      client.removeListener("error", unheard);
      client.release(isBroken);
    },
  };
}
