/** A difference that is meant. `*` in a pattern stands for anything. */
export interface Exception {
  /** `title of the case / label of the exchange`. */
  readonly where: string;
  readonly path: string;
  /** Kafka's value and ours as JSON, where only certain ones are allowed. */
  readonly kafka?: string;
  readonly ours?: string;
  readonly reason: string;
}

/** Every difference between Apache Kafka's answers and ours that is not a bug. One that nothing needs any more fails the run. */
export const exceptions: readonly Exception[] = [];
