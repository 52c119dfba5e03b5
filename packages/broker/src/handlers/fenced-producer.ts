import { KafkaProtocolError } from "@ottla/protocol";
import { recoded } from "../txn/recoded.js";

/** Clients below the version that brought PRODUCER_FENCED are told INVALID_PRODUCER_EPOCH, which meant the same (KIP-588). */
export const fencedBefore = (failure: unknown, knownFrom: number, version: number): unknown =>
  failure instanceof KafkaProtocolError && failure.code === "PRODUCER_FENCED" && version < knownFrom
    ? recoded(failure, "INVALID_PRODUCER_EPOCH")
    : failure;
