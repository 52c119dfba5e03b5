/** Why a broker and this client do not let each other in. */
export type AuthenticationErrorCode =
  /** The broker does not accept the credentials. */
  | "SASL_AUTHENTICATION_FAILED"
  /** The broker does not offer the mechanism; the text lists what it does. */
  | "UNSUPPORTED_SASL_MECHANISM"
  /** The listener does not use SASL, or not now. */
  | "ILLEGAL_SASL_STATE"
  /** The broker did not prove that it knows the password, or broke the rules of the mechanism. */
  | "BROKER_NOT_AUTHENTIC"
  /** A certificate, its name or its key does not fit, on either side. */
  | "TLS_FAILED";

/**
 * The broker refused this client, or this client the broker. Trying the same again does not help. No text, and nothing
 * that an error holds, has a password or token in it.
 */
export class KafkaAuthenticationError extends Error {
  override readonly name = "KafkaAuthenticationError";
  readonly code: AuthenticationErrorCode;
  readonly retriable = false;
  readonly fatal = true;
  readonly abortable = false;

  constructor(code: AuthenticationErrorCode, context: string, options?: ErrorOptions) {
    super(`[${code}] ${context}`, options);
    this.code = code;
  }
}
