import { KafkaProtocolError } from "@ottla/protocol";
import type { PartitionFetch } from "../handlers/partition-fetch.js";
import { type BeginFetch, type FetchRound, missingLast, type TopicAnswer } from "./fetch-round.js";
import type { FetchSession } from "./fetch-session.js";
import { hasRecords, type SessionPartition } from "./session-partition.js";

/** A fetch within a session: it looks at the marked partitions, and answers what is new in them. */
export class SessionRound implements FetchRound {
  readonly #session: FetchSession;
  readonly #epoch: number;
  readonly #begin: BeginFetch;
  readonly #fetches = new Map<SessionPartition, PartitionFetch>();
  #inOrder: readonly (readonly [SessionPartition, PartitionFetch])[] = [];

  constructor(session: FetchSession, begin: BeginFetch) {
    this.#session = session;
    this.#epoch = session.epoch;
    this.#begin = begin;
  }

  partitions(): readonly PartitionFetch[] {
    let isComplete = true;
    for (const partition of this.#session.marked) {
      if (this.#fetches.has(partition)) continue;
      const fetch = this.#begin(partition);
      this.#session.watch(partition, fetch.log);
      this.#fetches.set(partition, fetch);
      isComplete = false;
    }
    if (!isComplete) this.#inOrder = [...this.#fetches].sort(([{ turn: a }], [{ turn: b }]) => a - b);
    return this.#inOrder.map(([, fetch]) => fetch);
  }

  /** Another request went on with the session, or it was closed. */
  get isOver(): boolean {
    return this.#session.isClosed || this.#session.epoch !== this.#epoch;
  }

  watch(listener: () => void): () => void {
    return this.#session.onMark(listener);
  }

  /** @throws {@link KafkaProtocolError} `INVALID_FETCH_SESSION_EPOCH` when another request went on with the session meanwhile. */
  answers(): TopicAnswer[] {
    const session = this.#session;
    if (session.epoch !== this.#epoch) {
      const text = `Fetch session ${session.id} went from epoch ${this.#epoch} to ${session.epoch} while a fetch waited`;
      throw new KafkaProtocolError("INVALID_FETCH_SESSION_EPOCH", text);
    }
    const told = this.#inOrder.map(([partition, fetch]) => ({ partition, fetch, answer: fetch.answer() }));
    const news: typeof told = [];
    for (const each of told) {
      const { partition, fetch, answer } = each;
      if (partition.tell(answer)) news.push(each);
      // Who was served comes last the next time, so that nobody starves behind a partition that fills every answer.
      if (hasRecords(answer)) session.moveToEnd(partition);
      if (fetch.isAtEnd) session.unmark(partition);
    }
    return missingLast(news).map(({ partition, answer }) => ({ topic: partition.topic, answer }));
  }
}
