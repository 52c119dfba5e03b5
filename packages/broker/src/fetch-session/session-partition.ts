import type { PartitionAnswer, PartitionRequest } from "../handlers/partition-fetch.js";
import type { PartitionLog } from "../log/partition-log.js";

const unknown = -1;

/** A partition that a client named once in its session: what it asked for last, and what it was told last. */
export class SessionPartition {
  /** Of the topic, as the session's requests name it: by id or by name. */
  readonly topic: string;
  request: PartitionRequest;
  /** Place in the order of answering: lower ones come first. */
  turn: number;
  #highWatermark = unknown;
  #logStartOffset = unknown;
  #log: PartitionLog | undefined;
  #unsubscribe: () => void = () => {};

  constructor(topic: string, request: PartitionRequest, turn: number) {
    this.topic = topic;
    this.request = request;
    this.turn = turn;
  }

  /** Has `onAdvance` called whenever the log moves. A topic that was made anew has another log. */
  watch(log: PartitionLog | undefined, onAdvance: () => void): void {
    if (log === this.#log) return;
    this.#unsubscribe();
    this.#log = log;
    this.#unsubscribe = log?.onAdvance(onAdvance) ?? (() => {});
  }

  unwatch(): void {
    this.#unsubscribe();
    this.#log = undefined;
    this.#unsubscribe = () => {};
  }

  /** Remembers an answer; whether it says anything that the client does not know yet. */
  tell(answer: PartitionAnswer): boolean {
    const { errorCode = 0, highWatermark = unknown, logStartOffset = unknown } = answer;
    const isNews =
      errorCode !== 0 ||
      hasRecords(answer) ||
      answer.divergingEpoch !== undefined ||
      highWatermark !== this.#highWatermark ||
      logStartOffset !== this.#logStartOffset;
    // After an error all is said again.
    this.#highWatermark = errorCode === 0 ? highWatermark : unknown;
    this.#logStartOffset = logStartOffset;
    return isNews;
  }
}

export const hasRecords = ({ records }: PartitionAnswer): boolean => (records?.length ?? 0) > 0;
