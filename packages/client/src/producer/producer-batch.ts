import { RecordBatch, RecordBatchBuilder, type RecordBatchBuilderOptions, type RecordInput } from "@ottla/protocol";
import { KafkaTimeoutError } from "../errors/kafka-timeout-error.js";
import { type RecordSink, withdrawn } from "./record-sink.js";

/** Who writes: what a broker tells duplicates by. */
export interface ProducerIdentity {
  readonly producerId: number;
  readonly producerEpoch: number;
}

/** A batch's place in the order a broker enforces. */
export interface Sequence extends ProducerIdentity {
  readonly baseSequence: number;
}

interface BatchOptions extends RecordBatchBuilderOptions {
  readonly isTransactional: boolean;
}

const notIdempotent: Sequence = Object.freeze({ producerId: -1, producerEpoch: -1, baseSequence: -1 });

/** Records of one partition on their way, from the first one added to the last one told what became of it. */
export class ProducerBatch {
  readonly topic: string;
  readonly partition: number;
  /** Where it stands among the batches of its partition; halves of a split batch share one. */
  readonly ordinal: number;
  /** Monotonic time. */
  readonly createdAt: number;
  readonly deadline: number;
  /** Sent at least once. */
  attempts = 0;
  /** Some attempt ended without an answer that says it is not in the log. */
  isUncertain = false;
  /** Takes no more records. */
  isClosed = false;
  sequence: Sequence | undefined;
  /** Why its last attempt failed. */
  lastError: unknown;
  /** What its records took of the producer's buffer. */
  reservedBytes = 0;
  readonly #options: BatchOptions;
  #builder: RecordBatchBuilder | undefined;
  #bytes: Buffer | undefined;
  #sinks: RecordSink[] = [];
  #timestamps: number[] = [];
  #isSettled = false;
  #onSettled: (() => void)[] | undefined;

  constructor(
    place: { readonly topic: string; readonly partition: number; readonly ordinal: number },
    times: { readonly createdAt: number; readonly deadline: number },
    options: BatchOptions,
  ) {
    this.topic = place.topic;
    this.partition = place.partition;
    this.ordinal = place.ordinal;
    this.createdAt = times.createdAt;
    this.deadline = times.deadline;
    this.#options = options;
    this.#builder = new RecordBatchBuilder(options);
  }

  get count(): number {
    return this.#sinks.length;
  }

  /** On the wire once built, before compression until then. */
  get sizeInBytes(): number {
    return this.#bytes?.length ?? this.#builder?.sizeInBytes ?? 0;
  }

  /** Every record was told what became of it. */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** @throws RangeError or TypeError when the record cannot be written; the batch is as before then. */
  add(record: RecordInput, reserved: number, sink: RecordSink): void {
    this.#builder?.add(record);
    this.reservedBytes += reserved;
    this.#sinks.push(sink);
    this.#timestamps.push(record.timestamp);
  }

