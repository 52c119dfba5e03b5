import { CorruptBatchError, KafkaProtocolError, type ProtocolErrorCode, protocolErrors } from "@ottla/protocol";
import { InvalidConfigError } from "../config/config-key.js";

/** A failure as responses carry it. */
export interface ErrorFields {
  readonly errorCode: number;
  readonly errorMessage: string | null;
}

/** The number of an error on the wire. */
export const wireCode = (code: ProtocolErrorCode): number => protocolErrors[code].wire;

export const noError: ErrorFields = Object.freeze({ errorCode: 0, errorMessage: null });

export const errorFields = (code: ProtocolErrorCode, errorMessage: string | null = null): ErrorFields => ({
  errorCode: wireCode(code),
  errorMessage,
});

/**
 * What a failure is to a client. One that has no code in the protocol is thrown on: it is ours, and answering it as the
 * client's would hide it.
 */
export function errorOf(failure: unknown): ErrorFields {
  if (failure instanceof InvalidConfigError) return errorFields("INVALID_CONFIG", failure.message);
  if (failure instanceof CorruptBatchError) return errorFields("CORRUPT_MESSAGE", failure.message);
  if (!(failure instanceof KafkaProtocolError)) throw failure;
  return errorFields(failure.code, withoutCode(failure));
}

// Clients print the code themselves.
const withoutCode = ({ code, message }: KafkaProtocolError): string =>
  message.startsWith(`[${code}] `) ? message.slice(code.length + 3) : message;
