import { type ProtocolErrorCode, protocolErrors } from "@ottla/protocol";

/** What a partition's error code in a Produce answer asks for. */
export type ProduceVerdict =
  | "delivered"
  /** Send it again; the leader may be elsewhere. */
  | "retry"
  /** Too large as it is. */
  | "split"
  /** Others are missing before it. */
  | "outOfOrder"
  /** Our producer id is in use under a newer epoch. */
  | "fenced"
  | "fail";

export function verdictOf(code: ProtocolErrorCode): ProduceVerdict {
  switch (code) {
    case "NONE":
    // The broker has it, but no longer knows at which offset.
    case "DUPLICATE_SEQUENCE_NUMBER":
      return "delivered";
    case "MESSAGE_TOO_LARGE":
    case "RECORD_LIST_TOO_LARGE":
      return "split";
    // Brokers before 2.4 answer the second when retention removed all they knew of a producer.
    case "OUT_OF_ORDER_SEQUENCE_NUMBER":
    case "UNKNOWN_PRODUCER_ID":
      return "outOfOrder";
    case "INVALID_PRODUCER_EPOCH":
    case "INVALID_PRODUCER_ID_MAPPING":
    case "PRODUCER_FENCED":
      return "fenced";
    default:
      return protocolErrors[code].retriable ? "retry" : "fail";
  }
}

const mayBeAppended: ReadonlySet<ProtocolErrorCode> = new Set<ProtocolErrorCode>([
  "REQUEST_TIMED_OUT",
  "NOT_ENOUGH_REPLICAS_AFTER_APPEND",
  "NETWORK_EXCEPTION",
  "KAFKA_STORAGE_ERROR",
  "UNKNOWN_SERVER_ERROR",
]);

/** Whether a batch answered with `code` may be in the log all the same. */
export const isUncertain = (code: ProtocolErrorCode): boolean => mayBeAppended.has(code);
