import { nodeWorld, type World } from "@ottla/world";
import { OutboxError } from "../errors.js";
import type { NotAPromise, SqlTxSync, Transactions } from "../sql/sql.js";
import type { SqliteDatabase } from "./sqlite-database.js";
import { isBusy } from "./sqlite-errors.js";

/** How {@link SqliteTransactions} waits for other writers. */
export interface SqliteTransactionOptions {
  /** How long to wait for the write lock, in milliseconds. Default 5,000. */
  readonly busyTimeoutMs?: number;
  readonly world?: Pick<World, "clock" | "timers">;
}

/** Transactions on one connection, made by a driver's `transactions(db)`. */
export interface SyncTransactions extends Transactions<SqlTxSync> {
  /**
   * Runs `body` between BEGIN IMMEDIATE and COMMIT, or rolls back and throws what it threw. Blocks while another
   * connection writes, up to `busyTimeoutMs`.
   *
   * IMMEDIATE because a transaction that reads first and then writes fails at once when somebody wrote in between,
   * whatever the busy timeout.
   */
  run<Result>(body: (tx: SqlTxSync) => Result & NotAPromise<Result>): Result;
}

const longestBusyMs = 20;
const restMs = 1;
const longestPauseMs = 5;
const ignore = (): void => {};

export class SqliteTransactions implements SyncTransactions {
  readonly #database: SqliteDatabase;
  readonly #busyTimeoutMs: number;
  readonly #world: Pick<World, "clock" | "timers">;
  #lastInLine: Promise<void> = Promise.resolve();
  /** Since when transactions have followed each other without a moment for others to take the lock. */
  #busySince = 0;
  #endedAt = Number.NEGATIVE_INFINITY;

  constructor(database: SqliteDatabase, options: SqliteTransactionOptions = {}) {
    this.#database = database;
    this.#busyTimeoutMs = options.busyTimeoutMs ?? 5_000;
    this.#world = options.world ?? nodeWorld;
  }

  run<Result>(body: (tx: SqlTxSync) => Result & NotAPromise<Result>): Result {
    this.#begin(this.#busyTimeoutMs);
    return this.#finish(body);
  }

  transact<Result>(body: (tx: SqlTxSync) => Result): Promise<Result> {
    const result = this.#lastInLine.then(async () => {
      await this.#acquire();
      try {
        return this.#finish(body);
      } finally {
        this.#endedAt = this.#world.clock.monotonic();
      }
    });
    this.#lastInLine = result.then(ignore, ignore);
    return result;
  }

  /**
   * Takes the write lock for the first in line. SQLite keeps no line of its own: whoever asks while the lock is free has it. So
   * one of this connection asks at a time, often; and a connection that has been busy for a while rests for a moment, or
   * another process would find the lock taken whenever it looks.
   */
  async #acquire(): Promise<void> {
    const { clock } = this.#world;
    if (clock.monotonic() - this.#endedAt > restMs) this.#busySince = clock.monotonic();
    else if (clock.monotonic() - this.#busySince > longestBusyMs) await this.#rest(restMs);
    const deadline = clock.monotonic() + this.#busyTimeoutMs;
    for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      try {
        this.#begin(0);
        return;
      } catch (error) {
        if (!(error instanceof OutboxError) || error.code !== "DATABASE_BUSY" || clock.monotonic() >= deadline)
          throw error;
      }
      await this.#rest(pauseMs);
    }
  }

  async #rest(ms: number): Promise<void> {
    await new Promise<void>((resolve) => this.#world.timers.after(ms, resolve));
    this.#busySince = this.#world.clock.monotonic();
  }

  /** Takes the write lock, or waits `timeoutMs` for it; 0 answers at once. */
  #begin(timeoutMs: number): void {
    const database = this.#database;
    if (database.isInTransaction) {
      throw new OutboxError("ALREADY_IN_TRANSACTION", "this connection is inside a transaction: give each its own");
    }
    const [before] = database.query<{ timeout: number }>("pragma busy_timeout");
    const isOther = before?.timeout !== timeoutMs;
    if (isOther) database.query(`pragma busy_timeout = ${timeoutMs}`);
    try {
      database.query("begin immediate");
    } catch (error) {
      if (!isBusy(error)) throw error;
      const waited = `another connection held the write lock for ${this.#busyTimeoutMs} ms`;
      throw new OutboxError("DATABASE_BUSY", waited, { cause: error });
    } finally {
      if (isOther) database.query(`pragma busy_timeout = ${before?.timeout ?? 0}`);
    }
  }

  #finish<Result>(body: (tx: SqlTxSync) => Result): Result {
    const database = this.#database;
    let result: Result;
    try {
      result = body(database);
      refusePromise(result);
      database.query("commit");
    } catch (error) {
      if (database.isInTransaction) database.query("rollback");
      database.ended(false);
      throw error;
    }
    database.ended(true);
    return result;
  }
}

/** What the types say, for callers without them: a promise's later statements would run outside the transaction. */
export function refusePromise(result: unknown): void {
  if (typeof result !== "object" || result === null || !("then" in result) || typeof result.then !== "function") return;
  // Its outcome belongs to nobody now: without a listener a rejection would end the process.
  Promise.resolve(result).catch(() => {});
  throw new OutboxError(
    "ASYNC_IN_SYNC_TRANSACTION",
    "the handler returned a promise, but this SQLite driver is synchronous: the transaction was rolled back",
  );
}
