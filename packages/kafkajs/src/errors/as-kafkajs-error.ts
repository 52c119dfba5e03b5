import {
  HandlerError,
  KafkaAuthenticationError,
  KafkaClosedError,
  KafkaConfigError,
  KafkaConnectionError,
  KafkaProtocolError,
  KafkaTimeoutError,
  TransactionError,
} from "@ottla/client";
import { protocolErrors } from "@ottla/protocol";
import {
  KafkaJSAggregateError,
  KafkaJSConnectionError,
  KafkaJSDeleteGroupsError,
  KafkaJSDeleteTopicRecordsError,
  KafkaJSError,
  KafkaJSNonRetriableError,
  KafkaJSNumberOfRetriesExceeded,
  KafkaJSProtocolError,
  KafkaJSRequestTimeoutError,
  KafkaJSSASLAuthenticationError,
  KafkaJSServerDoesNotSupportApiKey,
} from "./kafkajs-errors.js";

/** Names that Kafka has given up since kafkajs was written, which code in use compares with. */
const formerNames: { readonly [code: string]: string } = {
  NOT_LEADER_OR_FOLLOWER: "NOT_LEADER_FOR_PARTITION",
  COORDINATOR_LOAD_IN_PROGRESS: "GROUP_LOAD_IN_PROGRESS",
  COORDINATOR_NOT_AVAILABLE: "GROUP_COORDINATOR_NOT_AVAILABLE",
  NOT_COORDINATOR: "NOT_COORDINATOR_FOR_GROUP",
  UNKNOWN_SERVER_ERROR: "UNKNOWN",
};

/** A broker's answer as kafkajs's error of it. */
export function protocolError(error: KafkaProtocolError): KafkaJSProtocolError {
  const told = Object.assign(new Error(error.message), {
    type: formerNames[error.code] ?? error.code,
    code: protocolErrors[error.code].wire,
  });
  return new KafkaJSProtocolError(told, { retriable: error.retriable, cause: error });
}

/** An error as code written for kafkajs knows it; what is not of the client stays as it is. */
export function asKafkaJSError(thrown: unknown): Error {
  if (!(thrown instanceof Error)) return new KafkaJSError(String(thrown));
  if (thrown instanceof KafkaJSError || thrown instanceof KafkaJSAggregateError) return thrown;
  const cause = thrown;
  if (thrown instanceof HandlerError) return asKafkaJSError(thrown.cause);
  if (thrown instanceof KafkaProtocolError) {
    if (thrown.code === "UNSUPPORTED_VERSION") return new KafkaJSServerDoesNotSupportApiKey(thrown, { cause });
    return protocolError(thrown);
  }
  if (thrown instanceof KafkaAuthenticationError) {
    if (thrown.code === "TLS_FAILED") return new KafkaJSConnectionError(thrown, { code: thrown.code, cause });
    return new KafkaJSSASLAuthenticationError(thrown, { cause });
  }
  if (thrown instanceof KafkaConnectionError) {
    return new KafkaJSConnectionError(thrown, { code: systemCodeOf(thrown) ?? thrown.code, cause });
  }
  if (thrown instanceof KafkaTimeoutError) return new KafkaJSRequestTimeoutError(thrown, { cause });
  if (thrown instanceof TransactionError && thrown.cause instanceof KafkaProtocolError) {
    return protocolError(thrown.cause);
  }
  if (thrown instanceof KafkaClosedError || thrown instanceof KafkaConfigError || thrown instanceof TransactionError) {
    return new KafkaJSNonRetriableError(thrown, { cause });
  }
  if ("code" in thrown && "retriable" in thrown) {
    return new KafkaJSError(thrown, { retriable: thrown.retriable === true, cause });
  }
  return thrown;
}

/** What was tried for as long as `retry` allows, and failed as something that may pass. */
export function afterRetries(thrown: unknown, retryCount: number, retryTime: number): Error {
  const error = asKafkaJSError(thrown);
  // These say of each thing what became of it.
  if (error instanceof KafkaJSDeleteGroupsError || error instanceof KafkaJSDeleteTopicRecordsError) return error;
  if (!(error instanceof KafkaJSError) || !error.retriable) return error;
  return new KafkaJSNumberOfRetriesExceeded(error, { retryCount, retryTime });
}

// `ECONNREFUSED` and its like are what people look for.
function systemCodeOf(error: Error): string | undefined {
  for (let at: unknown = error.cause; at instanceof Error; at = at.cause) {
    if (at instanceof AggregateError) return at.errors[0] instanceof Error ? systemCodeOf(at.errors[0]) : undefined;
    if ("code" in at && typeof at.code === "string" && at.code.startsWith("E")) return at.code;
  }
  return undefined;
}
