import { OutboxError } from "../errors.js";
import type { SqlRow, SqlTxSync, SqlValue } from "../sql/sql.js";
import { bindable, countParameters } from "./parameters.js";
import type { SqliteDriver } from "./sqlite-driver.js";

/** A connection to a SQLite database, the same whatever the driver. Inside a transaction it is that transaction. */
export interface SqliteDatabase extends SqlTxSync {
  readonly driver: string;
  readonly isInTransaction: boolean;
  /** Runs a script of several statements without parameters. */
  execute(script: string): void;
  /** Calls `listener` after the next commit made through `transactions(…)`; listeners are kept once each. */
  afterCommit(listener: () => void): void;
  /** Tells and forgets the listeners of {@link SqliteDatabase.afterCommit}; after a rollback they are only forgotten. */
  ended(isCommitted: boolean): void;
  close(): void;
}

type Statement = ReturnType<SqliteDriver["prepare"]> & { readonly parameterCount: number };

// Statements of ours are some twenty; the rest is for the caller's own in a handler.
const statementsKept = 200;

/** Makes one behaviour of any driver: values checked and counted, integers bound as integers, blobs as Uint8Array. */
export class CheckedDatabase implements SqliteDatabase {
  readonly dialect = "sqlite";
  readonly sync = true;
  readonly #driver: SqliteDriver;
  readonly #statements = new Map<string, Statement>();
  readonly #commitListeners = new Set<() => void>();

  constructor(driver: SqliteDriver) {
    this.#driver = driver;
  }

  get driver(): string {
    return this.#driver.name;
  }

  get isInTransaction(): boolean {
    if (!this.#driver.isOpen()) return false;
    const answer = this.#driver.isInTransaction();
    if (answer !== undefined) return answer;
    // A deferred BEGIN takes no lock, so outside a transaction it costs nothing to try; inside it is an error.
    try {
      this.#driver.execute("begin");
    } catch {
      return true;
    }
    this.#driver.execute("rollback");
    return false;
  }

  query<Row = SqlRow>(text: string, parameters: readonly SqlValue[] = []): Row[] {
    this.#refuseClosed();
    const statement = this.#statement(text);
    const rows = statement.all(
      bindable(parameters, statement.parameterCount, text, this.#driver.cutsTextAtNul !== true),
    ) as Row[];
    if (this.#driver.returnsArrayBuffers === true) for (const row of rows) viewBuffers(row as Record<string, unknown>);
    return rows;
  }

  execute(script: string): void {
    this.#refuseClosed();
    this.#driver.execute(script);
  }

  afterCommit(listener: () => void): void {
    this.#commitListeners.add(listener);
  }

  ended(isCommitted: boolean): void {
    const listeners = [...this.#commitListeners];
    this.#commitListeners.clear();
    if (isCommitted) for (const listener of listeners) listener();
  }

  close(): void {
    this.#statements.clear();
    if (this.#driver.isOpen()) this.#driver.close();
  }

  #refuseClosed(): void {
    if (!this.#driver.isOpen()) throw new OutboxError("CONNECTION_CLOSED", `the ${this.driver} connection was closed`);
  }

  #statement(text: string): Statement {
    const known = this.#statements.get(text);
    if (known !== undefined) return known;
    const parameterCount = countParameters(text);
    const prepared = this.#driver.prepare(text);
    const statement: Statement = { all: (values) => prepared.all(values), parameterCount };
    const [oldest] = this.#statements.keys();
    if (this.#statements.size >= statementsKept && oldest !== undefined) this.#statements.delete(oldest);
    this.#statements.set(text, statement);
    return statement;
  }
}

function viewBuffers(row: Record<string, unknown>): void {
  for (const column in row) {
    const value = row[column];
    if (value instanceof ArrayBuffer) row[column] = Buffer.from(value);
  }
}

/** Our side of a connection that a caller hands in as its transaction. @throws {@link OutboxError} `NOT_IN_TRANSACTION` */
export function transactionOn(tx: SqlTxSync, doing: string): SqliteDatabase {
  if (!(tx instanceof CheckedDatabase)) {
    throw new OutboxError("NOT_IN_TRANSACTION", `${doing} needs what the driver's tx(db), or a transaction, gives`);
  }
  if (!tx.isInTransaction) {
    throw new OutboxError(
      "NOT_IN_TRANSACTION",
      `${doing} was called outside a transaction, where it could not commit together with your rows: begin one first`,
    );
  }
  return tx;
}
