import { KafkaProtocolError } from "@ottla/protocol";

const readUncommitted = 0;
export const readCommitted = 1;

/** @throws KafkaProtocolError `UNKNOWN_SERVER_ERROR`, as Kafka says of a level that there is not. */
export function checkIsolationLevel(level: number): void {
  if (level === readUncommitted || level === readCommitted) return;
  throw new KafkaProtocolError("UNKNOWN_SERVER_ERROR", `There is no isolation level ${level}`);
}
