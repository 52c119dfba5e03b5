import { batchesIn, encodeBatch } from "@ottla/protocol";
import type { PartitionLog } from "../log/partition-log.js";

/** One change of a coordinator's state, as it is kept in its log. */
export interface StateRecord {
  /** Empty where the log's records have no keys (cluster metadata). */
  readonly key: Buffer;
  /** `null` takes the key's state away. */
  readonly value: Buffer | null;
  /** Milliseconds since the Unix epoch. */
  readonly timestamp: number;
}

const readBytes = 1024 * 1024;
const noKey = Buffer.alloc(0);

/**
 * State kept as a log: what a coordinator knows is what `apply` made of the records, at start and while it runs, so both
 * ways lead to the same state.
 */
export class StateLog {
  readonly log: PartitionLog;
  readonly #apply: (record: StateRecord) => void;
  // Batches that were applied and are not known to be durable, oldest first.
  #tail: { readonly batch: Buffer; readonly end: number }[] = [];

  private constructor(log: PartitionLog, apply: (record: StateRecord) => void) {
    this.log = log;
    this.#apply = apply;
  }

  /** Applies all that the log holds, oldest first, and goes on from there. Nobody else may append to the log. */
  static async open(log: PartitionLog, apply: (record: StateRecord) => void): Promise<StateLog> {
    const state = new StateLog(log, apply);
    await state.#replay();
    return state;
  }

  async #replay(): Promise<void> {
    let from = this.log.logStartOffset;
    const end = this.log.logEndOffset;
    while (from < end) {
      const { buffers } = await this.log.read(from, { maxBytes: readBytes, minOneBatch: true, upTo: end });
      const before = from;
      for (const buffer of buffers) {
        for (const batch of batchesIn(buffer)) {
          from = Math.max(from, batch.nextOffset);
          if (batch.isControl) continue;
          for (const { key, value, timestamp } of batch.records()) {
            this.#apply({ key: key ?? noKey, value, timestamp });
          }
        }
      }
      // Compaction may have left nothing between here and the end.
      if (from === before) return;
    }
  }

  /**
   * Appends the records as one batch, all or none, and applies them at once. Resolves when they are durable.
   *
   * @throws {@link KafkaProtocolError} `KAFKA_STORAGE_ERROR`. When the append is refused nothing is applied. When the write
   * fails later, what was applied stays, is written again before anything else is, and no answer that shows it goes out
   * until then.
   */
  async append(records: readonly StateRecord[]): Promise<void> {
    if (records.length > 0) {
      const batch = encodeBatch(
        records.map(({ key, value, timestamp }) => ({ key: key.length === 0 ? null : key, value, timestamp })),
      );
      this.#writeAgain();
      this.#put(batch);
      for (const record of records) this.#apply(record);
    }
    await this.durable();
  }

  /** Resolves when all that was appended so far is durable: every answer that shows state waits for it. */
  async durable(): Promise<void> {
    this.#writeAgain();
    if (this.#tail.length > 0) await this.log.whenDurable(this.log.logEndOffset);
  }

  #put(batch: Buffer): void {
    const { lastOffset } = this.log.append(batch, "coordinator");
    this.#tail.push({ batch, end: lastOffset + 1 });
  }

  /** A failed write gives its offsets back, so the log ends before what was applied: (1) append, (2) disk full, (3) room again. */
  #writeAgain(): void {
    const { highWatermark, logEndOffset } = this.log;
    this.#tail = this.#tail.filter(({ end }) => end > highWatermark);
    const last = this.#tail.at(-1);
    if (last === undefined || last.end <= logEndOffset) return;
    const lost = this.#tail.filter(({ end }) => end > logEndOffset);
    const kept = this.#tail.length - lost.length;
    for (const [index, { batch }] of lost.entries()) {
      const { lastOffset } = this.log.append(batch, "coordinator");
      this.#tail[kept + index] = { batch, end: lastOffset + 1 };
    }
  }
}
