import { type FetchRequestInput, type FetchResponse, type ProtocolErrorCode, zeroUuid } from "@ottla/protocol";
import { partitionKey, type TopicPartition } from "../topic-partition.js";

/** What is asked of one partition. */
export interface FetchAsk extends TopicPartition {
  /** The zero uuid where brokers know none. */
  readonly topicId: string;
  readonly currentLeaderEpoch: number;
  readonly fetchOffset: number;
  readonly lastFetchedEpoch: number;
  readonly partitionMaxBytes: number;
}

/** The part of a request that says which partitions, and to which session they belong. */
export type SessionRequest = Pick<FetchRequestInput, "sessionId" | "sessionEpoch" | "topics" | "forgottenTopicsData">;

/** A request outside any session. */
export const sessionless = (asks: Iterable<FetchAsk>): SessionRequest => ({
  sessionId: 0,
  sessionEpoch: -1,
  topics: topicsOf(asks),
});

/**
 * What a broker remembers of this client's fetches (KIP-227), so that a request names only what is new since the one before
 * it: after a full one (epoch 0) come incremental ones (1, 2, …). Whatever goes wrong ends in a full one, and since every
 * position is the client's own, nothing is lost by it. One request at a time.
 */
export class FetchSession {
  #id = 0;
  #epoch = 0;
  #hasIds = false;
  /** What the broker has been told, by partition key. */
  #told: ReadonlyMap<string, FetchAsk> = new Map();

  /** The partitions that the session asks for. @param hasIds - Whether the request's version names topics by their ids. */
  request(asks: readonly FetchAsk[], hasIds: boolean): SessionRequest {
    const before = this.#told;
    // A session cannot change how topics are named (106).
    if (hasIds !== this.#hasIds) this.#epoch = 0;
    this.#hasIds = hasIds;
    this.#told = new Map(asks.map((ask) => [partitionKey(ask), ask]));
    if (this.#epoch === 0) return { sessionId: this.#id, sessionEpoch: 0, topics: topicsOf(asks) };
    // A topic that was made anew under its old name is another one where ids count.
    const isAnother = (ask: FetchAsk, other: FetchAsk | undefined) => hasIds && other?.topicId !== ask.topicId;
    const isNew = (ask: FetchAsk) => {
      const other = before.get(partitionKey(ask));
      return other === undefined || isAnother(ask, other) || !isSame(ask, other);
    };
    const isGone = (ask: FetchAsk) => {
      const other = this.#told.get(partitionKey(ask));
      return other === undefined || isAnother(ask, other);
    };
    return {
      sessionId: this.#id,
      sessionEpoch: this.#epoch,
      topics: topicsOf(asks.filter(isNew)),
      forgottenTopicsData: forgottenOf([...before.values()].filter(isGone)),
    };
  }

  /** Takes over what was answered to the last request without an error. */
  answered(
    { sessionId, responses, throttleTimeMs }: FetchResponse,
    nameOf: (topicId: string) => string | undefined,
  ): void {
    const wasFull = this.#epoch === 0;
    this.#id = sessionId;
    // Zero: the broker has no room for a session, or gave it to others.
    this.#epoch = sessionId === 0 ? 0 : this.#epoch === 2 ** 31 - 1 ? 1 : this.#epoch + 1;
    let answers = 0;
    for (const { topic, topicId, partitions } of responses) {
      const name = topic === "" ? (nameOf(topicId) ?? "") : topic;
      for (const { partitionIndex: partition } of partitions) {
        answers += 1;
        // It answers for what it was not asked: what it remembers is not what we told it.
        if (!this.#told.has(partitionKey({ topic: name, partition }))) this.lost();
      }
    }
    // A throttled request is answered at once and by nothing (KIP-219).
    if (wasFull && answers !== this.#told.size && !(answers === 0 && throttleTimeMs > 0)) this.lost();
  }

  /** The last request was answered with an error for the whole of it. */
  refused(code: ProtocolErrorCode): void {
    this.lost();
    if (code === "FETCH_SESSION_ID_NOT_FOUND") this.#id = 0;
  }

  /** It is not known what became of the last request: the next closes the session and makes another. */
  lost(): void {
    this.#epoch = 0;
  }
}

/** Errors that say that a session is over, and nothing else. */
export const isSessionError = (code: ProtocolErrorCode): boolean =>
  code === "FETCH_SESSION_ID_NOT_FOUND" ||
  code === "INVALID_FETCH_SESSION_EPOCH" ||
  code === "FETCH_SESSION_TOPIC_ID_ERROR";

const isSame = (a: FetchAsk, b: FetchAsk): boolean =>
  a.fetchOffset === b.fetchOffset &&
  a.currentLeaderEpoch === b.currentLeaderEpoch &&
  a.lastFetchedEpoch === b.lastFetchedEpoch &&
  a.partitionMaxBytes === b.partitionMaxBytes;

/** In their order, which is that of their turns: the broker fills an answer from the front. */
function topicsOf(asks: Iterable<FetchAsk>): FetchRequestInput["topics"] {
  type Asked = FetchRequestInput["topics"][number];
  const topics = new Map<string, Asked & { readonly partitions: Asked["partitions"][number][] }>();
  for (const { topic, topicId, ...ask } of asks) {
    let entry = topics.get(topic);
    if (entry === undefined) {
      entry = { topic, topicId, partitions: [] };
      topics.set(topic, entry);
    }
    entry.partitions.push(ask);
  }
  return [...topics.values()];
}

function forgottenOf(asks: readonly FetchAsk[]): NonNullable<FetchRequestInput["forgottenTopicsData"]> {
  const topics = new Map<string, { readonly topic: string; readonly topicId: string; readonly partitions: number[] }>();
  for (const { topic, topicId, partition } of asks) {
    // A topic made anew may be forgotten in parts under both of its ids.
    const key = topicId === zeroUuid ? topic : topicId;
    const entry = topics.get(key);
    if (entry === undefined) topics.set(key, { topic, topicId, partitions: [partition] });
    else entry.partitions.push(partition);
  }
  return [...topics.values()];
}
