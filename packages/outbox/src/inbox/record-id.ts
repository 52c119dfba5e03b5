import type { RecordHeader } from "@ottla/client";

/** What the inbox needs of a record; a consumer's fits. */
export interface InboxRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  /** All headers as they came. */
  readonly rawHeaders: readonly RecordHeader[];
}

/**
 * By what a record is known again: its `message-id` header, the same however often a relay sent it. A record without one
 * did not come from an outbox; then its place in the log tells redeliveries apart, though not a producer's duplicates.
 */
export function recordId({ topic, partition, offset, rawHeaders }: InboxRecord): string {
  const header = rawHeaders.findLast(
    ({ key, value }) => key === "message-id" && value !== null && value.byteLength > 0,
  );
  if (header?.value == null) return `${topic}/${partition}/${offset}`;
  return Buffer.from(header.value.buffer, header.value.byteOffset, header.value.byteLength).toString("utf8");
}
