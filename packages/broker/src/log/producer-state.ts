import { KafkaProtocolError, type RecordBatch } from "@ottla/protocol";
import type { AbortedTransaction } from "./aborted-transaction.js";
import type { ProducerBatch } from "./batch-header.js";
import type { AppendOrigin } from "./partition-log.js";

/** How many of a producer's last batches are recognised when they come again: what a client may have in flight. */
export const batchesRemembered = 5;

/** One batch of an idempotent producer. */
export interface ProducedBatch {
  readonly lastSequence: number;
  readonly lastOffset: number;
  /** Records in it, less one. */
  readonly offsetDelta: number;
  /** The greatest time of its records: Kafka answers it, for the append time, when the batch comes again. */
  readonly timestamp: number;
}

/** What a log knows about one producer. Never changed, only replaced. */
export interface ProducerEntry {
  readonly producerId: number;
  readonly epoch: number;
  /** Oldest first, at most {@link batchesRemembered}, all of this epoch. */
  readonly batches: readonly ProducedBatch[];
  readonly coordinatorEpoch: number;
  /** First offset of its open transaction, -1 when there is none. */
  readonly transactionFirstOffset: number;
  /** Time of the latest record of its last batch, or of the marker behind it; -1 when it is not known. */
  readonly lastTimestamp: number;
  /** Monotonic clock: when it was last heard of. */
  readonly seenAt: number;
}

/** Readings of both clocks: expiry must not follow a wall clock that jumps. */
export interface Now {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

const firstSequenceOf = ({ lastSequence, offsetDelta }: ProducedBatch): number =>
  lastSequence >= offsetDelta ? lastSequence - offsetDelta : lastSequence - offsetDelta + 2 ** 31;

const follows = (last: number, next: number): boolean => next === last + 1 || (next === 0 && last === 2 ** 31 - 1);

/** What a batch is held against besides its producer's earlier ones. */
export interface ProducerRules {
  readonly origin: AppendOrigin;
  /** For error texts. */
  readonly where: string;
  /** Producers not heard of since this monotonic time are unknown. */
  readonly expiredBefore: number;
  /** `transaction.version` that the batch or marker was sent under; from 2 on each transaction has an epoch of its own (KIP-890). */
  readonly transactionVersion: number;
}

const lastEpoch = 0x7fff;

/** The producers of one log by id (KIP-98): duplicates are found here, gaps and old epochs refused. */
export class ProducerStates {
  readonly #entries: Map<number, ProducerEntry>;
  // First offsets of the open transactions by producer, oldest first.
  readonly #ongoing: Map<number, number>;

  constructor(entries: Iterable<ProducerEntry> = []) {
    this.#entries = new Map();
    const open: [number, number][] = [];
    for (const entry of entries) {
      this.#entries.set(entry.producerId, entry);
      if (entry.transactionFirstOffset >= 0) open.push([entry.producerId, entry.transactionFirstOffset]);
    }
    this.#ongoing = new Map(open.sort(([, a], [, b]) => a - b));
  }

  get isEmpty(): boolean {
    return this.#entries.size === 0;
  }

  entries(): Iterable<ProducerEntry> {
    return this.#entries.values();
  }

  get(producerId: number): ProducerEntry | undefined {
    return this.#entries.get(producerId);
  }

  /** Forgets producers not heard of since `monotonicMs`; one with an open transaction stays. */
  expireBefore(monotonicMs: number): void {
    for (const [producerId, entry] of this.#entries) {
      if (isExpired(entry, monotonicMs)) this.#entries.delete(producerId);
    }
  }

  /**
   * Whether `batch` may follow what its producer sent before. Answers the earlier copy when it has been here.
   *
   * @throws KafkaProtocolError `OUT_OF_ORDER_SEQUENCE_NUMBER`, `INVALID_PRODUCER_EPOCH`, `INVALID_TXN_STATE`,
   * `TRANSACTION_COORDINATOR_FENCED`.
   */
  check(batch: RecordBatch, rules: ProducerRules): ProducedBatch | undefined {
    const known = this.#entries.get(batch.producerId);
    const entry = known === undefined || isExpired(known, rules.expiredBefore) ? undefined : known;
    if (batch.isControl) {
      if (entry !== undefined) checkMarker(entry, batch, rules);
      return undefined;
    }
    if (rules.origin === "client") {
      const duplicate = entry === undefined ? undefined : copyOf(entry, batch);
      if (duplicate !== undefined) return duplicate;
    }
    if (entry !== undefined) checkEpoch(entry, batch, rules);
    if (rules.origin === "client") checkSequence(entry, batch, rules);
    if (entry !== undefined && !batch.isTransactional && entry.transactionFirstOffset >= 0) {
      throw new KafkaProtocolError(
        "INVALID_TXN_STATE",
        `${rules.where}: producer ${batch.producerId} has a transaction open since offset ${entry.transactionFirstOffset}`,
      );
    }
    return undefined;
  }

