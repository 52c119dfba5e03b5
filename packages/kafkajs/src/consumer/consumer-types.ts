import type { Offsets, TopicOffsets } from "../config/cluster-types.js";
import type { RetryOptions } from "../config/kafka-config.js";
import type {
  ConnectEvent,
  DisconnectEvent,
  RequestEvent,
  RequestQueueSizeEvent,
  RequestTimeoutEvent,
} from "../events/connection-events.js";
import type { InstrumentationEvent } from "../events/event-emitter.js";
import type { PartitionAssigner } from "../group/partition-assigners.js";
import type { IHeaders } from "../producer/producer-types.js";

/** How a consumer joins its group and fetches. Times in milliseconds, sizes in bytes. */
export interface ConsumerConfig {
  groupId: string;
  /** Default: round robin under the name `RoundRobinAssigner`. */
  partitionAssigners?: PartitionAssigner[];
  /** Default 300,000. */
  metadataMaxAge?: number;
  /** Silence after which the group gives the member's partitions away. Default 30,000. */
  sessionTimeout?: number;
  /** How long members have to come to a rebalance; for half of it handlers that run are waited for. Default 60,000. */
  rebalanceTimeout?: number;
  /** Default 3,000. Heartbeats do not wait for handlers. */
  heartbeatInterval?: number;
  /** Default 1 MiB. */
  maxBytesPerPartition?: number;
  /** Default 1. */
  minBytes?: number;
  /** Default 10 MiB. */
  maxBytes?: number;
  /** How long a broker waits for `minBytes`. Default 5,000. */
  maxWaitTimeInMs?: number;
  /** `retries` is how often a message whose handler failed is tried again before the consumer crashes. */
  retry?: RetryOptions & { restartOnFailure?: (err: Error) => Promise<boolean> };
  /** Default true. */
  allowAutoTopicCreation?: boolean;
  /** Taken and not used. */
  maxInFlightRequests?: number;
  /** Whether records of open and aborted transactions are given too. Default false. */
  readUncommitted?: boolean;
  rackId?: string;
}

/** A record, as handlers are given it. Key and value share memory with what was fetched beside them. */
export interface KafkaMessage {
  key: Buffer | null;
  value: Buffer | null;
  /** Milliseconds since the epoch. */
  timestamp: string;
  attributes: number;
  offset: string;
  headers: IHeaders;
  size?: never;
}

/** Messages of one partition, in order. */
export interface Batch {
  topic: string;
  partition: number;
  highWatermark: string;
  messages: KafkaMessage[];
  isEmpty(): boolean;
  firstOffset(): string | null;
  lastOffset(): string;
  /** Records behind the last message. */
  offsetLag(): string;
  /** Records behind the first message. */
  offsetLagLow(): string;
}

export interface OffsetsByTopicPartition {
  topics: TopicOffsets[];
}

export interface EachMessagePayload {
  topic: string;
  partition: number;
  message: KafkaMessage;
  /** Not needed to stay in the group. Rejects when the partition is being given up, so that long work can end. */
  heartbeat(): Promise<void>;
  /** Pauses the partition; call what it returns to go on. */
  pause(): () => void;
}

export interface EachBatchPayload {
  batch: Batch;
  /** All up to this offset is done. */
  resolveOffset(offset: string): void;
  /** As in {@link EachMessagePayload}. */
  heartbeat(): Promise<void>;
  pause(): () => void;
  /** Commits these offsets; without any, what is done, when the interval or the threshold says so. */
  commitOffsetsIfNecessary(offsets?: Offsets): Promise<void>;
  /** What is done and not committed, of all partitions. */
  uncommittedOffsets(): OffsetsByTopicPartition;
  /** False once the consumer stops. */
  isRunning(): boolean;
  /** True once the partition was sought elsewhere, or is being given up. */
  isStale(): boolean;
}

export type ConsumerEachMessagePayload = EachMessagePayload;
export type ConsumerEachBatchPayload = EachBatchPayload;
export type EachMessageHandler = (payload: EachMessagePayload) => Promise<void>;
export type EachBatchHandler = (payload: EachBatchPayload) => Promise<void>;

/** How `run` hands out messages and commits. */
export interface ConsumerRunConfig {
  /** Whether what is done is committed: after each batch, and within one by interval and threshold. Default true. */
  autoCommit?: boolean;
  autoCommitInterval?: number | null;
  autoCommitThreshold?: number | null;
  /** Whether the end of `eachBatch` says that all of the batch is done. Default true. */
  eachBatchAutoResolve?: boolean;
  /** Default 1. */
  partitionsConsumedConcurrently?: number;
  eachBatch?: EachBatchHandler;
  eachMessage?: EachMessageHandler;
}

export interface ConsumerSubscribeTopic {
  topic: string | RegExp;
  fromBeginning?: boolean;
}

/** Topics by name or pattern (matched once, now), and where to begin where the group has committed nothing. */
export interface ConsumerSubscribeTopics {
  topics: (string | RegExp)[];
  /** Default false: at the end. */
  fromBeginning?: boolean;
}

export interface IMemberAssignment {
  [key: string]: number[];
}

