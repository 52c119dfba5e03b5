import { CorruptBatchError, type KafkaRecord } from "@ottla/protocol";
import type { ClientWorld } from "../cluster/cluster.js";
import { DeserializationError } from "../contract/contract-errors.js";
import { backoffMs } from "../network/backoff.js";
import type { AnySerde } from "../serde/serde.js";
import { delay } from "../world/delay.js";
import { CorruptRecordsError } from "./consumer-errors.js";
import type { PoisonPolicy, ReadSettings } from "./consumer-options.js";
import { ConsumerRecord, type RecordOrigin } from "./consumer-record.js";
import type { AssignedPartition } from "./fetch/assigned-partition.js";
import type { FetchedSlice } from "./fetch/fetched-slices.js";
import type { Fetcher } from "./fetch/fetcher.js";
import type { Delivery } from "./offsets/done-tracker.js";
import { RetriedRecord } from "./retry/retried-record.js";
import { type RetryTopic, retryOf } from "./retry/retry-topics.js";

/** A record handed to the application. */
export interface FedRecord {
  readonly record: ConsumerRecord;
  readonly partition: AssignedPartition;
  readonly handed: Delivery;
}

/** What a feed tells whoever reads it. */
export interface FeedHost {
  /** There may be something to poll, or to fail with. */
  ready(): void;
  /** The application said that a record is done. */
  settled?(partition: AssignedPartition, handed: Delivery): void;
}

interface Reading {
  readonly partition: AssignedPartition;
  readonly epoch: number;
  readonly slice: FetchedSlice;
  readonly origin: RecordOrigin;
  readonly retryOf: RetryTopic["retryOf"] | undefined;
  records: Iterator<KafkaRecord>;
  /** Taken out of `records`, and not due yet. */
  early: KafkaRecord | undefined;
  /** Where the next record may be: what a damaged batch is reported with. */
  position: number;
}

/**
 * Hands out the records of fetched batches one by one, in the order of each partition, each decoded. A partition that has to
 * wait for something (a serde's preparation, an `onPoison` function, the time of a record in a retry topic) is left out meanwhile, and
 * the others go on.
 */
export class RecordFeed {
  readonly #world: ClientWorld;
  readonly #settings: ReadSettings;
  readonly #fetcher: Fetcher;
  readonly #host: FeedHost;
  readonly #signal: AbortSignal;
  #reading: Reading | undefined;
  /** Slices begun, whose partitions have waited and may be read on, or may not be read for now. */
  readonly #parked: Reading[] = [];
  /** Slices whose next record is not due yet. */
  readonly #early = new Map<Reading, () => void>();

  constructor(world: ClientWorld, settings: ReadSettings, fetcher: Fetcher, host: FeedHost, signal: AbortSignal) {
    this.#world = world;
    this.#settings = settings;
    this.#fetcher = fetcher;
    this.#host = host;
    this.#signal = signal;
  }

  /**
   * The next record, of one partition or of any; undefined when there is none at the moment: `ready` is called when there may be.
   */
  poll(onPoison: PoisonPolicy, only?: AssignedPartition): FedRecord | undefined {
    for (let reading = this.#current(only); reading !== undefined; reading = this.#current(only)) {
      const fed = this.#read(reading, onPoison);
      if (fed !== undefined) return fed;
    }
    return undefined;
  }

