import { type ProtocolErrorCode, protocolErrors } from "./protocol-errors.js";

const fatalCodes: ReadonlySet<ProtocolErrorCode> = new Set<ProtocolErrorCode>([
  "PRODUCER_FENCED",
  "INVALID_PRODUCER_EPOCH",
  "INVALID_PRODUCER_ID_MAPPING",
  "FENCED_INSTANCE_ID",
  "CLUSTER_AUTHORIZATION_FAILED",
  "TRANSACTIONAL_ID_AUTHORIZATION_FAILED",
]);

/** A broker's answer that is an error code. `retriable` says that the same request may succeed later. */
export class KafkaProtocolError extends Error {
  override readonly name = "KafkaProtocolError";
  readonly code: ProtocolErrorCode;
  readonly retriable: boolean;
  /** Whether whoever was answered so can do no more: another has taken its place, or it may not do what it is for. */
  readonly fatal: boolean;
  /** Whether it takes the transaction with it, and the producer may begin another. */
  readonly abortable: boolean;

  constructor(code: ProtocolErrorCode, context: string, options?: ErrorOptions) {
    super(`[${code}] ${context}`, options);
    this.code = code;
    this.retriable = protocolErrors[code].retriable;
    this.fatal = fatalCodes.has(code);
    this.abortable = code === "TRANSACTION_ABORTABLE";
  }
}
