import { OutboxError } from "../errors.js";
import type { OutboxRow } from "../store/outbox-store.js";
import { sizeOf } from "./window.js";

/**
 * What the failure of a send says.
 *
 * - `record`: this record will never be accepted as it is.
 * - `fatal`: the publisher says that trying again is useless, but not that the record is to blame: it may have been
 *   closed, or lost its permission. Only when others are accepted meanwhile is it the record.
 * - `retriable`: everything else, unknown errors among them: giving up on a record is the worse mistake.
 */
export type PublishFailure = "record" | "fatal" | "retriable";

const recordCodes: ReadonlySet<unknown> = new Set([
  "RECORD_TOO_LARGE",
  "MESSAGE_TOO_LARGE",
  "RECORD_LIST_TOO_LARGE",
  "INVALID_RECORD",
  "INVALID_TIMESTAMP",
  "INVALID_TOPIC_EXCEPTION",
  "INVALID_PARTITIONS",
  "UNKNOWN_TOPIC_OR_PARTITION",
  "UNKNOWN_TOPIC_ID",
  "TOPIC_AUTHORIZATION_FAILED",
  "UNSUPPORTED_FOR_MESSAGE_FORMAT",
  "CRASHED_WHILE_SENDING",
]);

export function publishFailure(error: unknown): PublishFailure {
  if (typeof error !== "object" || error === null || !("retriable" in error) || error.retriable !== false)
    return "retriable";
  return "code" in error && recordCodes.has(error.code) ? "record" : "fatal";
}

/** The text of whatever was thrown, for `last_error`. */
export function failureText(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

/** Asked before a record enters a batch, where it would fail its neighbours. */
export function tooLarge(row: OutboxRow, maxRecordBytes: number): OutboxError | undefined {
  const size = sizeOf(row);
  if (size <= maxRecordBytes) return undefined;
  return new OutboxError("RECORD_TOO_LARGE", `topic ${row.topic}: ${size} bytes, maxRecordBytes is ${maxRecordBytes}`);
}
