import type { PartitionFetch } from "../handlers/partition-fetch.js";
import { type BeginFetch, type FetchRound, missingLast, type TopicAnswer } from "./fetch-round.js";
import type { FetchSession } from "./fetch-session.js";
import type { NamedPartition } from "./named-partition.js";

interface Part {
  readonly named: NamedPartition;
  readonly fetch: PartitionFetch;
}

/** A fetch of the partitions that it names. */
export class NamedRound implements FetchRound {
  readonly #parts: readonly Part[];
  readonly #fetches: readonly PartitionFetch[];

  constructor(named: readonly NamedPartition[], begin: BeginFetch) {
    this.#parts = named.map((each) => ({ named: each, fetch: begin(each) }));
    this.#fetches = this.#parts.map(({ fetch }) => fetch);
  }

  partitions(): readonly PartitionFetch[] {
    return this.#fetches;
  }

  get isOver(): boolean {
    return this.#fetches.length === 0;
  }

  watch(listener: () => void): () => void {
    const ends = this.#fetches.flatMap(({ log }) => (log === undefined ? [] : [log.onAdvance(listener)]));
    return () => {
      for (const end of ends) end();
    };
  }

  /** All of them; a session that was begun with this fetch remembers them. */
  answers(session?: FetchSession): TopicAnswer[] {
    const parts = this.#parts.map(({ named, fetch }) => ({ named, fetch, answer: fetch.answer() }));
    return missingLast(parts).map(({ named, fetch, answer }) => {
      if (session !== undefined) {
        const partition = session.put(named);
        partition.tell(answer);
        session.watch(partition, fetch.log);
        if (fetch.isAtEnd) session.unmark(partition);
      }
      return { topic: named.topic, answer };
    });
  }
}
