/** What a child process tells the one that runs the demo. */
export type ChildMessage =
  | { readonly kind: "ready"; readonly bootstrap?: string; readonly url?: string }
  | { readonly kind: "placed"; readonly orders: number }
  | { readonly kind: "published"; readonly records: number }
  | { readonly kind: "invoiced"; readonly invoices: number; readonly duplicates: number }
  | { readonly kind: "rebalanced"; readonly assigned: number; readonly revoked: number }
  | { readonly kind: "killing"; readonly why: string };

/** Tells the parent. Does nothing in a process that was started by hand. */
export function tell(message: ChildMessage): void {
  process.send?.(message);
}

/** Tells the parent why and ends this process as `kill -9` does, in this very line: nothing is flushed, closed or settled. */
export function killSelf(why: string): void {
  // The pipe to the parent takes a small message at once.
  tell({ kind: "killing", why });
  process.kill(process.pid, "SIGKILL");
}
