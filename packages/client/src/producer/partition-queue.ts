import type { RecordInput } from "@ottla/protocol";
import type { Clock } from "@ottla/world";
import { nextSequence, ProducerBatch, type ProducerIdentity } from "./producer-batch.js";
import type { ProducerSettings } from "./producer-options.js";
import type { RecordSink } from "./record-sink.js";

const lastEpoch = 32_767;
const never = Number.POSITIVE_INFINITY;
// By how much a batch may outgrow its size while it could not leave anyway.
const mostGrowth = 16;

/**
 * The batches of one partition in the order they were begun, and what the broker must be told so that it appends each once
 * and in that order. No I/O: the sender asks what may go, takes it, and says what came of it.
 *
 * Sequences: a batch gets one when it is first sent and keeps it for its retries. One that was given up after it had one
 * leaves it unknown whether the broker has it, so that what follows would be refused as out of order, or, numbered anew,
 * might repeat what is there. Then nothing new is numbered until those already numbered have their answers, and the
 * partition starts over at sequence 0 under the next epoch, which also fences whatever is still under way (KIP-360).
 */
export class PartitionQueue {
  readonly topic: string;
  readonly partition: number;
  /** Monotonic time before which nothing is sent, after a failure. */
  retryNotBefore = 0;
  /** Failed attempts in a row. */
  failures = 0;
  readonly #settings: ProducerSettings;
  readonly #waiting: ProducerBatch[] = [];
  readonly #inFlight: ProducerBatch[] = [];
  #inFlightNode = -1;
  #nextOrdinal = 0;
  #identity: ProducerIdentity | undefined;
  #nextSequence = 0;
  /** The broker acknowledged something under the current identity. */
  #isKnown = false;
  #mustStartOver = false;
  #unresolvedUpTo = -1;
  /** The largest batch that the broker may take, for all we know. */
  #grownBytes: number;

