/** What its caller knows of an operation: done, surely not done, or an answer that never came. */
export type Outcome = "ok" | "failed" | "unknown";

/** A record that somebody sent. One producer's writes stand in the history in the order in which it sent them. */
export interface Write {
  readonly kind: "write";
  readonly producer: string;
  readonly partition: string;
  /** Unique in a history. */
  readonly value: string;
  /** Whether its producer is idempotent, so that a second copy is an error. */
  readonly isIdempotent: boolean;
  /** The transaction that it belongs to. */
  readonly transaction?: string;
  /** The record that it was made from, as `partition@offset`, where each is to be made into one. */
  readonly source?: string;
  outcome: Outcome;
  /** Where it stands, as the acknowledgement said. */
  offset?: number;
}

export interface Transaction {
  readonly kind: "transaction";
  readonly transaction: string;
  outcome: "committed" | "aborted" | "unknown";
}

export type Isolation = "committed" | "uncommitted";

/** A record that was given to a reader. */
export interface Read {
  readonly kind: "read";
  /** A reader that goes forward; one that begins again has another name. */
  readonly reader: string;
  readonly isolation: Isolation;
  readonly partition: string;
  readonly offset: number;
  readonly value: string;
  /** The transaction whose writes follow from it. */
  readonly transaction?: string;
}

/** A partition was read from end to end by this reader, after everything: what is not there now is nowhere. */
export interface WholeRead {
  readonly kind: "whole";
  readonly reader: string;
  readonly isolation: Isolation;
  readonly partition: string;
  readonly from: number;
  readonly to: number;
}

/** How far a group came that makes each record of a partition into one of another, as it was told after everything. */
export interface Progress {
  readonly kind: "progress";
  readonly partition: string;
  readonly offset: number;
}

/** What clients did and were told, in the order in which they began it. */
export type History = readonly (Write | Transaction | Read | WholeRead | Progress)[];
