import { apis, encodeBatch, errorCodeOf } from "@ottla/protocol";
import type { Transaction, Write } from "../history/history.js";
import type { GroupMember } from "./group-member.js";
import { nameOf, type Recorder, type TopicPartition } from "./recorder.js";
import { type Answer, isRetriable, StubbornClient, UnansweredError } from "./stubborn-client.js";
import type { Surroundings } from "./surroundings.js";

interface Identity {
  readonly producerId: number;
  readonly producerEpoch: number;
}

/** The producer cannot go on as it is: it has to begin anew. */
export class ProducerFailedError extends Error {
  override readonly name = "ProducerFailedError";
}

/** How a producer speaks: as a client of before KIP-890, or as one of after. Versions of Produce, TxnOffsetCommit, EndTxn. */
const dialects = {
  old: { produce: 9, txnOffsetCommit: 3, endTxn: 3 },
  kip890: { produce: 12, txnOffsetCommit: 5, endTxn: 5 },
} as const;

export type Dialect = keyof typeof dialects;

export interface ProducerOptions {
  readonly name: string;
  readonly transactionalId?: string;
  readonly dialect: Dialect;
}

/** Tries that a producer makes before it gives a record or an end up. */
const attempts = 60;

/**
 * An idempotent or transactional producer that speaks the bare protocol and sends a batch again until it knows what became of it,
 * as clients do: the same sequence, on another connection.
 */
export class Producer {
  readonly #options: ProducerOptions;
  readonly #where: Surroundings;
  readonly #recorder: Recorder;
  readonly #client: StubbornClient;
  readonly #sequences = new Map<string, number>();
  readonly #added = new Set<string>();
  #identity: Identity | undefined;
  #transaction: Transaction | undefined;
  #count = 0;
  #lives = 0;

  constructor(options: ProducerOptions, where: Surroundings, recorder: Recorder) {
    this.#options = options;
    this.#where = where;
    this.#recorder = recorder;
    this.#client = new StubbornClient(options.name, where);
  }

