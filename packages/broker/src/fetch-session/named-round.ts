import type { PartitionFetch } from "../handlers/partition-fetch.js";
import type { BeginFetch, FetchRound, TopicAnswer } from "./fetch-round.js";
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
    this.#fetches = named.map(begin);
    const parts = named.flatMap((each, index) => {
      const fetch = this.#fetches[index];
      return fetch === undefined ? [] : [{ named: each, fetch }];
    });
    // In Kafka's order, those that are not there come last.
    const isMissing = ({ fetch }: Part) => fetch.log === undefined;
    this.#parts = parts.some(isMissing) ? [...parts.filter((p) => !isMissing(p)), ...parts.filter(isMissing)] : parts;
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
    return this.#parts.map(({ named, fetch }) => {
      const answer = fetch.answer();
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
