/** One header of a record. Names may repeat, and order is kept. */
export interface RecordHeader {
  readonly key: string;
  readonly value: Uint8Array | null;
}

/** A record whose key and value are already bytes: what an outbox stores and a relay sends. */
export interface RawRecord {
  readonly topic: string;
  /** The partition to write to; when absent or null the key decides, as in Kafka's Java client. */
  readonly partition?: number | null;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly RecordHeader[];
  /** Milliseconds since the epoch; the time of sending when absent. */
  readonly timestamp?: number;
}