  /** Partitions were given up, or are read from elsewhere: nobody waits for their records' time any more. */
  look(): void {
    for (const [reading, end] of [...this.#early]) if (!isWanted(reading)) end();
  }

  /** Whether a partition's next record waits for its time. */
  isEarly(partition: AssignedPartition): boolean {
    for (const reading of this.#early.keys()) if (reading.partition === partition) return true;
    return false;
  }

  /** The slice to read on: the one begun, else one that has waited, else the next. */
  #current(only: AssignedPartition | undefined): Reading | undefined {
    for (;;) {
      this.#reading ??= this.#unpark(only);
      const reading = this.#reading;
      if (reading === undefined) {
        if (!this.#begin(only)) return undefined;
      } else if (!isWanted(reading)) {
        this.#end(reading);
      } else if (!reading.partition.mayBeHandedOut) {
        this.#parked.push(reading);
        this.#reading = undefined;
      } else {
        return only === undefined || reading.partition === only ? reading : undefined;
      }
    }
  }

  #unpark(only: AssignedPartition | undefined): Reading | undefined {
    const index = this.#parked.findIndex(
      (reading) =>
        !isWanted(reading) || (reading.partition.mayBeHandedOut && (only === undefined || reading.partition === only)),
    );
    return index < 0 ? undefined : this.#parked.splice(index, 1)[0];
  }

  #end({ partition }: Reading): void {
    partition.isBeingRead = false;
    this.#reading = undefined;
  }

