/** Why a connection could not carry a request. */
export type ConnectionErrorCode =
  /** No connection could be made: refused, unknown host, or no answer in time. */
  | "CONNECTION_FAILED"
  /** It was there and broke; a request in flight may or may not have been carried out. */
  | "CONNECTION_LOST"
  /** Nothing was sent: too many requests are waiting on it already. */
  | "CONNECTION_BUSY"
  /** The cluster's metadata does not name the broker that was asked for. */
  | "UNKNOWN_BROKER";

/**
 * The way to a broker failed before it answered. Always retriable; whether the broker acted on the request is
 * known only when {@link KafkaConnectionError.wasSent} is false.
 */
export class KafkaConnectionError extends Error {
  override readonly name = "KafkaConnectionError";
  readonly code: ConnectionErrorCode;
  readonly retriable = true;
  readonly fatal = false;
  readonly abortable = false;
  /** Whether any byte of the request may have reached the broker. */
  readonly wasSent: boolean;

  constructor(code: ConnectionErrorCode, context: string, options?: ErrorOptions & { readonly wasSent?: boolean }) {
    super(`[${code}] ${context}`, options);
    this.code = code;
    this.wasSent = options?.wasSent ?? false;
  }
}
