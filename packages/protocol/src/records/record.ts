/** A header of a record. Keys may repeat; their order is kept. */
export interface RecordHeader {
  readonly key: string;
  readonly value: Buffer | null;
}

/** A record as read from a batch. Byte strings are slices of the batch, or of what it unpacked to. */
export interface KafkaRecord {
  readonly offset: number;
  /** Milliseconds since 1970, -1 for none; the batch's log append time where that is its timestamp type. */
  readonly timestamp: number;
  readonly key: Buffer | null;
  /** Null is a tombstone. */
  readonly value: Buffer | null;
  readonly headers: readonly RecordHeader[];
}

/** A record to be written. */
export interface RecordInput {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers?: readonly { readonly key: string; readonly value: Uint8Array | null }[] | undefined;
  /** Milliseconds since 1970, or -1 for none. */
  readonly timestamp: number;
}
