/** A call on, or still waiting in, something that was closed. */
export class KafkaClosedError extends Error {
  override readonly name = "KafkaClosedError";
  readonly code = "CLOSED";
  readonly retriable = false;
  readonly fatal = true;
  readonly abortable = false;
  /** As in {@link KafkaTimeoutError.outcome}: whether a broker may have acted on what was asked. */
  readonly outcome: "unknown" | "notSent";

  constructor(context: string, options?: ErrorOptions & { readonly outcome?: "unknown" | "notSent" }) {
    super(`[CLOSED] ${context}`, options);
    this.outcome = options?.outcome ?? "notSent";
  }
}
