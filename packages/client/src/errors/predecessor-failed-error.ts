/** A record that fails because one sent before it to the same partition did: what a producer with `failsInOrder` answers. */
export class PredecessorFailedError extends Error {
  override readonly name = "PredecessorFailedError";
  readonly code = "PREDECESSOR_FAILED";
  readonly retriable = true;
  readonly fatal = false;
  readonly abortable = false;
  /** As in {@link KafkaTimeoutError.outcome}: whether the record may be in the log all the same. */
  readonly outcome: "unknown" | "notSent";

  /** @param cause - What failed the record before it. */
  constructor(topic: string, outcome: "unknown" | "notSent", cause: unknown) {
    super(`[PREDECESSOR_FAILED] a record for "${topic}" that was sent before this one failed`, { cause });
    this.outcome = outcome;
  }
}
