import type { SqlRow, SqlTx } from "../sql/sql.js";
import type { Inside, Queryable } from "./postgres-driver.js";

/** A transaction on any Postgres driver, made by its `tx(…)` or `transactions(…)`. */
export class PostgresTx implements SqlTx {
  readonly dialect = "pg";
  readonly #inside: Inside;
  /** Runs statements outside this transaction, where `transactions(…)` made it. */
  readonly outside: Queryable | undefined;
  readonly #commitListeners = new Set<() => void>();

  constructor(inside: Inside, outside?: Queryable) {
    this.#inside = inside;
    this.outside = outside;
  }

  query<Row = SqlRow>(text: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return this.#inside.query<Row>(text, parameters);
  }

  isSurelyInside(): boolean {
    return this.#inside.isSurelyInside();
  }

  /** Calls `listener` once after the commit, where `transactions(…)` makes it; a caller's own commit cannot be seen. */
  afterCommit(listener: () => void): void {
    this.#commitListeners.add(listener);
  }

  /** Tells the listeners of {@link PostgresTx.afterCommit}. */
  committed(): void {
    for (const listener of this.#commitListeners) listener();
    this.#commitListeners.clear();
  }
}
