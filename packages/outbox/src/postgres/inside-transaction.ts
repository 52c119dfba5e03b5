import { OutboxError } from "../errors.js";
import type { SqlTx } from "../sql/sql.js";
import { PostgresTx } from "./postgres-tx.js";

/**
 * Refuses a connection that is not in a transaction. Where the driver cannot tell, a setting that lasts as long as the
 * transaction is made in one statement and asked for in the next: outside, or on a pool, it is gone. (Comparing `now()`
 * with `statement_timestamp()` works for simple queries only: with parameters both differ outside a transaction too.)
 *
 * @throws {@link OutboxError} `NOT_IN_TRANSACTION`
 */
export async function requireTransaction(tx: SqlTx, doing: string): Promise<void> {
  if (tx instanceof PostgresTx && tx.isSurelyInside()) return;
  await tx.query("select set_config('ottla.is_inside', 'yes', true)");
  const [seen] = await tx.query<{ mark: string | null }>("select current_setting('ottla.is_inside', true) as mark");
  if (seen?.mark === "yes") return;
  throw new OutboxError(
    "NOT_IN_TRANSACTION",
    `${doing} was called outside a transaction, where it could not commit together with your rows: begin one first`,
  );
}
