import { KafkaProtocolError, type RecordBatch } from "@ottla/protocol";
import type { ProducerBatch } from "./batch-header.js";

/** How many of a producer's last batches are recognised when they come again: what a client may have in flight. */
export const batchesRemembered = 5;

/** One batch of an idempotent producer. */
export interface ProducedBatch {
  readonly lastSequence: number;
  readonly lastOffset: number;
  /** Records in it, less one. */
  readonly offsetDelta: number;
  /** The broker's wall clock when it came. */
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

/** The producers of one log by id (KIP-98): duplicates are found here, gaps and old epochs refused. */
export class ProducerStates {
  readonly #entries: Map<number, ProducerEntry>;

  constructor(entries: Iterable<ProducerEntry> = []) {
    this.#entries = new Map();
    for (const entry of entries) this.#entries.set(entry.producerId, entry);
  }

  get isEmpty(): boolean {
    return this.#entries.size === 0;
  }

  entries(): Iterable<ProducerEntry> {
    return this.#entries.values();
  }

  set(entry: ProducerEntry): void {
    this.#entries.set(entry.producerId, entry);
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
   * @param expiredBefore - Producers not heard of since this monotonic time are unknown.
   * @throws KafkaProtocolError `OUT_OF_ORDER_SEQUENCE_NUMBER`, `INVALID_PRODUCER_EPOCH`, `INVALID_TXN_STATE`.
   */
  check(batch: RecordBatch, where: string, expiredBefore: number): ProducedBatch | undefined {
    const { producerId, producerEpoch, baseSequence, lastSequence } = batch;
    const entry = this.#entries.get(producerId);
    // Anything goes for a producer we do not know: retention may have removed all it wrote.
    if (entry === undefined || isExpired(entry, expiredBefore)) return undefined;
    if (producerEpoch < entry.epoch) {
      throw new KafkaProtocolError(
        "INVALID_PRODUCER_EPOCH",
        `${where}: producer ${producerId} has epoch ${entry.epoch}, this batch ${producerEpoch}`,
      );
    }
    if (producerEpoch > entry.epoch) {
      if (baseSequence !== 0) {
        throw new KafkaProtocolError(
          "OUT_OF_ORDER_SEQUENCE_NUMBER",
          `${where}: producer ${producerId} begins epoch ${producerEpoch} with sequence ${baseSequence}, not 0`,
        );
      }
    } else {
      const duplicate = entry.batches.find(
        (known) => known.lastSequence === lastSequence && firstSequenceOf(known) === baseSequence,
      );
      if (duplicate !== undefined) return duplicate;
      const last = entry.batches.at(-1)?.lastSequence ?? -1;
      if (!follows(last, baseSequence)) {
        throw new KafkaProtocolError(
          "OUT_OF_ORDER_SEQUENCE_NUMBER",
          `${where}: producer ${producerId}, epoch ${producerEpoch}, sent sequence ${baseSequence} after ${last}`,
        );
      }
    }
    if (!batch.isTransactional && entry.transactionFirstOffset >= 0) {
      throw new KafkaProtocolError(
        "INVALID_TXN_STATE",
        `${where}: producer ${producerId} has a transaction open since offset ${entry.transactionFirstOffset}`,
      );
    }
    return undefined;
  }

  /** Takes in a batch that has its offsets. Answers the producer's new entry. */
  add(batch: ProducerBatch, now: Now): ProducerEntry {
    const before = this.#entries.get(batch.producerId);
    const entry = batch.isControl ? afterMarker(before, batch, now) : afterRecords(before, batch, now);
    this.#entries.set(entry.producerId, entry);
    return entry;
  }
}

function isExpired(entry: ProducerEntry, monotonicMs: number): boolean {
  return entry.seenAt < monotonicMs && entry.transactionFirstOffset < 0;
}

function afterRecords(before: ProducerEntry | undefined, batch: ProducerBatch, now: Now): ProducerEntry {
  const produced = {
    lastSequence: batch.lastSequence,
    lastOffset: batch.lastOffset,
    offsetDelta: batch.lastOffsetDelta,
    timestamp: now.wallMs,
  };
  const known = before?.epoch === batch.producerEpoch ? before.batches : [];
  const opened = before?.transactionFirstOffset ?? -1;
  return {
    producerId: batch.producerId,
    epoch: batch.producerEpoch,
    batches: [...known.slice(1 - batchesRemembered), produced],
    coordinatorEpoch: before?.coordinatorEpoch ?? -1,
    transactionFirstOffset: batch.isTransactional && opened < 0 ? batch.baseOffset : opened,
    seenAt: now.monotonicMs,
  };
}

function afterMarker(before: ProducerEntry | undefined, batch: ProducerBatch, now: Now): ProducerEntry {
  return {
    producerId: batch.producerId,
    epoch: batch.producerEpoch,
    batches: before?.epoch === batch.producerEpoch ? before.batches : [],
    coordinatorEpoch: batch.control()?.coordinatorEpoch ?? before?.coordinatorEpoch ?? -1,
    transactionFirstOffset: -1,
    seenAt: now.monotonicMs,
  };
}
