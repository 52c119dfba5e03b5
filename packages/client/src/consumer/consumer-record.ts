import type { KafkaRecord, RecordHeader } from "@ottla/protocol";
import { decodeEvent, decodeHeaders, decodeKey, decodeValue, type RecordSource } from "../contract/decode-record.js";
import { skippedEvent } from "../contract/one-of.js";
import type { ConsumedRecord, ReceivedRecord } from "../contract/record.js";
import type { Topic } from "../contract/topic.js";
import type { Delivery } from "./offsets/done-tracker.js";

/** What a consumer can be told of a record it gave. */
export interface Settleable {
  /**
   * Says that the record is done: its offset may be committed, once all before it in its partition are done. With `settle: "manual"`
   * nothing else says so. Twice is fine; after its partition was given up, or read anew by a seek or another loop, it changes nothing.
   */
  done(): void;
}

/** A record as a consumer gives it; for several topics a union that narrows by `topic`. */
export type DeliveredRecord<T extends Topic> = T extends Topic ? ConsumedRecord<T> & Settleable : never;

const notDecoded = Symbol("not decoded");

/** What all records of a batch have in common. */
export interface RecordOrigin {
  readonly contract: Topic;
  readonly partition: number;
  readonly leaderEpoch: number;
  readonly registry: unknown;
  /** Told when the application says that a record is done. */
  readonly settle: ((handed: Delivery) => void) | undefined;
}

/** Which retry topic a record came from, and how often it was handled before. */
export interface Retried {
  readonly stage: number;
  readonly attempts: number;
}

/** A record between a fetched batch and a handler: each part is decoded when it is first asked for, once. */
export class ConsumerRecord implements ReceivedRecord, RecordSource, Settleable {
  /** As its partition remembers it, once it is handed out. */
  handed: Delivery | undefined;
  readonly #origin: RecordOrigin;
  readonly #record: KafkaRecord;
  #key: unknown = notDecoded;
  #value: unknown = notDecoded;
  #type: unknown;
  #headers: unknown = notDecoded;

  constructor(origin: RecordOrigin, record: KafkaRecord) {
    this.#origin = origin;
    this.#record = record;
  }

  get topic(): string {
    return this.#origin.contract.name;
  }
  get partition(): number {
    return this.#origin.partition;
  }
  get offset(): bigint {
    return BigInt(this.#record.offset);
  }
  get timestamp(): number {
    return this.#record.timestamp;
  }
  get leaderEpoch(): number {
    return this.#origin.leaderEpoch;
  }
  get registry(): unknown {
    return this.#origin.registry;
  }
  get rawKey(): Buffer | null {
    return this.#record.key;
  }
  get rawValue(): Buffer | null {
    return this.#record.value;
  }
  get rawHeaders(): readonly RecordHeader[] {
    return this.#record.headers;
  }
  get retried(): Retried | undefined {
    return undefined;
  }

  get key(): unknown {
    if (this.#key === notDecoded) this.#key = decodeKey(this.#origin.contract, this);
    return this.#key;
  }
  get value(): unknown {
    if (this.#value === notDecoded) this.#decodeValue();
    return this.#value;
  }
  /** Which of several event types it is, for contracts that have several. */
  get type(): unknown {
    if (this.#value === notDecoded) this.#decodeValue();
    return this.#type;
  }
  get headers(): unknown {
    if (this.#headers === notDecoded) this.#headers = decodeHeaders(this.#origin.contract, this);
    return this.#headers;
  }

  done(): void {
    if (this.handed !== undefined) this.#origin.settle?.(this.handed);
  }

  /** Decodes every part now; false when the contract leaves out records of this type. @throws DeserializationError */
  decode(): boolean {
    if (this.value === skippedEvent.value) return false;
    void this.key;
    void this.headers;
    return true;
  }

  #decodeValue(): void {
    const { contract } = this.#origin;
    if (contract.types === undefined) this.#value = decodeValue(contract, this);
    else ({ type: this.#type, value: this.#value } = decodeEvent(contract, this));
  }

  /** What `console.log` prints, since getters of a class are not shown. */
  [Symbol.for("nodejs.util.inspect.custom")](): object {
    const { topic, partition, offset, timestamp, key, type, value, headers } = this;
    return { topic, partition, offset, timestamp, key, ...(type !== undefined && { type }), value, headers };
  }
}
