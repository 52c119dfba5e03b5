import type { RawRecord } from "@ottla/client";

/** Where a record went. */
export interface PublishedRecord {
  readonly partition: number;
  readonly offset: bigint;
  readonly timestamp?: number;
}

/**
 * What a relay needs of a producer; a `@ottla/client` producer fits. It must be idempotent, wait for all replicas and
 * choose the partition of a key as Kafka's Java client does.
 *
 * A rejection with `retriable: false` says that the same call would fail again; anything else is tried again.
 */
export interface RecordPublisher {
  /**
   * Sends stored bytes and resolves once they are acknowledged. Called many times without waiting; records of one
   * partition keep the order of the calls. After `signal` aborts, a record that has not left must not be sent any more.
   */
  sendRaw(record: RawRecord, options?: { readonly signal?: AbortSignal }): Promise<PublishedRecord>;
  /**
   * True when the failure of a record also fails every record that was sent to the same partition after it and before
   * the failure was known, but for those that were acknowledged by then: what failed is in the log before them. Then a
   * relay keeps many records of one key in flight; otherwise one, so that no follower can appear before a record that failed.
   */
  readonly failsInOrder?: boolean;
  /** False says that retries may lose, repeat or reorder records: then `createRelay` refuses. */
  readonly isIdempotent?: boolean;
}
