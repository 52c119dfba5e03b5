import { type ProtocolErrorCode, protocolErrors } from "./protocol-errors.js";

/** A broker's answer that is an error code. `retriable` says that the same request may succeed later. */
export class KafkaProtocolError extends Error {
  override readonly name = "KafkaProtocolError";
  readonly code: ProtocolErrorCode;
  readonly retriable: boolean;

  constructor(code: ProtocolErrorCode, context: string, options?: ErrorOptions) {
    super(`[${code}] ${context}`, options);
    this.code = code;
    this.retriable = protocolErrors[code].retriable;
  }
}
