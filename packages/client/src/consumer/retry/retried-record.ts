import type { KafkaRecord } from "@ottla/protocol";
import { ConsumerRecord, type RecordOrigin, type Retried } from "../consumer-record.js";
import { type Failure, failureIn } from "../dead-letter/failure-headers.js";
import type { RetryTopic } from "./retry-topics.js";

/** A record out of a retry topic, which shows where it was read first: what handlers know it by stays the same. */
export class RetriedRecord extends ConsumerRecord {
  readonly #stage: number;
  readonly #first: Failure | undefined;

  /** @param origin - With the contract of the topic it was read from first. */
  constructor(origin: RecordOrigin, record: KafkaRecord, { stage }: RetryTopic["retryOf"]) {
    super(origin, record);
    this.#first = failureIn(record.headers);
    this.#stage = stage;
  }

  override get retried(): Retried {
    return { stage: this.#stage, attempts: this.#first?.attempt ?? 0 };
  }

  override get partition(): number {
    return this.#first?.partition ?? super.partition;
  }
  override get offset(): bigint {
    return this.#first?.offset ?? super.offset;
  }
  override get timestamp(): number {
    return this.#first?.timestamp ?? super.timestamp;
  }

  /** When it is to be handled; undefined when it does not say. */
  get notBefore(): number | undefined {
    return this.#first?.notBefore;
  }
}
