import type { Clock } from "@ottla/world";
import { decodeHeaders } from "../outbox/stored-headers.js";
import type { OutboxRow, StalledHead } from "../store/outbox-store.js";

/** A message as any driver gives it: some answer 64-bit integers as text, some as numbers. */
export interface MessageColumns {
  readonly id: string | number;
  readonly message_id: string;
  readonly topic: string;
  readonly partition: number | null;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: string;
  readonly record_timestamp: string | number;
  readonly created_at_ms: number;
}

/** Columns that `message` and `stalled` share, of the table with this alias. */
export const messageColumns = (alias: string) =>
  ["id", "message_id", "topic", "partition", "key", "value", "record_timestamp"]
    .map((column) => `${alias}.${column}`)
    .concat(`${alias}.headers::text as headers`)
    .concat(`(extract(epoch from ${alias}.created_at) * 1000)::float8 as created_at_ms`)
    .join(", ");

export function outboxRow(columns: MessageColumns): OutboxRow {
  return {
    id: Number(columns.id),
    messageId: columns.message_id,
    topic: columns.topic,
    partition: columns.partition,
    key: columns.key,
    value: columns.value,
    headers: decodeHeaders(columns.headers),
    timestamp: Number(columns.record_timestamp),
    createdAt: Math.floor(columns.created_at_ms),
  };
}

/** `stalled`, with the time until the next attempt by the database's clock, so that no other clock matters. */
export interface StalledColumns {
  readonly id: string | number;
  readonly lane: string;
  readonly state: StalledHead["state"];
  readonly attempts: number;
  readonly wait_ms: number;
}

export const stalledColumns = `s.id, encode(s.key_hash, 'hex') as lane, s.state, s.attempts,
  greatest(extract(epoch from (case when s.next_attempt_at = '-infinity' then clock_timestamp() else s.next_attempt_at end) - clock_timestamp()) * 1000, 0)::float8 as wait_ms`;

export function stalledHead({ id, lane, state, attempts, wait_ms }: StalledColumns, clock: Clock): StalledHead {
  return { id: Number(id), lane, state, attempts, nextAttemptAt: Math.ceil(clock.now() + wait_ms) };
}
