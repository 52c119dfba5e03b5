/** Whatever runs one statement with `$1`, `$2` … : a connection, a pool, a transaction. */
export interface Queryable {
  query<Row>(text: string, parameters?: readonly unknown[]): Promise<Row[]>;
}

/** What a caller hands in as its transaction. */
export interface Inside extends Queryable {
  /** Whether the driver knows that a transaction is open; where it does not, the server is asked. */
  isSurelyInside(): boolean;
}

/** A connection of our own, the same whatever the driver. Each adapter translates to it. */
export interface PostgresConnection extends Queryable {
  /** Runs a script of several statements without parameters, as one transaction unless it says otherwise. */
  script(text: string): Promise<void>;
  /** Calls `onNotification` for each NOTIFY on `channel` for as long as the connection lives. */
  listen(channel: string, onNotification: (payload: string) => void): Promise<void>;
  /** Gives the caller's connection back without ending it. */
  release(): void;
  /** Ends the connection, also one that is broken. */
  close(): Promise<void>;
}