  /** Gets an id or a new epoch where there is none; what was open ends with that. */
  async init(): Promise<void> {
    if (this.#identity !== undefined) return;
    const { transactionalId = null } = this.#options;
    for (;;) {
      try {
        const answer = await this.#client.ask(apis.InitProducerId, 4, {
          transactionalId,
          transactionTimeoutMs: this.#where.transactionTimeoutMs,
        });
        if (answer.errorCode === 0) {
          this.#identity = answer;
          this.#lives += 1;
          this.#sequences.clear();
          return;
        }
      } catch (error) {
        if (!(error instanceof UnansweredError)) throw error;
      }
      await this.#rest();
    }
  }

  /** @returns Its name. */
  begin(): string {
    this.#count += 1;
    this.#transaction = this.#recorder.beginning(`${this.#options.name}/${this.#count}`);
    this.#added.clear();
    return this.#transaction.transaction;
  }

  /**
   * Sends one record, until it is known to be there.
   *
   * @throws ProducerFailedError
   */
  async write(to: TopicPartition, value: string, source?: string): Promise<void> {
    await this.init();
    if (this.#transaction !== undefined) await this.#addPartition(to);
    const partition = nameOf(to);
    const baseSequence = this.#sequences.get(partition) ?? 0;
    this.#sequences.set(partition, baseSequence + 1);
    const write = this.#recorder.writing({
      producer: `${this.#options.name}#${this.#lives}`,
      partition,
      value,
      ...(source === undefined ? {} : { source }),
      ...(this.#transaction === undefined ? {} : { transaction: this.#transaction.transaction }),
    });
    const isTransactional = this.#transaction !== undefined;
    const header = { ...this.#identity, baseSequence, isTransactional };
    const records = encodeBatch([{ key: null, value: Buffer.from(value), timestamp: this.#where.wallMs() }], header);
    await this.#untilKnown(
      `write ${value}`,
      () => this.#produce(to, records, write),
      (code) => {
        if (code !== "NONE" && code !== "DUPLICATE_SEQUENCE_NUMBER") return false;
        write.outcome = "ok";
        return true;
      },
    );
  }

  /** Makes offsets of a group part of the transaction. @throws ProducerFailedError */
  async sendOffsets(member: GroupMember, from: TopicPartition, offset: number): Promise<void> {
    const { transactionalId = "", dialect } = this.#options;
    const { producerId = -1, producerEpoch = -1 } = this.#identity ?? {};
    const { groupId, generationId, memberId } = member;
    const identity = { transactionalId, producerId, producerEpoch, groupId };
    if (dialect === "old")
      await this.#untilKnown("add offsets", () =>
        this.#client.code(apis.AddOffsetsToTxn, 3, identity, ({ errorCode }) => errorCode),
      );
    const partitions = [{ partitionIndex: from.partition, committedOffset: offset, committedMetadata: null }];
    const body = {
      ...identity,
      generationIdOrMemberEpoch: generationId,
      memberId,
      topics: [{ name: from.topic, partitions }],
    };
    await this.#untilKnown("commit offsets", () =>
      this.#client.code(
        apis.TxnOffsetCommit,
        dialects[dialect].txnOffsetCommit,
        body,
        ({ topics }) => topics[0]?.partitions[0]?.errorCode,
      ),
    );
  }

  /** Ends the transaction. @throws ProducerFailedError when its end is not known, or is another one. */
  async end(committed: boolean): Promise<void> {
    const transaction = this.#transaction;
    if (transaction === undefined) return;
    const { transactionalId = "", dialect } = this.#options;
    const { producerId = -1, producerEpoch = -1 } = this.#identity ?? {};
    const body = { transactionalId, producerId, producerEpoch, committed };
    let isUnsure = false;
    try {
      await this.#untilKnown(`end ${transaction.transaction}`, async () => {
        try {
          const answer = await this.#client.ask(apis.EndTxn, dialects[dialect].endTxn, body);
          const code = errorCodeOf(answer.errorCode);
          // From KIP-890 on each transaction has an epoch of its own.
          if (code === "NONE" && dialect === "kip890") {
            this.#identity = answer;
            this.#sequences.clear();
            this.#lives += 1;
          }
          // These say that nothing was begun; a broker that could not write may have written nevertheless.
          const isSure =
            code === "CONCURRENT_TRANSACTIONS" || code.startsWith("COORDINATOR") || code === "NOT_COORDINATOR";
          if (isRetriable(code) && !isSure) isUnsure = true;
          return code;
        } catch (error) {
          if (!(error instanceof UnansweredError)) throw error;
          isUnsure = true;
          return "UNANSWERED";
        }
      });
      transaction.outcome = committed ? "committed" : "aborted";
      this.#transaction = undefined;
    } catch (error) {
      if (committed && isUnsure) this.#transaction = undefined;
      throw error;
    }
  }

  /** After a failure: the transaction was not committed, unless that was asked for; and the producer begins anew. */
  giveUp(): void {
    if (this.#transaction !== undefined) this.#transaction.outcome = "aborted";
    this.#transaction = undefined;
    this.#identity = undefined;
  }

  close(): void {
    this.#client.close();
  }

  async #addPartition({ topic, partition }: TopicPartition): Promise<void> {
    const name = nameOf({ topic, partition });
    if (this.#options.dialect === "kip890" || this.#added.has(name)) return;
    const body = {
      v3AndBelowTransactionalId: this.#options.transactionalId ?? "",
      v3AndBelowProducerId: this.#identity?.producerId ?? -1,
      v3AndBelowProducerEpoch: this.#identity?.producerEpoch ?? -1,
      v3AndBelowTopics: [{ name: topic, partitions: [partition] }],
    };
    await this.#untilKnown(`add ${name}`, () =>
      this.#client.code(
        apis.AddPartitionsToTxn,
        3,
        body,
        (answer) => answer.resultsByTopicV3AndBelow[0]?.resultsByPartition[0]?.partitionErrorCode,
      ),
    );
    this.#added.add(name);
  }

  async #produce({ topic, partition }: TopicPartition, records: Buffer, write: Write): Promise<Answer> {
    const { transactionalId = null, dialect } = this.#options;
    const body = {
      transactionalId,
      acks: -1,
      timeoutMs: this.#where.patienceMs,
      topicData: [{ name: topic, partitionData: [{ index: partition, records }] }],
    };
    return this.#client.code(apis.Produce, dialects[dialect].produce, body, ({ responses }) => {
      const answer = responses[0]?.partitionResponses[0];
      if (answer?.errorCode === 0 && answer.baseOffset >= 0) write.offset = answer.baseOffset;
      return answer?.errorCode;
    });
  }

  async #untilKnown(
    what: string,
    attempt: () => Promise<Answer>,
    isDone: (code: Answer) => boolean = (code) => code === "NONE",
  ): Promise<void> {
    let code: Answer = "UNANSWERED";
    for (let count = 0; count < attempts; count += 1) {
      code = await attempt();
      if (isDone(code)) return;
      if (!isRetriable(code)) break;
      if (code !== "UNANSWERED") await this.#rest();
    }
    throw new ProducerFailedError(`${this.#options.name}: ${what} says ${code}`);
  }

  #rest(): Promise<void> {
    return this.#where.sleep(5 + this.#where.random.next() * 40);
  }
}