  /** Takes in a batch that has its offsets. Answers the producer's new entry, and the transaction if this aborted one. */
  add(batch: ProducerBatch, now: Now): { readonly entry: ProducerEntry; readonly aborted?: AbortedTransaction } {
    const before = this.#entries.get(batch.producerId);
    if (!batch.isControl) {
      const entry = afterRecords(before, batch, now);
      this.set(entry);
      return { entry };
    }
    const marker = batch.control();
    const entry = afterMarker(before, batch, now, marker?.coordinatorEpoch);
    this.set(entry);
    const firstOffset = before?.transactionFirstOffset ?? -1;
    if (firstOffset < 0 || marker?.type !== "abort") return { entry };
    const { producerId, lastOffset } = batch;
    return {
      entry,
      aborted: { producerId, firstOffset, lastOffset, lastStableOffset: this.#undecided ?? lastOffset + 1 },
    };
  }

  /** Takes in a producer's entry as it is now. */
  set(entry: ProducerEntry): void {
    const { producerId, transactionFirstOffset } = entry;
    this.#entries.set(producerId, entry);
    if (transactionFirstOffset < 0) this.#ongoing.delete(producerId);
    else if (!this.#ongoing.has(producerId)) this.#ongoing.set(producerId, transactionFirstOffset);
  }

  /** First offset of the oldest open transaction. */
  get #undecided(): number | undefined {
    const [first] = this.#ongoing.values();
    return first;
  }
}

function copyOf(entry: ProducerEntry, batch: RecordBatch): ProducedBatch | undefined {
  const { producerEpoch, baseSequence, lastSequence } = batch;
  if (producerEpoch !== entry.epoch) return undefined;
  return entry.batches.find((each) => each.lastSequence === lastSequence && firstSequenceOf(each) === baseSequence);
}

function checkEpoch(entry: ProducerEntry, { producerId, producerEpoch }: RecordBatch, { where }: ProducerRules): void {
  if (producerEpoch >= entry.epoch) return;
  throw new KafkaProtocolError(
    "INVALID_PRODUCER_EPOCH",
    `${where}: producer ${producerId} has epoch ${entry.epoch}, this batch ${producerEpoch}`,
  );
}

function checkSequence(
  entry: ProducerEntry | undefined,
  { producerId, producerEpoch, baseSequence, isTransactional }: RecordBatch,
  { where, transactionVersion }: ProducerRules,
): void {
  const refuse = (what: string) =>
    new KafkaProtocolError(
      "OUT_OF_ORDER_SEQUENCE_NUMBER",
      `${where}: producer ${producerId}, epoch ${producerEpoch}, ${what}`,
    );
  if (entry === undefined || entry.batches.length === 0) {
    // Each transaction is an epoch, so a beginning that is not 0 is one whose first batches were lost.
    if (transactionVersion >= 2 && isTransactional && baseSequence !== 0) {
      throw refuse(`begins with sequence ${baseSequence}, not 0`);
    }
    // Anything goes for a producer we do not know: retention may have removed all it wrote.
    if (entry === undefined) return;
  }
  if (producerEpoch !== entry.epoch) {
    if (baseSequence !== 0) throw refuse(`begins with sequence ${baseSequence}, not 0`);
    return;
  }
  const last = entry.batches.at(-1)?.lastSequence ?? -1;
  if (!follows(last, baseSequence)) throw refuse(`sent sequence ${baseSequence} after ${last}`);
}

/** KIP-890: under transactions v2 the coordinator ends each transaction with an epoch above that of its batches. */
function checkMarker(entry: ProducerEntry, batch: RecordBatch, { where, transactionVersion }: ProducerRules): void {
  const { producerId, producerEpoch } = batch;
  const mustBeNewer = transactionVersion >= 2 && entry.transactionFirstOffset >= 0 && producerEpoch !== lastEpoch;
  if (producerEpoch < entry.epoch || (mustBeNewer && producerEpoch === entry.epoch)) {
    throw new KafkaProtocolError(
      "INVALID_PRODUCER_EPOCH",
      `${where}: producer ${producerId} has epoch ${entry.epoch}, this marker of transaction version ${transactionVersion} ${producerEpoch}`,
    );
  }
  const coordinatorEpoch = batch.control()?.coordinatorEpoch ?? -1;
  if (coordinatorEpoch >= entry.coordinatorEpoch) return;
  throw new KafkaProtocolError(
    "TRANSACTION_COORDINATOR_FENCED",
    `${where}: marker for producer ${producerId} of coordinator epoch ${coordinatorEpoch}, ${entry.coordinatorEpoch} is known`,
  );
}

function isExpired(entry: ProducerEntry, monotonicMs: number): boolean {
  return entry.seenAt < monotonicMs && entry.transactionFirstOffset < 0;
}

function afterRecords(before: ProducerEntry | undefined, batch: ProducerBatch, now: Now): ProducerEntry {
  const produced = {
    lastSequence: batch.lastSequence,
    lastOffset: batch.lastOffset,
    offsetDelta: batch.lastOffsetDelta,
    timestamp: batch.maxTimestamp,
  };
  const known = before?.epoch === batch.producerEpoch ? before.batches : [];
  const opened = before?.transactionFirstOffset ?? -1;
  return {
    producerId: batch.producerId,
    epoch: batch.producerEpoch,
    batches: [...known.slice(1 - batchesRemembered), produced],
    coordinatorEpoch: before?.coordinatorEpoch ?? -1,
    transactionFirstOffset: batch.isTransactional && opened < 0 ? batch.baseOffset : opened,
    lastTimestamp: batch.maxTimestamp,
    seenAt: now.monotonicMs,
  };
}

function afterMarker(
  before: ProducerEntry | undefined,
  batch: ProducerBatch,
  now: Now,
  coordinatorEpoch: number | undefined,
): ProducerEntry {
  return {
    producerId: batch.producerId,
    epoch: batch.producerEpoch,
    batches: before?.epoch === batch.producerEpoch ? before.batches : [],
    coordinatorEpoch: coordinatorEpoch ?? before?.coordinatorEpoch ?? -1,
    transactionFirstOffset: -1,
    lastTimestamp: batch.maxTimestamp,
    seenAt: now.monotonicMs,
  };
}