  /** Takes the next slice, if there is one. */
  #begin(only: AssignedPartition | undefined): boolean {
    const taken = this.#fetcher.take(only);
    if (taken === undefined) return false;
    const { partition, slice } = taken;
    const { contract, epoch } = partition;
    const retry = retryOf(contract);
    const origin = {
      contract: retry?.origin ?? contract,
      partition: partition.partition,
      leaderEpoch: slice.batch?.leaderEpoch ?? -1,
      registry: this.#settings.registry,
      settle: (handed: Delivery) => this.#host.settled?.(partition, handed),
    };
    try {
      const records = (slice.batch?.records() ?? [])[Symbol.iterator]();
      const position = slice.from;
      this.#reading = { partition, epoch, slice, origin, retryOf: retry, records, early: undefined, position };
      partition.isBeingRead = true;
      this.#prepare(this.#reading);
    } catch (error) {
      partition.failure = damageOf(partition, slice.batch?.baseOffset ?? slice.from, error);
      this.#host.ready();
    }
    return true;
  }

  /** The next record of a slice; undefined when there was nothing to hand out. */
  #read(reading: Reading, onPoison: PoisonPolicy): FedRecord | undefined {
    const { partition, slice, records, early } = reading;
    let next: IteratorResult<KafkaRecord>;
    try {
      next = early === undefined ? records.next() : { value: early };
    } catch (error) {
      partition.failure = damageOf(partition, reading.position, error);
      this.#host.ready();
      return undefined;
    }
    if (next.done) {
      this.#end(reading);
      partition.pass(slice.next);
      return undefined;
    }
    const { offset } = next.value;
    // A fetch from the middle of a batch brings the whole batch.
    if (offset < slice.from) return undefined;
    const record = this.#recordOf(reading, next.value);
    if (record === undefined) return undefined;
    reading.position = offset + 1;
    try {
      // Done without being handed out, as soon as what comes after it is.
      if (!record.decode()) return undefined;
    } catch (error) {
      if (!(error instanceof DeserializationError)) throw error;
      this.#poisoned(reading, record, offset, error, onPoison);
      return undefined;
    }
    const handed = partition.hand(offset);
    record.handed = handed;
    return { record, partition, handed };
  }

  /** The record as handlers see it; undefined when it is not due yet, and its partition waits for that. */
  #recordOf(reading: Reading, next: KafkaRecord): ConsumerRecord | undefined {
    if (reading.retryOf === undefined) return new ConsumerRecord(reading.origin, next);
    const record = new RetriedRecord(reading.origin, next, reading.retryOf);
    const leftMs = (record.notBefore ?? 0) - this.#world.clock.now();
    if (leftMs <= 0 || reading.early === next) {
      reading.early = undefined;
      return record;
    }
    reading.early = next;
    const due = new Promise<void>((resolve) => {
      const end = () => {
        timer.cancel();
        this.#early.delete(reading);
        resolve();
      };
      // Whoever wrote it may have a clock that is ahead of ours: it waits no longer than its topic says.
      const timer = this.#world.timers.after(Math.min(leftMs, reading.retryOf?.delayMs ?? leftMs), end);
      this.#early.set(reading, end);
    });
    this.#hold(reading, due);
    return undefined;
  }

  #poisoned(
    reading: Reading,
    record: ConsumerRecord,
    offset: number,
    error: DeserializationError,
    onPoison: PoisonPolicy,
  ): void {
    const { partition } = reading;
    const { onEvent } = this.#settings;
    if (onPoison === "stop") {
      partition.failure = error;
      this.#host.ready();
      return;
    }
    const handed = partition.hand(offset);
    const finish = () => {
      partition.done(handed);
      onEvent({ kind: "poisonSkipped", error });
    };
    if (onPoison === "skip") {
      finish();
      return;
    }
    const { topic, partition: number, timestamp, rawKey, rawValue, rawHeaders } = record;
    const poison = { topic, partition: number, offset: record.offset, timestamp, rawKey, rawValue, rawHeaders, error };
    const told = async () => onPoison(poison);
    partition.running += 1;
    this.#hold(
      reading,
      told()
        .then(finish, (thrown: unknown) => {
          partition.failure = asError(thrown);
        })
        .finally(() => {
          partition.running -= 1;
        }),
    );
  }

  /** Lets the serdes fetch what they need for this batch. */
  #prepare(reading: Reading): void {
    const {
      partition,
      origin: { contract },
      slice: { batch },
    } = reading;
    const { key, value, name: topic } = contract;
    if (batch === undefined || (key.prepareBatch === undefined && value.prepareBatch === undefined)) return;
    const { registry } = this.#settings;
    const records = [...batch.records()];
    // Decoded once, for the serdes and for those who read.
    reading.records = records[Symbol.iterator]();
    const prepare = (serde: AnySerde, part: "key" | "value") => {
      const payloads = records.flatMap((record) => record[part] ?? []);
      return serde.prepareBatch?.(payloads, { topic, part, direction: "read", registry, signal: this.#signal });
    };
    const prepareAll = () => [prepare(key, "key"), prepare(value, "value")].filter((work) => work !== undefined);
    const pending = prepareAll();
    if (pending.length === 0) return;
    this.#hold(
      reading,
      Promise.all(pending).then(
        () => {},
        (error: unknown) => this.#prepareAgain(partition, prepareAll, error),
      ),
    );
  }

  /** A registry that cannot be reached comes back; one that says no is a failure of the partition. */
  async #prepareAgain(partition: AssignedPartition, prepareAll: () => Promise<void>[], first: unknown): Promise<void> {
    let error = first;
    for (let failures = 1; !partition.isHalted && !this.#signal.aborted; failures += 1) {
      if (!(error instanceof Error && "retriable" in error && error.retriable === true)) {
        partition.failure = asError(error);
        return;
      }
      this.#settings.onEvent({ kind: "retrying", doing: `prepare to read topic ${partition.topic}`, error });
      const waitMs = backoffMs({ baseMs: 100, maxMs: 5_000 }, failures, this.#world.random);
      try {
        await delay(this.#world.timers, waitMs, this.#signal);
        await Promise.all(prepareAll());
        return;
      } catch (thrown) {
        error = thrown;
      }
    }
  }

  /** Leaves a partition out until `work`, which never rejects, is over. */
  #hold(reading: Reading, work: Promise<void>): void {
    const { partition } = reading;
    partition.isHeld = true;
    this.#reading = undefined;
    void work.finally(() => {
      partition.isHeld = false;
      this.#parked.push(reading);
      this.#host.ready();
    });
  }
}

const isWanted = ({ partition, epoch }: Reading): boolean =>
  !partition.isHalted && partition.failure === undefined && partition.epoch === epoch;

function damageOf(partition: AssignedPartition, offset: number, error: unknown): Error {
  if (error instanceof CorruptBatchError) return new CorruptRecordsError(partition, offset, error);
  return asError(error);
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown), { cause: thrown });
}
