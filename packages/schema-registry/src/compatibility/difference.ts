/** One way in which a reader's schema does not fit what a writer wrote. */
export interface Difference {
  /** Confluent's `errorType`: tools match on it. */
  readonly type: string;
  /** JSON pointer into the reader's schema; `/` is its root. */
  readonly path: string;
  /** What changed and whom it hurts, in a sentence, with the names and numbers. */
  readonly message: string;
}
