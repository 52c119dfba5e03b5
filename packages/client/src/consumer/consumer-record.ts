import type { KafkaRecord, RecordHeader } from "@ottla/protocol";
import { decodeHeaders, decodeKey, decodeValue, type RecordSource } from "../contract/decode-record.js";
import type { ReceivedRecord } from "../contract/record.js";
import type { Topic } from "../contract/topic.js";

const notDecoded = Symbol("not decoded");

/** What all records of a batch have in common. */
export interface RecordOrigin {
  readonly contract: Topic;
  readonly partition: number;
  readonly leaderEpoch: number;
  readonly registry: unknown;
}

/** A record between a fetched batch and a handler: each part is decoded when it is first asked for, once. */
export class ConsumerRecord implements ReceivedRecord, RecordSource {
  readonly #origin: RecordOrigin;
  readonly #record: KafkaRecord;
  #key: unknown = notDecoded;
  #value: unknown = notDecoded;
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

  get key(): unknown {
    if (this.#key === notDecoded) this.#key = decodeKey(this.#origin.contract, this);
    return this.#key;
  }
  get value(): unknown {
    if (this.#value === notDecoded) this.#value = decodeValue(this.#origin.contract, this);
    return this.#value;
  }
  get headers(): unknown {
    if (this.#headers === notDecoded) this.#headers = decodeHeaders(this.#origin.contract, this);
    return this.#headers;
  }

  /** Decodes every part now. @throws DeserializationError */
  decode(): void {
    void this.key;
    void this.value;
    void this.headers;
  }

  /** What `console.log` prints, since getters of a class are not shown. */
  [Symbol.for("nodejs.util.inspect.custom")](): object {
    const { topic, partition, offset, timestamp, key, value, headers } = this;
    return { topic, partition, offset, timestamp, key, value, headers };
  }
}