  constructor(topic: string, partition: number, settings: ProducerSettings) {
    this.topic = topic;
    this.partition = partition;
    this.#settings = settings;
    this.#grownBytes = Math.max(
      settings.batchBytes,
      Math.min(settings.batchBytes * mostGrowth, settings.maxRequestBytes),
    );
  }

  /** Batches that have not left. */
  get waitingBatches(): number {
    return this.#waiting.length;
  }

  /** Nothing waits to be sent. */
  get isIdle(): boolean {
    return this.#waiting.length === 0;
  }

  /** Bytes of the batch that {@link PartitionQueue.take} would give. */
  get nextSizeInBytes(): number {
    return this.#waiting[0]?.sizeInBytes ?? 0;
  }

  /** The earliest deadline of a batch that is not settled; infinity without one. */
  get nextDeadline(): number {
    return this.unsettled.reduce((earliest, { deadline }) => Math.min(earliest, deadline), never);
  }

  /** Every batch that is not settled, oldest first. */
  get unsettled(): readonly ProducerBatch[] {
    return [...this.#inFlight, ...this.#waiting].filter(({ isSettled }) => !isSettled);
  }

  /** Adds a record to the newest batch, or to a new one when it would not fit. @throws as {@link ProducerBatch.add} */
  append(record: RecordInput, reserved: number, sink: RecordSink, clock: Clock): ProducerBatch {
    const last = this.#waiting[this.#waiting.length - 1];
    if (last !== undefined && !last.isClosed) {
      if (last.sizeInBytes + reserved <= this.#room) {
        last.add(record, reserved, sink);
        return last;
      }
      last.isClosed = true;
    }
    const now = clock.monotonic();
    const { topic, partition } = this;
    const { compression, compressionLevel: level, batchBytes, deliveryTimeoutMs, transactionalId } = this.#settings;
    const batch = new ProducerBatch(
      { topic, partition, ordinal: this.#nextOrdinal },
      { createdAt: now, deadline: now + deliveryTimeoutMs },
      // A batch that follows a full one will likely be full as well.
      {
        compression,
        level,
        isTransactional: transactionalId !== null,
        initialBytes: last === undefined ? 1024 : Math.max(batchBytes, 1024),
      },
    );
    batch.add(record, reserved, sink);
    this.#nextOrdinal += 1;
    this.#waiting.push(batch);
    return batch;
  }

  // Five requests under way carry five batches of a partition, however fast records come: with small ones a disk that syncs
  // each would be waited for most of the time. What has to wait for answers anyway fills a larger one.
  get #room(): number {
    const ahead = this.#inFlight.length + this.#waiting.length - 1;
    const { batchBytes, maxInFlight } = this.#settings;
    return ahead >= maxInFlight ? this.#grownBytes : batchBytes;
  }

  /**
   * When the oldest waiting batch may leave for `node`: a monotonic time, past or future, or infinity while an answer has to
   * come first. A batch that still takes records waits `lingerMs` for more.
   */
  sendableAt(node: number, lingerMs: number): number {
    const front = this.#waiting[0];
    if (front === undefined) return never;
    if (this.#inFlight.length > 0) {
      // A retry goes alone, since what follows it could be refused again, and since the broker knows a repeated batch only among the
      // last five: (1) a connection breaks after the broker took the batch, (2) five more go by others, (3) the retry is told that it
      // is out of order, and would be appended a second time under the next epoch. And after the leader moved, what the old one
      // has yet to answer must be known before the new one is sent what follows.
      const isRetrying = front.attempts > 0 || this.#inFlight.some(({ attempts }) => attempts > 1);
      if (isRetrying || this.#inFlightNode !== node) return never;
      if (this.#mustStartOver || this.#isUnresolved) return never;
      // A broker takes any sequence from a producer it does not know: (1) the first batch goes astray, (2) the second
      // is appended as if it were the first, (3) the retry of the first is out of order, and the order is lost.
      if (this.#identity !== undefined && !this.#isKnown) return never;
    }
    // Another leader than the one that failed is tried at once.
    const notBefore = this.#inFlightNode === node ? this.retryNotBefore : 0;
    const isFull = front.isClosed || front.sizeInBytes > this.#settings.batchBytes;
    return isFull ? notBefore : Math.max(notBefore, front.createdAt + lingerMs);
  }

  /** Whether the next batch needs a producer id other than `identity`, because its epochs are used up. */
  needsOtherId(identity: ProducerIdentity): boolean {
    return this.#startsOver && this.#identity?.producerId === identity.producerId && !this.#hasNextEpoch;
  }

  /** Takes the oldest waiting batch, unless all its records were withdrawn, to send it to `node`; under `identity` where the partition has none yet or starts over. */
  take(node: number, identity: ProducerIdentity | undefined): ProducerBatch | undefined {
    const batch = this.#waiting.shift();
    if (batch === undefined) return undefined;
    batch.isClosed = true;
    if (batch.attempts === 0 && !batch.dropWithdrawn()) return undefined;
    batch.attempts += 1;
    if (identity !== undefined) this.#number(batch, identity);
    this.#inFlight.push(batch);
    this.#inFlightNode = node;
    return batch;
  }

  /** The broker has it. */
  delivered(batch: ProducerBatch): void {
    this.#landed(batch);
    this.failures = 0;
    this.#isKnown ||= batch.sequence?.producerEpoch === this.#identity?.producerEpoch;
    // What came before it is in the log as well, or this one would have been refused.
    if (batch.ordinal >= this.#unresolvedUpTo) this.#unresolvedUpTo = -1;
  }

  /** The broker does not have it, or may not: it is sent again, in its place. */
  retry(batch: ProducerBatch): void {
    this.#landed(batch);
    if (batch.isSettled) return;
    this.#requeue(batch);
  }

  /** The two halves of a batch that was too large take its place, and none grows to its size any more. */
  replace(batch: ProducerBatch, halves: readonly ProducerBatch[]): void {
    this.#landed(batch);
    this.#grownBytes = Math.max(this.#settings.batchBytes, this.#grownBytes >> 1);
    for (const half of halves.toReversed()) this.#requeue(half);
  }

  /**
   * The broker refused a batch because others are missing before it. When none of ours is, records that it acknowledged
   * are gone, or one was given up: only starting over helps.
   */
  outOfOrder(batch: ProducerBatch): void {
    const isNext = this.isNext(batch);
    this.retry(batch);
    if (isNext) this.#mustStartOver = true;
  }

  /** Whether none that began before `batch` is under way or waits. */
  isNext({ ordinal }: ProducerBatch): boolean {
    const front = this.#waiting[0];
    return !this.#inFlight.some((each) => each.ordinal < ordinal) && (front === undefined || front.ordinal >= ordinal);
  }

  /** The broker knows a newer epoch of our producer id: only another id helps. */
  fenced(batch: ProducerBatch): void {
    this.retry(batch);
    this.#mustStartOver = true;
    if (this.#identity !== undefined) this.#identity = { ...this.#identity, producerEpoch: lastEpoch };
  }

  /** It will not be sent again; `batch` has told its records. */
  givenUp(batch: ProducerBatch): void {
    this.#landed(batch);
    this.#leftGap(batch);
  }

  /** Settles by `settle` all that `isOver` names; what is in flight stays there until its answer comes. */
  giveUp(
    isOver: (batch: ProducerBatch) => boolean,
    settle: (batch: ProducerBatch, isInFlight: boolean) => void = () => {},
  ): void {
    for (const batch of this.#inFlight) {
      if (batch.isSettled || !isOver(batch)) continue;
      settle(batch, true);
      this.#leftGap(batch);
    }
    // Taken out first: what a settled batch makes room for is appended meanwhile, behind those that stay.
    const over = this.#waiting.filter(isOver);
    if (over.length > 0)
      this.#waiting.splice(0, this.#waiting.length, ...this.#waiting.filter((each) => !isOver(each)));
    for (const batch of over) {
      batch.isClosed = true;
      settle(batch, false);
      this.#leftGap(batch);
    }
  }

  get #isUnresolved(): boolean {
    return this.#unresolvedUpTo >= 0 && this.#waiting[0]?.sequence === undefined;
  }

  get #startsOver(): boolean {
    return this.#mustStartOver || this.#isUnresolved;
  }

  get #hasNextEpoch(): boolean {
    return (this.#identity?.producerEpoch ?? 0) < lastEpoch;
  }

  #number(batch: ProducerBatch, identity: ProducerIdentity): void {
    if (this.#settings.transactionalId !== null && this.#identity !== identity) this.#adopt(identity);
    const startsOver = this.#mustStartOver || (this.#unresolvedUpTo >= 0 && batch.sequence === undefined);
    if (this.#identity === undefined || startsOver) this.#startOver(batch, identity);
    if (batch.sequence !== undefined) return;
    const { producerId, producerEpoch } = this.#identity ?? identity;
    batch.sequence = { producerId, producerEpoch, baseSequence: this.#nextSequence };
    this.#nextSequence = nextSequence(this.#nextSequence, batch.count);
  }

  #startOver(batch: ProducerBatch, identity: ProducerIdentity): void {
    const own = this.#identity;
    this.#adopt(
      own === undefined || !this.#hasNextEpoch
        ? identity
        : { producerId: own.producerId, producerEpoch: own.producerEpoch + 1 },
    );
    batch.sequence = undefined;
    for (const waiting of this.#waiting) waiting.sequence = undefined;
  }

  #adopt(identity: ProducerIdentity): void {
    this.#identity = identity;
    this.#nextSequence = 0;
    this.#isKnown = false;
    this.#mustStartOver = false;
    this.#unresolvedUpTo = -1;
  }

  #landed(batch: ProducerBatch): void {
    const index = this.#inFlight.indexOf(batch);
    if (index >= 0) this.#inFlight.splice(index, 1);
  }

  // Before what began later, and before the rest of a batch that was split, of which the first part goes first.
  #requeue(batch: ProducerBatch): void {
    const index = this.#waiting.findIndex(({ ordinal }) => ordinal >= batch.ordinal);
    this.#waiting.splice(index < 0 ? this.#waiting.length : index, 0, batch);
  }

  #leftGap(batch: ProducerBatch): void {
    if (batch.sequence !== undefined) this.#unresolvedUpTo = Math.max(this.#unresolvedUpTo, batch.ordinal);
  }
}
