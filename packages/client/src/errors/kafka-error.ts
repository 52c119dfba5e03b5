import { CorruptBatchError, KafkaProtocolError, MalformedMessageError, type ProtocolErrorCode } from "@ottla/protocol";
import {
  CorruptRecordsError,
  FailedRecordError,
  GroupMembershipError,
  HandlerError,
  LogTruncatedError,
  MaxPollIntervalError,
  NoOffsetError,
  NotAssignedError,
} from "../consumer/consumer-errors.js";
import { DeserializationError, SerializationError, UnknownTypeError } from "../contract/contract-errors.js";
import { ContractError } from "../contracts/contract-error.js";
import { ValidationError } from "../serde/standard-schema.js";
import { KafkaAuthenticationError } from "./kafka-authentication-error.js";
import { KafkaClosedError } from "./kafka-closed-error.js";
import { KafkaConfigError } from "./kafka-config-error.js";
import { KafkaConnectionError } from "./kafka-connection-error.js";
import { KafkaTimeoutError } from "./kafka-timeout-error.js";
import { PredecessorFailedError } from "./predecessor-failed-error.js";
import { RecordTooLargeError } from "./record-too-large-error.js";
import { TransactionError } from "./transaction-error.js";

const classes = [
  KafkaProtocolError,
  KafkaConnectionError,
  KafkaTimeoutError,
  KafkaAuthenticationError,
  KafkaConfigError,
  KafkaClosedError,
  TransactionError,
  RecordTooLargeError,
  PredecessorFailedError,
  SerializationError,
  DeserializationError,
  UnknownTypeError,
  ValidationError,
  ContractError,
  GroupMembershipError,
  MaxPollIntervalError,
  NotAssignedError,
  NoOffsetError,
  LogTruncatedError,
  CorruptRecordsError,
  CorruptBatchError,
  MalformedMessageError,
  HandlerError,
  FailedRecordError,
] as const;

/**
 * Every error that this package throws, or gives as data, of its own accord; a `switch` over `name` or `code` can be exhaustive. Each says
 * of itself:
 *
 * - `retriable`: the same again may succeed;
 * - `abortable`: it took its transaction with it, and the producer may begin another;
 * - `fatal`: whoever threw it can do no more: close it.
 *
 * What is thrown by others (a handler, a serde, an `AbortSignal`'s reason) passes as it is, or is the `cause` of one of these.
 */
export type KafkaError = InstanceType<(typeof classes)[number]>;

/** Whether an error is one of this package's. */
export function isKafkaError(error: unknown): error is KafkaError {
  return classes.some((each) => error instanceof each);
}

/** The name of the error code that a broker answered, wherever in the causes of an error it is; undefined when none did. */
export function kafkaNameOf(error: unknown): ProtocolErrorCode | undefined {
  for (let each = error; each instanceof Error; each = each.cause) {
    if (each instanceof KafkaProtocolError || each instanceof GroupMembershipError) return each.code;
  }
  return undefined;
}
