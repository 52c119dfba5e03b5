import type { Admin as ClientAdmin, Consumer as ClientConsumer, OffsetToCommit, RawTopic } from "@ottla/client";
import { KafkaProtocolError } from "@ottla/client";
import type { TopicPartition } from "../config/cluster-types.js";
import { asKafkaJSError } from "../errors/as-kafkajs-error.js";
import type { EventEmitter } from "../events/event-emitter.js";
import type { ConsumerEventPayloads } from "./consumer-types.js";
import { byTopic, type OffsetBook } from "./offset-book.js";

/** What commits are made with. */
interface CommitParts {
  readonly admin: ClientAdmin;
  readonly consumer: ClientConsumer<RawTopic>;
  readonly emitter: EventEmitter<ConsumerEventPayloads>;
  readonly timeoutMs: number;
}

/** Commits a group's offsets, one commit after the other, so that none overtakes. */
export class OffsetCommits {
  readonly #parts: CommitParts;
  readonly #book: OffsetBook;
  #last: Promise<void> = Promise.resolve();
  /** Waits for the one under way, and will commit all that is done by then. */
  #next: Promise<void> | undefined;

  constructor(parts: CommitParts, book: OffsetBook) {
    this.#parts = parts;
    this.#book = book;
  }

  /** Commits all that is done; calls made while one waits share it. @throws KafkaJSError */
  commitDone(): Promise<void> {
    this.#next ??= this.#inTurn(() => {
      this.#next = undefined;
      return this.#commit(this.#book.uncommitted());
    });
    return this.#next;
  }

  /** Commits all that is done of these partitions. @throws KafkaJSError */
  commitOf(partitions: readonly TopicPartition[]): Promise<void> {
    return this.#inTurn(() => this.#commit(this.#book.uncommitted(partitions)));
  }

  /** Commits what somebody says. @throws KafkaJSError */
  commit(offsets: readonly OffsetToCommit[]): Promise<void> {
    return this.#inTurn(() => this.#commit(offsets));
  }

  /** Resolves when no commit is under way. */
  settled(): Promise<void> {
    return this.#last;
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => {});
    return turn;
  }

  async #commit(offsets: readonly OffsetToCommit[]): Promise<void> {
    if (offsets.length === 0) return;
    const { admin, consumer, emitter, timeoutMs } = this.#parts;
    const member = consumer.groupMetadata();
    const { groupId, memberId, generation } = member;
    try {
      const outcomes = await admin.offsets.commit(member, offsets, { timeoutMs });
      for (const { error } of outcomes) if (error !== undefined) throw error;
    } catch (error) {
      throw asKafkaJSError(error);
    }
    const done = offsets.map(({ topic, partition, offset }) => ({ topic, partition, offset }));
    for (const offset of done) this.#book.committed(offset);
    emitter.emit("consumer.commit_offsets", {
      groupId,
      memberId,
      groupGenerationId: generation,
      topics: byTopic(done),
    });
  }
}

/** Whether a commit was refused because the group has given, or is about to give, the partitions to others. */
export function isOfThePast(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  if (!(cause instanceof KafkaProtocolError)) return false;
  return (
    cause.code === "ILLEGAL_GENERATION" ||
    cause.code === "UNKNOWN_MEMBER_ID" ||
    cause.code === "REBALANCE_IN_PROGRESS" ||
    cause.code === "FENCED_INSTANCE_ID"
  );
}
