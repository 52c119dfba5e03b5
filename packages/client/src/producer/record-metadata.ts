/** Where an acknowledged record is. */
export interface RecordMetadata {
  readonly topic: string;
  readonly partition: number;
  /** -1 when the broker does not say: with `acks: 0`, and for a duplicate it no longer remembers in full. */
  readonly offset: bigint;
  /** Milliseconds since the epoch: the record's own, or the broker's where the topic says `LogAppendTime`. */
  readonly timestamp: number;
}

/** What became of one record of a batch call. */
export type SendOutcome =
  | { readonly status: "delivered"; readonly metadata: RecordMetadata }
  | { readonly status: "failed"; readonly error: Error };
