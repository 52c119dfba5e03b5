import type { HeadersOut, NoHeaders } from "../../contract/headers.js";
import type { RecordHeader } from "../../contract/raw-record.js";
import type { MaybeKeyedRecord, ReceivedRecord } from "../../contract/record.js";
import { type Topic, type TopicConfig, topic } from "../../contract/topic.js";
import { KafkaConfigError } from "../../errors/kafka-config-error.js";
import { bytes } from "../../serde/bytes.js";
import { nullable } from "../../serde/nullable.js";
import { type Failure, failureIn } from "./failure-headers.js";

/** A topic of records that could not be handled: their bytes as they came, and why. Made by {@link deadLetterOf}. */
export interface DeadLetterTopic<Name extends string = string>
  extends Topic<
    Name,
    MaybeKeyedRecord<Uint8Array | null, Uint8Array | null>,
    ReceivedRecord<Name, Buffer | null, Buffer | null, HeadersOut<NoHeaders>>
  > {
  /** The names of the topics whose records it takes. */
  readonly origins: readonly string[];
}

/** How a dead-letter topic differs from what {@link deadLetterOf} makes of itself. */
export interface DeadLetterOptions<Name extends string = string> {
  /** Default: the origin's name and `.dlq`. Needed for several origins. */
  readonly name?: Name | undefined;
  /** Partitions to create it with. Default: as many as the origin's contract says. */
  readonly partitions?: number | undefined;
  /** Default: kept for good (`"retention.ms": -1`), since nobody comes for it at once. */
  readonly config?: TopicConfig | undefined;
  readonly owner?: string | undefined;
}

/**
 * The contract of the topic that takes the records of `origin` that could not be decoded or handled: key and value are bytes as they
 * came, all headers are kept, and `ottla.*` headers say where the record was, when and why it failed ({@link deadLetterReason}).
 *
 * ```ts
 * await consumer.run({ orders: bill }, { retry: { attempts: 5 }, onFailure: "deadLetter", deadLetter: deadLetterOf(orders) });
 * ```
 *
 * @throws KafkaConfigError for several origins without a name
 */
export function deadLetterOf<const Name extends string = string>(
  origin: Topic | readonly Topic[],
  options: DeadLetterOptions<Name> = {},
): DeadLetterTopic<Name> {
  const origins: readonly Topic[] = "name" in origin ? [origin] : origin;
  const [first] = origins;
  if (first === undefined) throw new KafkaConfigError("deadLetterOf: no topic");
  if (origins.length > 1 && options.name === undefined) {
    throw new KafkaConfigError("deadLetterOf: several topics need a `name` for their dead-letter topic");
  }
  const partitions = options.partitions ?? first.partitions;
  const owner = options.owner ?? first.owner;
  const definition = {
    key: nullable(bytes()),
    value: nullable(bytes()),
    config: options.config ?? { "retention.ms": -1 },
    ...(partitions !== undefined && { partitions }),
    ...(owner !== undefined && { owner }),
  };
  const made = topic((options.name ?? `${first.name}.dlq`) as Name, definition);
  return Object.freeze({ ...made, origins: Object.freeze(origins.map(({ name }) => name)) }) as DeadLetterTopic<Name>;
}

/** Why a record is in a dead-letter topic; undefined when its headers do not say. */
export function deadLetterReason(record: { readonly rawHeaders: readonly RecordHeader[] }): Failure | undefined {
  return failureIn(record.rawHeaders);
}
