import type { History, Isolation, Read, Transaction, WholeRead, Write } from "../history/history.js";

/** Writes a history down while it happens. */
export class Recorder {
  readonly #history: History[number][] = [];

  get history(): History {
    return this.#history;
  }

  count(isCounted: (operation: History[number]) => boolean): number {
    return this.#history.filter(isCounted).length;
  }

  /** A record is about to be sent. */
  writing(write: Omit<Write, "kind" | "outcome" | "isIdempotent">): Write {
    return this.#add({ kind: "write", isIdempotent: true, outcome: "unknown", ...write });
  }

  beginning(transaction: string): Transaction {
    return this.#add({ kind: "transaction", transaction, outcome: "unknown" });
  }

  read(read: Omit<Read, "kind">): void {
    this.#add({ kind: "read", ...read });
  }

  whole(read: Omit<WholeRead, "kind">): void {
    this.#add({ kind: "whole", ...read });
  }

  progress(partition: string, offset: number): void {
    this.#add({ kind: "progress", partition, offset });
  }

  #add<T extends History[number]>(operation: T): T {
    this.#history.push(operation);
    return operation;
  }
}

/** The protocol's number of an isolation level. */
export const isolationLevel = (isolation: Isolation): number => (isolation === "committed" ? 1 : 0);

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

export const nameOf = ({ topic, partition }: TopicPartition): string => `${topic}-${partition}`;
