import { CorruptBatchError, type KafkaRecord } from "@ottla/protocol";
import type { ClientWorld } from "../cluster/cluster.js";
import { DeserializationError } from "../contract/contract-errors.js";
import { backoffMs } from "../network/backoff.js";
import type { AnySerde } from "../serde/serde.js";
import { delay } from "../world/delay.js";
import { CorruptRecordsError } from "./consumer-errors.js";
import type { PoisonPolicy, ReadSettings } from "./consumer-options.js";
import { ConsumerRecord, type RecordOrigin } from "./consumer-record.js";
import type { AssignedPartition, Handed } from "./fetch/assigned-partition.js";
import type { FetchedSlice } from "./fetch/fetched-slices.js";
import type { Fetcher } from "./fetch/fetcher.js";

/** A record handed to the application. */
export interface FedRecord {
  readonly record: ConsumerRecord;
  readonly partition: AssignedPartition;
  readonly handed: Handed;
}

interface Reading {
  readonly partition: AssignedPartition;
  readonly epoch: number;
  readonly slice: FetchedSlice;
  readonly origin: RecordOrigin;
  readonly records: Iterator<KafkaRecord>;
  /** Where the next record may be: what a damaged batch is reported with. */
  position: number;
}

/**
 * Hands out the records of fetched batches one by one, in the order of each partition, each decoded. A partition that has to
 * wait for something (a serde's preparation, an `onPoison` function) is left out meanwhile, and the others go on.
 */
export class RecordFeed {
  readonly #world: ClientWorld;
  readonly #settings: ReadSettings;
  readonly #fetcher: Fetcher;
  readonly #ready: () => void;
  readonly #signal: AbortSignal;
  #reading: Reading | undefined;
  /** Slices whose partitions have waited, and may be read on. */
  readonly #released: Reading[] = [];

  constructor(world: ClientWorld, settings: ReadSettings, fetcher: Fetcher, ready: () => void, signal: AbortSignal) {
    this.#world = world;
    this.#settings = settings;
    this.#fetcher = fetcher;
    this.#ready = ready;
    this.#signal = signal;
  }

  /** The next record; undefined when there is none at the moment: `ready` is called when there may be. */
  poll(onPoison: PoisonPolicy): FedRecord | undefined {
    for (let reading = this.#current(); reading !== undefined; reading = this.#current()) {
      const fed = this.#read(reading, onPoison);
      if (fed !== undefined) return fed;
    }
    return undefined;
  }

  /** The slice to read on: the one begun, else one that has waited, else the next. */
  #current(): Reading | undefined {
    for (;;) {
      this.#reading ??= this.#released.shift();
      const reading = this.#reading;
      if (reading === undefined) {
        if (!this.#begin()) return undefined;
      } else if (isWanted(reading)) {
        return reading;
      } else {
        this.#end(reading);
      }
    }
  }

  #end({ partition }: Reading): void {
    partition.isBeingRead = false;
    this.#reading = undefined;
  }

  /** Takes the next slice, if there is one. */
  #begin(): boolean {
    const taken = this.#fetcher.take();
    if (taken === undefined) return false;
    const { partition, slice } = taken;
    const origin = {
      contract: partition.contract,
      partition: partition.partition,
      leaderEpoch: slice.batch?.leaderEpoch ?? -1,
      registry: this.#settings.registry,
    };
    try {
      const records = (slice.batch?.records() ?? [])[Symbol.iterator]();
      this.#reading = { partition, epoch: partition.epoch, slice, origin, records, position: slice.from };
      partition.isBeingRead = true;
      this.#prepare(this.#reading);
    } catch (error) {
      partition.failure = damageOf(partition, slice.batch?.baseOffset ?? slice.from, error);
      this.#ready();
    }
    return true;
  }

  /** The next record of a slice; undefined when there was nothing to hand out. */
  #read(reading: Reading, onPoison: PoisonPolicy): FedRecord | undefined {
    const { partition, slice, origin, records } = reading;
    let next: IteratorResult<KafkaRecord>;
    try {
      next = records.next();
    } catch (error) {
      partition.failure = damageOf(partition, reading.position, error);
      this.#ready();
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
    reading.position = offset + 1;
    const record = new ConsumerRecord(origin, next.value);
    try {
      record.decode();
    } catch (error) {
      if (!(error instanceof DeserializationError)) throw error;
      this.#poisoned(reading, record, offset, error, onPoison);
      return undefined;
    }
    return { record, partition, handed: partition.hand(offset) };
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
      this.#ready();
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
      slice: { batch },
    } = reading;
    const { key, value, name: topic } = partition.contract;
    if (batch === undefined || (key.prepareBatch === undefined && value.prepareBatch === undefined)) return;
    const { registry } = this.#settings;
    const records = [...batch.records()];
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
      this.#released.push(reading);
      this.#ready();
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
