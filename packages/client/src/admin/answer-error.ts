import { errorCodeOf, KafkaProtocolError } from "@ottla/protocol";
import { isRetriable } from "../errors/is-retriable.js";

/** An error code of an answer as an error; undefined for none. */
export function answerError(wire: number, context: string, reason?: string | null): KafkaProtocolError | undefined {
  const code = errorCodeOf(wire);
  if (code === "NONE") return undefined;
  return new KafkaProtocolError(code, reason ? `${context}: ${reason}` : context);
}

/** Throws an error code of an answer when trying again may help. */
export function throwRetriable(wire: number, context: string): void {
  const error = answerError(wire, context);
  if (isWorthAnother(error)) throw error;
}

/**
 * Whether an admin tries again. A producer goes on when a topic is unknown, since it may be about to exist; who
 * asks about a topic wants to hear that there is none.
 */
export const isWorthAnother = (error: unknown): boolean =>
  isRetriable(error) && !(error instanceof KafkaProtocolError && error.code === "UNKNOWN_TOPIC_OR_PARTITION");
