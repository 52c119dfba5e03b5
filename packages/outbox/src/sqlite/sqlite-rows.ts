import { decodeHeaders } from "../outbox/stored-headers.js";
import type { OutboxRow, StalledHead } from "../store/outbox-store.js";

/** `outbox_message` as the driver gives it. */
export interface MessageColumns {
  readonly id: number;
  readonly message_id: string;
  readonly topic: string;
  readonly partition: number | null;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: string;
  readonly timestamp: number;
  readonly created_at: number;
}

export const messageColumns =
  "m.id, m.message_id, m.topic, m.partition, m.key, m.value, m.headers, m.timestamp, m.created_at";

export function outboxRow(columns: MessageColumns): OutboxRow {
  return {
    id: columns.id,
    messageId: columns.message_id,
    topic: columns.topic,
    partition: columns.partition,
    key: columns.key,
    value: columns.value,
    headers: decodeHeaders(columns.headers),
    timestamp: columns.timestamp,
    createdAt: columns.created_at,
  };
}

/** `outbox_stalled`, the lane in hex. */
export interface StalledColumns {
  readonly id: number;
  readonly lane: string;
  readonly state: StalledHead["state"];
  readonly attempts: number;
  readonly next_attempt_at: number;
}

export const stalledColumns = "s.id, lower(hex(s.key_hash)) as lane, s.state, s.attempts, s.next_attempt_at";

export function stalledHead(columns: StalledColumns): StalledHead {
  const { id, lane, state, attempts } = columns;
  return { id, lane, state, attempts, nextAttemptAt: columns.next_attempt_at };
}
