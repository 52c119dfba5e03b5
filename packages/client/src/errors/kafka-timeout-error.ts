/** What ran out of time. */
export type TimeoutErrorCode =
  /** A broker did not answer a request within `requestTimeoutMs`; its connection was closed. */
  | "REQUEST_TIMEOUT"
  /** A record was not acknowledged within `deliveryTimeoutMs`. */
  | "DELIVERY_TIMEOUT"
  /** An operation made of several requests did not end in time. */
  | "OPERATION_TIMEOUT";

/** Something took longer than it was allowed to. Retriable, where doing it twice is harmless. */
export class KafkaTimeoutError extends Error {
  override readonly name = "KafkaTimeoutError";
  readonly code: TimeoutErrorCode;
  readonly retriable = true;
  readonly fatal = false;
  readonly abortable = false;
  /**
   * `"unknown"` when a broker may have acted on what was asked (the record may be in the log), `"notSent"` when
   * nothing left this process.
   */
  readonly outcome: "unknown" | "notSent";

  constructor(
    code: TimeoutErrorCode,
    context: string,
    options?: ErrorOptions & { readonly outcome?: "unknown" | "notSent" },
  ) {
    super(`[${code}] ${context}`, options);
    this.code = code;
    this.outcome = options?.outcome ?? "unknown";
  }
}
