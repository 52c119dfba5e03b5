import type { PartitionMetadata } from "../config/cluster-types.js";
import type { RetryOptions } from "../config/kafka-config.js";
import type {
  ConnectEvent,
  DisconnectEvent,
  RequestEvent,
  RequestQueueSizeEvent,
  RequestTimeoutEvent,
} from "../events/connection-events.js";
import type { CompressionTypes } from "./compression.js";

/** Headers by name; a name that comes several times has an array. */
export interface IHeaders {
  [key: string]: Buffer | string | (Buffer | string)[] | undefined;
}

/** A record to send. Texts are written as UTF-8. */
export interface Message {
  key?: Buffer | string | null;
  /** Null deletes the key in compacted topics. */
  value: Buffer | string | null;
  partition?: number;
  headers?: IHeaders;
  /** Milliseconds since the epoch, as text; the time of sending when absent. */
  timestamp?: string;
}

export interface PartitionerArgs {
  topic: string;
  /** One for each partition, in order. `replicas` and `isr` hold the leader alone. */
  partitionMetadata: PartitionMetadata[];
  message: Message;
}

/** Made once per producer; then asked for the partition of each message, also of those that name one. */
export type ICustomPartitioner = () => (args: PartitionerArgs) => number;
export type DefaultPartitioner = ICustomPartitioner;
export type LegacyPartitioner = ICustomPartitioner;

/** How a producer partitions, retries and transacts. Times in milliseconds. */
export interface ProducerConfig {
  /** Default: `Partitioners.DefaultPartitioner`. */
  createPartitioner?: ICustomPartitioner;
  retry?: RetryOptions;
  /** Age after which metadata is asked for again. Default 300,000. */
  metadataMaxAge?: number;
  /** Default true. */
  allowAutoTopicCreation?: boolean;
  /** What `isIdempotent()` says, and whether `acks` must be -1. With `acks: -1` sends neither repeat nor reorder in any case. */
  idempotent?: boolean;
  transactionalId?: string;
  /** Default 60,000. */
  transactionTimeout?: number;
  /** Unanswered requests per broker; at most 5 count. */
  maxInFlightRequests?: number;
}

/** Messages for one topic. */
export interface ProducerRecord {
  topic: string;
  messages: Message[];
  /** -1 (the default) all in-sync replicas, 1 the leader, 0 nobody. */
  acks?: number;
  /** Taken and not used: the brokers' time is the client's `requestTimeout`. */
  timeout?: number;
  compression?: CompressionTypes;
}

export interface TopicMessages {
  topic: string;
  messages: Message[];
}

/** Messages for several topics. */
export interface ProducerBatch {
  acks?: number;
  timeout?: number;
  compression?: CompressionTypes;
  topicMessages?: TopicMessages[];
}

/** Where the messages of one partition begin. */
export interface RecordMetadata {
  topicName: string;
  partition: number;
  errorCode: number;
  offset?: string;
  timestamp?: string;
  baseOffset?: string;
  logAppendTime?: string;
  logStartOffset?: string;
}

export interface ProducerEventPayloads {
  "producer.connect": null;
  "producer.disconnect": null;
  "producer.network.request": RequestEvent["payload"];
  "producer.network.request_timeout": RequestTimeoutEvent["payload"];
}

/** The names of a producer's events. */
export const producerEvents = {
  CONNECT: "producer.connect",
  DISCONNECT: "producer.disconnect",
  REQUEST: "producer.network.request",
  REQUEST_TIMEOUT: "producer.network.request_timeout",
  REQUEST_QUEUE_SIZE: "producer.network.request_queue_size",
} as const;
export type ProducerEvents = { -readonly [K in keyof typeof producerEvents]: (typeof producerEvents)[K] };

/** What a listener of each event is given. */
export interface ProducerEventTypes {
  "producer.connect": ConnectEvent;
  "producer.disconnect": DisconnectEvent;
  "producer.network.request": RequestEvent;
  "producer.network.request_timeout": RequestTimeoutEvent;
  "producer.network.request_queue_size": RequestQueueSizeEvent;
}
