import type { Clock } from "@ottla/world";
import type { RawRecord, RecordHeader } from "../../contract/raw-record.js";
import type { RecordMetadata } from "../../producer/record-metadata.js";
import type { SendOptions } from "../../producer/send-options.js";
import { FailedRecordError } from "../consumer-errors.js";
import type { ConsumerEvent } from "../consumer-events.js";
import type { RetryTopic } from "../retry/retry-topics.js";
import { describeError, type Failure, withFailure } from "./failure-headers.js";

/** What writes failed records: a producer. */
export interface FailedRecordPublisher {
  sendRaw(record: RawRecord): Promise<RecordMetadata>;
  close(options?: SendOptions): Promise<void>;
}

/** Makes what writes failed records, when the first has failed. */
export type OpenPublisher = () => FailedRecordPublisher;

/** A record that is to be written elsewhere, as it came. */
export interface UnhandledRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly timestamp: number;
  readonly rawKey: Buffer | null;
  readonly rawValue: Buffer | null;
  readonly rawHeaders: readonly RecordHeader[];
}

/** How a record failed. */
export interface FailureCause {
  readonly error: unknown;
  /** Calls of a handler for it so far. */
  readonly attempt: number;
}

/** Writes records that could not be decoded or handled to other topics. Opens its producer with the first. */
export class FailedRecords {
  readonly #clock: Clock;
  readonly #group: string | undefined;
  readonly #onEvent: (event: ConsumerEvent) => void;
  readonly #open: OpenPublisher;
  #publisher: FailedRecordPublisher | undefined;
  #isClosed = false;

  constructor(
    clock: Clock,
    settings: { readonly groupId: string; readonly onEvent: (event: ConsumerEvent) => void },
    open: OpenPublisher,
  ) {
    this.#clock = clock;
    this.#group = settings.groupId === "" ? undefined : settings.groupId;
    this.#onEvent = settings.onEvent;
    this.#open = open;
  }

  /** Resolves when the record is acknowledged in the dead-letter topic `to`. @throws {@link FailedRecordError} */
  async deadLetter(record: UnhandledRecord, to: string, cause: FailureCause): Promise<void> {
    await this.#write(record, to, cause, undefined);
    const { topic, partition, offset } = record;
    this.#onEvent({ kind: "deadLettered", topic, partition, offset, to, error: cause.error });
  }

  /** Resolves when the record is acknowledged in a retry topic. @throws {@link FailedRecordError} */
  async retryLater(record: UnhandledRecord, to: RetryTopic, cause: FailureCause): Promise<void> {
    await this.#write(record, to.name, cause, this.#clock.now() + to.retryOf.delayMs);
    const { topic, partition, offset } = record;
    this.#onEvent({ kind: "retryScheduled", topic, partition, offset, to: to.name, error: cause.error });
  }

  /** What is not acknowledged by now counts as not written: its record comes again. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const abandoned = AbortSignal.abort(new Error("the consumer was closed"));
    await this.#publisher?.close({ signal: abandoned });
  }

  async #write(
    record: UnhandledRecord,
    to: string,
    { error, attempt }: FailureCause,
    notBefore: number | undefined,
  ): Promise<void> {
    const { topic, partition, offset, timestamp, rawKey: key, rawValue: value, rawHeaders } = record;
    const origin = { topic, partition, offset, timestamp, group: this.#group };
    const failure: Failure = { ...origin, attempt, ...describeError(error), at: this.#clock.now(), notBefore };
    try {
      if (this.#isClosed) throw new Error("the consumer was closed");
      this.#publisher ??= this.#open();
      await this.#publisher.sendRaw({ topic: to, key, value, headers: withFailure(rawHeaders, failure) });
    } catch (thrown) {
      throw new FailedRecordError(record, to, thrown, error);
    }
  }
}
