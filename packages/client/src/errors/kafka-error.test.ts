import { KafkaProtocolError, type ProtocolErrorCode } from "@ottla/protocol";
import { describe, expect, expectTypeOf, it } from "vitest";
import { HandlerError } from "../consumer/consumer-errors.js";
import { KafkaConfigError } from "./kafka-config-error.js";
import { isKafkaError, type KafkaError, kafkaNameOf } from "./kafka-error.js";
import { TransactionError } from "./transaction-error.js";

/** Compiles as long as the union is closed, and every member of it is here. */
function subject(error: KafkaError): "cluster" | "record" | "caller" | "group" | "transaction" {
  switch (error.name) {
    case "KafkaProtocolError":
      expectTypeOf(error.code).toEqualTypeOf<ProtocolErrorCode>();
      return "cluster";
    case "KafkaConnectionError":
    case "KafkaTimeoutError":
    case "KafkaAuthenticationError":
    case "CorruptBatchError":
    case "MalformedMessageError":
      return "cluster";
    case "DeserializationError":
      expectTypeOf(error.offset).toEqualTypeOf<bigint>();
      return "record";
    case "RecordTooLargeError":
    case "SerializationError":
    case "UnknownTypeError":
    case "ValidationError":
    case "PredecessorFailedError":
    case "CorruptRecordsError":
    case "HandlerError":
    case "FailedRecordError":
      return "record";
    case "KafkaConfigError":
    case "KafkaClosedError":
    case "ContractError":
    case "NotAssignedError":
      return "caller";
    case "GroupMembershipError":
    case "MaxPollIntervalError":
    case "NoOffsetError":
    case "LogTruncatedError":
      return "group";
    case "TransactionError":
      expectTypeOf(error.outcome).toEqualTypeOf<"aborted" | "unknown">();
      return "transaction";
  }
}

function advice({ retriable, abortable, fatal }: KafkaError): "again" | "anotherTransaction" | "close" | "look" {
  if (retriable) return "again";
  if (abortable) return "anotherTransaction";
  return fatal ? "close" : "look";
}

describe("errors", () => {
  it("are a closed union that says what to do", () => {
    expectTypeOf<KafkaError["retriable"]>().toEqualTypeOf<boolean>();
    expectTypeOf<KafkaError["fatal"]>().toEqualTypeOf<boolean>();
    expectTypeOf<KafkaError["abortable"]>().toEqualTypeOf<boolean>();
    expect(subject(new KafkaConfigError("wrong"))).toBe("caller");
    expect(advice(new KafkaConfigError("wrong"))).toBe("look");
    expect(advice(new KafkaProtocolError("NOT_LEADER_OR_FOLLOWER", "a"))).toBe("again");
    expect(advice(new KafkaProtocolError("PRODUCER_FENCED", "a"))).toBe("close");
  });

  it("are told from what others throw", () => {
    expect(isKafkaError(new KafkaConfigError("wrong"))).toBe(true);
    expect(isKafkaError(new Error("wrong"))).toBe(false);
    expect(isKafkaError("wrong")).toBe(false);
  });

  it("keep the name that Kafka gives them", () => {
    const refused = new KafkaProtocolError("TRANSACTION_ABORTABLE", "a");
    const aborted = new TransactionError("TRANSACTION_ABORTED", "a", { cause: refused });
    expect([refused.abortable, aborted.abortable, aborted.fatal]).toEqual([true, true, false]);
    expect(kafkaNameOf(new HandlerError({ topic: "t", partition: 0, offset: 1n }, 1, aborted))).toBe(
      "TRANSACTION_ABORTABLE",
    );
    expect(kafkaNameOf(new KafkaConfigError("wrong"))).toBeUndefined();
  });
});