  /** Takes out the records nobody waits for any more, before they leave; answers whether any record is left. */
  dropWithdrawn(): boolean {
    const sinks = this.#sinks;
    if (!sinks.some(({ isWithdrawn }) => isWithdrawn)) return true;
    const records = [...RecordBatch.at(this.encode()).records()];
    this.#bytes = undefined;
    this.#builder = new RecordBatchBuilder(this.#options);
    this.#sinks = [];
    this.#timestamps = [];
    for (const [index, sink] of sinks.entries()) {
      const record = records[index];
      if (sink.isWithdrawn === true || record === undefined) sink.failed(withdrawn());
      else this.add(record, 0, sink);
    }
    if (this.#sinks.length > 0) return true;
    if (this.#settle()) this.#finish();
    return false;
  }

  /** Its bytes under its sequence. */
  encode(): Buffer {
    const { producerId, producerEpoch, baseSequence } = this.sequence ?? notIdempotent;
    if (this.#bytes === undefined) {
      const { isTransactional } = this.#options;
      const builder = this.#builder ?? new RecordBatchBuilder();
      this.#bytes = builder.build({ producerId, producerEpoch, baseSequence, isTransactional });
      this.#builder = undefined;
      return this.#bytes;
    }
    const batch = RecordBatch.at(this.#bytes);
    const isAsBefore =
      batch.producerId === producerId && batch.producerEpoch === producerEpoch && batch.baseSequence === baseSequence;
    if (!isAsBefore) batch.setProducer(producerId, producerEpoch, baseSequence);
    return this.#bytes;
  }

  /** Tells every record where it is. */
  deliver(baseOffset: number, logAppendTimeMs: number): void {
    if (!this.#settle()) return;
    const { topic, partition } = this;
    const timestamps = this.#timestamps;
    const sinks = this.#sinks;
    for (let i = 0; i < sinks.length; i++) {
      const offset = BigInt(baseOffset < 0 ? -1 : baseOffset + i);
      const timestamp = logAppendTimeMs >= 0 ? logAppendTimeMs : (timestamps[i] as number);
      (sinks[i] as RecordSink).delivered({ topic, partition, offset, timestamp });
    }
    this.#finish();
  }

  /** Tells every record that it failed; `errorOf` may know more about some. */
  fail(error: Error, errorOf?: (index: number) => Error | undefined): void {
    if (!this.#settle()) return;
    for (const [index, sink] of this.#sinks.entries()) sink.failed(errorOf?.(index) ?? error);
    this.#finish();
  }

  /** Runs once all records were told; at once when they were. */
  whenSettled(listener: () => void): void {
    if (this.#isSettled) listener();
    else if (this.#onSettled === undefined) this.#onSettled = [listener];
    else this.#onSettled.push(listener);
  }

  /** Fails, since its time is up, and answers with what. */
  expire(isInFlight: boolean, deliveryTimeoutMs: number): KafkaTimeoutError {
    const outcome = isInFlight || this.isUncertain ? "unknown" : "notSent";
    const context = `${this.count} records for ${this.topic}-${this.partition} in ${deliveryTimeoutMs} ms, after ${this.attempts} attempts`;
    const error = new KafkaTimeoutError("DELIVERY_TIMEOUT", context, { outcome, cause: this.lastError });
    this.fail(error);
    return error;
  }

  /** Two batches with the same records in the same order, under the same sequences; this one must not be used any more. */
  split(): readonly [ProducerBatch, ProducerBatch] {
    const middle = this.count >> 1;
    const records = [...RecordBatch.at(this.encode()).records()];
    const part = (from: number, to: number, reserved: number): ProducerBatch => {
      const half = new ProducerBatch(this, this, this.#options);
      for (let i = from; i < to; i++) {
        const record = records[i];
        const sink = this.#sinks[i];
        if (record !== undefined && sink !== undefined) half.add(record, 0, sink);
      }
      half.reservedBytes = reserved;
      half.isClosed = true;
      half.attempts = this.attempts;
      half.isUncertain = this.isUncertain;
      if (this.sequence !== undefined) {
        half.sequence = { ...this.sequence, baseSequence: nextSequence(this.sequence.baseSequence, from) };
      }
      return half;
    };
    const firstReserved = this.reservedBytes >> 1;
    const halves = [
      part(0, middle, firstReserved),
      part(middle, this.count, this.reservedBytes - firstReserved),
    ] as const;
    halves[1].whenSettled(() => halves[0].whenSettled(() => this.#finish()));
    this.#isSettled = true;
    return halves;
  }

  #settle(): boolean {
    if (this.#isSettled) return false;
    this.#isSettled = true;
    return true;
  }

  #finish(): void {
    this.#sinks = [];
    this.#timestamps = [];
    for (const listener of this.#onSettled ?? []) listener();
    this.#onSettled = undefined;
  }
}

/** The sequence `count` records on; after 2^31 - 1 comes 0. */
export const nextSequence = (sequence: number, count: number): number => (sequence + count) % 2 ** 31;
