/** A caller's mistake in an option or argument; the text names it, its value and what is allowed. */
export class KafkaConfigError extends Error {
  override readonly name = "KafkaConfigError";
  readonly code = "INVALID_CONFIG";
  readonly retriable = false;
  readonly fatal = false;
  readonly abortable = false;

  constructor(context: string, options?: ErrorOptions) {
    super(`[INVALID_CONFIG] ${context}`, options);
  }
}
