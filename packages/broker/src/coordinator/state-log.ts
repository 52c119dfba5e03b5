import { batchesIn, CorruptBatchError, encodeBatch, encodeControlBatch, type RecordBatch } from "@ottla/protocol";
import type { AppendOptions, PartitionLog } from "../log/partition-log.js";

/** One change of a coordinator's state, as it is kept in its log. */
export interface StateRecord {
  /** Empty where the log's records have no keys (cluster metadata). */
  readonly key: Buffer;
  /** `null` takes the key's state away. */
  readonly value: Buffer | null;
  /** Milliseconds since the Unix epoch. */
  readonly timestamp: number;
}

/** Where a record stands in the log, and whose transaction it is part of. */
export interface RecordOrigin {
  readonly offset: number;
  /** -1 for a record outside of transactions, which counts at once. */
  readonly producerId: number;
}

/** The epoch of a producer in whose transaction records are written. */
export interface TransactionalProducer {
  readonly producerId: number;
  readonly producerEpoch: number;
}

/** How a producer's transaction ends in one partition. */
export interface TransactionEnd extends TransactionalProducer {
  /** Of the transaction coordinator that says so. */
  readonly coordinatorEpoch: number;
  readonly result: "commit" | "abort";
  /** See {@link AppendOptions}. */
  readonly transactionVersion?: number;
}

type Apply = (record: StateRecord, origin: RecordOrigin) => void;
/** What was applied of the producer's transaction counts from now on, or never did. */
type EndTransaction = (producerId: number, result: TransactionEnd["result"]) => void;

interface Unsure {
  readonly batch: Buffer;
  readonly options: AppendOptions;
  readonly end: number;
  /** Its write failed, and the log may have grown past its offsets since. */
  isLost: boolean;
}

const noProducer = -1;
const readBytes = 1024 * 1024;
const noKey = Buffer.alloc(0);

/**
 * State kept as a log: what a coordinator knows is what `apply` made of the records, at start and while it runs, so both
 * ways lead to the same state.
 */
export class StateLog {
  readonly log: PartitionLog;
  readonly #apply: Apply;
  readonly #endTransaction: EndTransaction;
  // Batches that were applied and are not known to be durable, oldest first.
  #tail: Unsure[] = [];

  private constructor(log: PartitionLog, apply: Apply, endTransaction: EndTransaction) {
    this.log = log;
    this.#apply = apply;
    this.#endTransaction = endTransaction;
  }

  /**
   * Applies all that the log holds, oldest first, and goes on from there. What somebody else appends meanwhile, as Kafka lets
   * certain clients do, is seen at the next start.
   *
   * @param endTransaction - Only for state that is written within transactions.
   */
  static async open(
    log: PartitionLog,
    apply: Apply,
    endTransaction: EndTransaction = () => undefined,
  ): Promise<StateLog> {
    const state = new StateLog(log, apply, endTransaction);
    await state.#replay();
    return state;
  }

  async #replay(): Promise<void> {
    // What an earlier coordinator of the log appended can be read once it is written.
    await this.log.whenWritten(this.log.logEndOffset);
    let from = this.log.logStartOffset;
    const end = this.log.logEndOffset;
    // One that could not be read looks empty, and says so only when it is asked.
    do {
      const { buffers } = await this.log.read(from, { maxBytes: readBytes, minOneBatch: true, upTo: end });
      const before = from;
      for (const buffer of buffers) {
        for (const batch of batchesIn(buffer)) {
          from = Math.max(from, batch.nextOffset);
          this.#take(batch);
        }
      }
      // Compaction may have left nothing between here and the end.
      if (from === before) return;
    } while (from < end);
  }

  #take(batch: RecordBatch): void {
    // After an orderly stop nobody has looked at it yet, and a state that is not what was written is worse than none.
    if (!batch.hasValidCrc()) {
      const { topic, partition } = this.log;
      throw new CorruptBatchError(
        `${topic}-${partition}: the batch at offset ${batch.baseOffset} has a wrong checksum`,
      );
    }
    if (batch.isControl) {
      const type = batch.control()?.type;
      if (type === "commit" || type === "abort") this.#endTransaction(batch.producerId, type);
      return;
    }
    const producerId = batch.isTransactional ? batch.producerId : noProducer;
    for (const { key, value, timestamp, offset } of batch.records()) {
      this.#apply({ key: key ?? noKey, value, timestamp }, { offset, producerId });
    }
  }

  /**
   * Appends the records as one batch, all or none, and applies them at once. Resolves when they are durable.
   *
   * @param producer - Whose transaction the records are part of.
   * @throws {@link KafkaProtocolError} `KAFKA_STORAGE_ERROR`, and for a producer what the log has against its epoch. When the append
   * is refused nothing is applied. When the write fails later, what was applied stays, is written again before anything else is,
   * and no answer that shows it goes out until then.
   */
  async append(records: readonly StateRecord[], producer?: TransactionalProducer): Promise<void> {
    if (records.length > 0) {
      const batch = encodeBatch(
        records.map(({ key, value, timestamp }) => ({ key: key.length === 0 ? null : key, value, timestamp })),
        producer === undefined ? {} : { ...producer, isTransactional: true },
      );
      this.#writeAgain();
      const baseOffset = this.#put(batch);
      const producerId = producer?.producerId ?? noProducer;
      for (const [index, record] of records.entries()) {
        this.#apply(record, { offset: baseOffset + index, producerId });
      }
    }
    await this.durable();
  }

  /**
   * Appends the marker that ends a producer's transaction and applies it. Resolves when it is durable.
   *
   * @throws {@link KafkaProtocolError} As {@link StateLog.append}.
   */
  async endTransaction(end: TransactionEnd, timestamp: number): Promise<void> {
    const { result, producerId, producerEpoch, coordinatorEpoch, transactionVersion = 0 } = end;
    const batch = encodeControlBatch({ type: result, producerId, producerEpoch, coordinatorEpoch, timestamp });
    this.#writeAgain();
    this.#put(batch, { transactionVersion });
    this.#endTransaction(producerId, result);
    await this.durable();
  }

  /** Resolves when all that was appended so far is durable: every answer that shows state waits for it. */
  async durable(): Promise<void> {
    this.#writeAgain();
    if (this.#tail.length === 0) return;
    try {
      await this.log.whenDurable(this.log.logEndOffset);
    } catch (error) {
      // Somebody else's batch may be given the offsets that came back.
      for (const unsure of this.#tail) unsure.isLost ||= unsure.end > this.log.logEndOffset;
      throw error;
    }
  }

  #put(batch: Buffer, options: AppendOptions = {}): number {
    const { baseOffset, lastOffset } = this.log.append(batch, "coordinator", options);
    this.#tail.push({ batch, options, end: lastOffset + 1, isLost: false });
    return baseOffset;
  }

  /** A failed write gives its offsets back, so the log ends before what was applied: (1) append, (2) disk full, (3) room again. */
  #writeAgain(): void {
    const { highWatermark, logEndOffset } = this.log;
    this.#tail = this.#tail.filter(({ end, isLost }) => isLost || end > highWatermark);
    const last = this.#tail.at(-1);
    if (last === undefined || !(last.isLost || last.end > logEndOffset)) return;
    const lost = this.#tail.filter(({ end, isLost }) => isLost || end > logEndOffset);
    const kept = this.#tail.length - lost.length;
    for (const [index, { batch, options }] of lost.entries()) {
      const { lastOffset } = this.log.append(batch, "coordinator", options);
      this.#tail[kept + index] = { batch, options, end: lastOffset + 1, isLost: false };
    }
  }
}
