import { type SQL, sql } from "drizzle-orm";
import type { Inside } from "../postgres/postgres-driver.js";
import { PostgresTx } from "../postgres/postgres-tx.js";
import type { SqlTx } from "../sql/sql.js";

/** What this package uses of a Drizzle transaction or database on Postgres, over `pg` or `postgres`. */
export interface DrizzleQueryable {
  execute(query: SQL): PromiseLike<unknown>;
}

/**
 * Drizzle's transaction, for `outbox.add(tx(t), …)` and `inbox.once(tx(t), …)` inside `db.transaction(async (t) => …)`. The
 * store and the relay come from `@ottla/outbox/pg` or `@ottla/outbox/postgres-js`; after the commit call `outbox.committed()`.
 */
export function tx(transaction: DrizzleQueryable): SqlTx {
  return new PostgresTx(inside(transaction));
}

function inside(transaction: DrizzleQueryable): Inside {
  return {
    // Only a transaction can be rolled back; a database has no such method.
    isSurelyInside: () => "rollback" in transaction,
    query: async <Row>(text: string, parameters: readonly unknown[] = []) => {
      const result = await transaction.execute(statement(text, parameters));
      // `pg` answers an object with rows, `postgres` an array.
      return (Array.isArray(result) ? [...result] : (result as { readonly rows: unknown[] }).rows) as Row[];
    },
  };
}

/** Our statements name their parameters once each and in order, so cutting at them gives Drizzle's pieces. */
function statement(text: string, parameters: readonly unknown[]): SQL {
  const pieces = text.split(/\$\d+/);
  const chunks = pieces.flatMap((piece, index) =>
    index < parameters.length ? [sql.raw(piece), sql`${sql.param(parameters[index])}`] : [sql.raw(piece)],
  );
  return sql.join(chunks);
}

export type { SqlTx } from "../sql/sql.js";
