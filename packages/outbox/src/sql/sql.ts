/** What can be stored in, and comes out of, a column. Blobs come out as a `Buffer` or another `Uint8Array`. */
export type SqlValue = string | number | bigint | Uint8Array | null;

/** A row, by column name. */
export interface SqlRow {
  readonly [column: string]: SqlValue;
}

/**
 * A transaction on a driver that answers at once. Whatever happens inside it happens before the next line, so nothing
 * in it may be awaited: another caller's statements would slip into it.
 */
export interface SqlTxSync {
  readonly dialect: "sqlite";
  readonly sync: true;
  /** Runs one statement with `?` parameters and answers its rows; none for a statement that has no result. */
  query<Row = SqlRow>(text: string, parameters?: readonly SqlValue[]): Row[];
}

/** A transaction on a driver that answers by promise. */
export interface SqlTx {
  readonly dialect: "pg" | "sqlite";
  readonly sync?: false;
  query<Row = SqlRow>(text: string, parameters?: readonly unknown[]): Promise<Row[]>;
}

/** Either kind. */
export type AnyTx = SqlTx | SqlTxSync;

/** How a call inside a `Tx` answers: at once where the driver does, by promise elsewhere. */
export type InTx<Tx extends AnyTx, Result> = Tx extends SqlTxSync ? Result : Promise<Result>;

/** Any value but a promise. What is left of a promise is a type whose name says why. */
export type NotAPromise<Result> =
  Result extends PromiseLike<unknown>
    ? "A synchronous SQLite transaction cannot await. Do it before or after, or use an asynchronous driver."
    : unknown;

/** What a handler inside a `Tx` may return: anything, but no promise where the driver is synchronous. */
export type EffectResult<Tx extends AnyTx, Result> = Tx extends SqlTxSync ? Result & NotAPromise<Result> : Result;

/** A way to run something in a transaction of its own; made by a driver's `transactions(…)`. */
export interface Transactions<Tx extends AnyTx> {
  /**
   * Begins, calls `body`, commits, and resolves with what it returned; rolls back and rejects with what it threw.
   * Waits, without blocking, while another writer holds the database.
   */
  transact<Result>(body: (tx: Tx) => InTx<Tx, Result>): Promise<Result>;
}