interface BatchProcess {
  topic: string;
  partition: number;
  highWatermark: string;
  offsetLag: string;
  offsetLagLow: string;
  batchSize: number;
  firstOffset: string;
  lastOffset: string;
}

interface Member {
  groupId: string;
  memberId: string;
}

/** What each event tells. */
export interface ConsumerEventPayloads {
  "consumer.heartbeat": Member & { groupGenerationId: number };
  "consumer.commit_offsets": Member & { groupGenerationId: number; topics: TopicOffsets[] };
  "consumer.group_join": Member & {
    duration: number;
    isLeader: boolean;
    /** Empty where another member leads: the client does not tell who. */
    leaderId: string;
    groupProtocol: string;
    memberAssignment: IMemberAssignment;
  };
  "consumer.start_batch_process": BatchProcess;
  "consumer.end_batch_process": BatchProcess & { duration: number };
  "consumer.connect": null;
  "consumer.disconnect": null;
  "consumer.network.request": RequestEvent["payload"];
  "consumer.network.request_timeout": RequestTimeoutEvent["payload"];
  "consumer.stop": null;
  "consumer.crash": { error: Error; groupId: string; restart: boolean };
  "consumer.rebalancing": Member;
}

/** The names of a consumer's events. */
export const consumerEvents = {
  HEARTBEAT: "consumer.heartbeat",
  COMMIT_OFFSETS: "consumer.commit_offsets",
  GROUP_JOIN: "consumer.group_join",
  FETCH_START: "consumer.fetch_start",
  FETCH: "consumer.fetch",
  START_BATCH_PROCESS: "consumer.start_batch_process",
  END_BATCH_PROCESS: "consumer.end_batch_process",
  CONNECT: "consumer.connect",
  DISCONNECT: "consumer.disconnect",
  STOP: "consumer.stop",
  CRASH: "consumer.crash",
  REBALANCING: "consumer.rebalancing",
  RECEIVED_UNSUBSCRIBED_TOPICS: "consumer.received_unsubscribed_topics",
  REQUEST: "consumer.network.request",
  REQUEST_TIMEOUT: "consumer.network.request_timeout",
  REQUEST_QUEUE_SIZE: "consumer.network.request_queue_size",
} as const;
export type ConsumerEvents = { -readonly [K in keyof typeof consumerEvents]: (typeof consumerEvents)[K] };

export type ConsumerHeartbeatEvent = InstrumentationEvent<ConsumerEventPayloads["consumer.heartbeat"]>;
export type ConsumerCommitOffsetsEvent = InstrumentationEvent<ConsumerEventPayloads["consumer.commit_offsets"]>;
export type ConsumerGroupJoinEvent = InstrumentationEvent<ConsumerEventPayloads["consumer.group_join"]>;
/** Never told: fetches do not wait for handlers, and say nothing of them. */
export type ConsumerFetchStartEvent = InstrumentationEvent<{ nodeId: number }>;
/** Never told, as {@link ConsumerFetchStartEvent}. */
export type ConsumerFetchEvent = InstrumentationEvent<{ numberOfBatches: number; duration: number; nodeId: number }>;
export type ConsumerStartBatchProcessEvent = InstrumentationEvent<
  ConsumerEventPayloads["consumer.start_batch_process"]
>;
export type ConsumerEndBatchProcessEvent = InstrumentationEvent<ConsumerEventPayloads["consumer.end_batch_process"]>;
export type ConsumerCrashEvent = InstrumentationEvent<ConsumerEventPayloads["consumer.crash"]>;
export type ConsumerRebalancingEvent = InstrumentationEvent<ConsumerEventPayloads["consumer.rebalancing"]>;
/** Never told: nothing is handed out of topics that were not subscribed to. */
export type ConsumerReceivedUnsubcribedTopicsEvent = InstrumentationEvent<{
  groupId: string;
  generationId: number;
  memberId: string;
  assignedTopics: string[];
  topicsSubscribed: string[];
  topicsNotSubscribed: string[];
}>;

/** What a listener of each event is given. */
export interface ConsumerEventTypes {
  "consumer.heartbeat": ConsumerHeartbeatEvent;
  "consumer.commit_offsets": ConsumerCommitOffsetsEvent;
  "consumer.group_join": ConsumerGroupJoinEvent;
  "consumer.fetch_start": ConsumerFetchStartEvent;
  "consumer.fetch": ConsumerFetchEvent;
  "consumer.start_batch_process": ConsumerStartBatchProcessEvent;
  "consumer.end_batch_process": ConsumerEndBatchProcessEvent;
  "consumer.connect": ConnectEvent;
  "consumer.disconnect": DisconnectEvent;
  "consumer.stop": InstrumentationEvent<null>;
  "consumer.crash": ConsumerCrashEvent;
  "consumer.rebalancing": ConsumerRebalancingEvent;
  "consumer.received_unsubscribed_topics": ConsumerReceivedUnsubcribedTopicsEvent;
  "consumer.network.request": RequestEvent;
  "consumer.network.request_timeout": RequestTimeoutEvent;
  "consumer.network.request_queue_size": RequestQueueSizeEvent;
}
