import { OutboxError } from "../errors.js";
import type { Transactions } from "../sql/sql.js";
import type { Queryable } from "./postgres-driver.js";
import { PostgresTx } from "./postgres-tx.js";

/** A connection borrowed from a pool for one transaction. */
export interface BorrowedConnection extends Queryable {
  /** Runs a statement and answers its command tag. */
  command(text: string): Promise<string>;
  /** Gives it back; a broken one is not used again. */
  release(isBroken: boolean): void;
}

/** Transactions on connections of a pool. */
export class PostgresTransactions implements Transactions<PostgresTx> {
  readonly #borrow: () => Promise<BorrowedConnection>;
  readonly #outside: Queryable;

  constructor(borrow: () => Promise<BorrowedConnection>, outside: Queryable) {
    this.#borrow = borrow;
    this.#outside = outside;
  }

  async transact<Result>(body: (tx: PostgresTx) => Promise<Result>): Promise<Result> {
    const connection = await this.#borrow();
    const tx = new PostgresTx(
      { query: (text, parameters) => connection.query(text, parameters), isSurelyInside: () => true },
      this.#outside,
    );
    let isBroken = true;
    try {
      await connection.command("begin");
      const result = await this.#finish(connection, tx, body);
      isBroken = false;
      tx.committed();
      return result;
    } catch (error) {
      isBroken = !(await rolledBack(connection));
      throw error;
    } finally {
      connection.release(isBroken);
    }
  }

  async #finish<Result>(
    connection: BorrowedConnection,
    tx: PostgresTx,
    body: (tx: PostgresTx) => Promise<Result>,
  ): Promise<Result> {
    const result = await body(tx);
    // After a failed statement whose error the body swallowed, Postgres answers COMMIT with ROLLBACK and no error.
    const tag = await connection.command("commit");
    if (tag !== "COMMIT") {
      throw new OutboxError(
        "TRANSACTION_ROLLED_BACK",
        "a statement of this transaction had failed, so Postgres rolled all of it back",
      );
    }
    return result;
  }
}

async function rolledBack(connection: BorrowedConnection): Promise<boolean> {
  try {
    await connection.command("rollback");
    return true;
  } catch {
    return false;
  }
}
