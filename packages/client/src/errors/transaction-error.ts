import { isRetriable } from "./is-retriable.js";

/** How a transaction ended that did not commit. */
export type TransactionErrorCode =
  /** It was aborted: nothing of it is read. The producer may begin another. */
  | "TRANSACTION_ABORTED"
  /** No coordinator said in time whether it is committed. The producer may begin another, which waits until it is decided. */
  | "OUTCOME_UNKNOWN"
  /** Another producer has begun under the same id, or the transaction took longer than `transactionTimeoutMs`: this one may write no more. */
  | "PRODUCER_FENCED"
  /** The cluster refuses this producer for good; the cause says why. */
  | "PRODUCER_REFUSED";

/** A transaction that did not commit, or may not have; `cause` says why. */
export class TransactionError extends Error {
  override readonly name = "TransactionError";
  readonly code: TransactionErrorCode;
  /** Whether the same in a new transaction may succeed. */
  readonly retriable: boolean;
  /** It was aborted, and the producer can go on. */
  readonly abortable: boolean;
  /** The producer can begin no other: close it. */
  readonly fatal: boolean;
  /** `"unknown"` when it may be committed all the same. */
  readonly outcome: "aborted" | "unknown";

  constructor(
    code: TransactionErrorCode,
    context: string,
    options: ErrorOptions & { readonly outcome?: "aborted" | "unknown" } = {},
  ) {
    super(`[${code}] ${context}`, options);
    const { cause } = options;
    this.code = code;
    this.abortable = code === "TRANSACTION_ABORTED";
    this.fatal = code === "PRODUCER_FENCED" || code === "PRODUCER_REFUSED";
    this.outcome = options.outcome ?? (code === "OUTCOME_UNKNOWN" ? "unknown" : "aborted");
    this.retriable = this.abortable && (isRetriable(cause) || isAbortable(cause));
  }
}

const isAbortable = (cause: unknown): boolean =>
  cause instanceof Error && "code" in cause && cause.code === "TRANSACTION_ABORTABLE";
