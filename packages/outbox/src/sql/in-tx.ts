import type { AnyTx, InTx } from "./sql.js";

/** Applies `next` to what a call inside a transaction answered: at once, or when its promise resolves. */
export function mapInTx<Tx extends AnyTx, Before, After>(
  answer: InTx<Tx, Before>,
  next: (answer: Before) => After,
): InTx<Tx, After> {
  const mapped: unknown = answer instanceof Promise ? answer.then(next) : next(answer as Before);
  return mapped as InTx<Tx, After>;
}
