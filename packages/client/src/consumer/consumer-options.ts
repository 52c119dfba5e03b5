import { positive } from "../cluster/cluster-options.js";
import type { DeserializationError } from "../contract/contract-errors.js";
import type { RecordHeader } from "../contract/raw-record.js";
import type { Topic } from "../contract/topic.js";
import { KafkaConfigError } from "../errors/kafka-config-error.js";
import type { Assignor } from "./assignors/assignor.js";
import { cooperativeSticky } from "./assignors/cooperative-sticky.js";
import { range } from "./assignors/range.js";
import { roundRobin } from "./assignors/round-robin.js";
import { sticky } from "./assignors/sticky.js";
import type { ConsumerEvent, RebalanceChange } from "./consumer-events.js";
import { deadLetterNames } from "./dead-letter/dead-letter-names.js";
import type { DeadLetterTopic } from "./dead-letter/dead-letter-of.js";
import { Subscription, type TopicPattern, topicsMatching } from "./subscription.js";
import type { TopicPartition } from "./topic-partition.js";
import type { StallLimits } from "./watchdog/stalls.js";

/** Where reading begins: the log's start or end, or the first record of a time (milliseconds since the epoch) or later. */
export type StartPosition = "earliest" | "latest" | { readonly timestamp: number };

/** A record that its contract cannot read, with its bytes as they came. */
export interface PoisonRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly timestamp: number;
  readonly rawKey: Buffer | null;
  readonly rawValue: Buffer | null;
  readonly rawHeaders: readonly RecordHeader[];
  readonly error: DeserializationError;
}

/**
 * What becomes of a record that cannot be decoded. `"stop"` fails with its error and stays before it; `"skip"` goes on
 * behind it; a function is given it and the consumer goes on when it resolves, and stops when it throws.
 */
export type PoisonPolicy = "stop" | "skip" | ((poison: PoisonRecord) => void | Promise<void>);

/** As {@link PoisonPolicy}; `"deadLetter"` writes it to its dead-letter topic and goes on once that is acknowledged. */
export type ConsumerPoisonPolicy = PoisonPolicy | "deadLetter";

/** How topics are fetched and decoded. Times in milliseconds, sizes in bytes. */
export interface ReadOptions<T extends Topic> {
  /** The contracts of the topics to read. */
  readonly topics: readonly T[];
  /** `"read_committed"` (the default, unlike Java's) passes over records of aborted transactions (`isolation.level`). */
  readonly isolation?: "read_committed" | "read_uncommitted" | undefined;
  /** Bytes a broker gathers before it answers. Default 1 (`fetch.min.bytes`). */
  readonly minBytes?: number | undefined;
  /** How long a broker waits for them. Default 500 (`fetch.max.wait.ms`). */
  readonly maxWaitMs?: number | undefined;
  /** Bytes in one answer, not counting a first batch that is larger. Default 32 MiB (`fetch.max.bytes`). */
  readonly maxBytes?: number | undefined;
  /** Bytes of one partition in one answer, and about as many are kept in store. Default 1 MiB (`max.partition.fetch.bytes`). */
  readonly partitionMaxBytes?: number | undefined;
  /** Bytes fetched ahead of the handlers, over all partitions, as they came from the broker (compressed or not). Default 64 MiB. */
  readonly bufferBytes?: number | undefined;
  /** Where the client is: brokers that know how then name a replica in the same rack to fetch from (KIP-392, `client.rack`). */
  readonly rack?: string | undefined;
  /**
   * What happens when the log was cut below what was read of it (KIP-320). `"resume"` goes on where it became another, and
   * tells so (event `logTruncated`); `"stop"` stops the partition with a LogTruncatedError. Default `"resume"`, and `"stop"` with
   * `from: "none"`.
   */
  readonly onTruncation?: "resume" | "stop" | undefined;
  readonly onPoison?: PoisonPolicy | undefined;
  /** Told what the consumer does by itself. Must not throw. */
  readonly onEvent?: ((event: ConsumerEvent) => void) | undefined;
  /** Stops the consumer as `close` does; what waits rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** An assignor that comes with this package. */
export type AssignorName = "cooperative-sticky" | "sticky" | "range" | "roundrobin" | "RoundRobinAssigner";

/** How a consumer joins its group, fetches and commits. Times in milliseconds, sizes in bytes. */
interface AnyConsumer<T extends Topic> extends Omit<ReadOptions<T>, "topics" | "onPoison"> {
  /**
   * The contracts of the topics to read; or a pattern, by which topics that come later are found too (`patternRefreshMs`): a RegExp
   * alone reads them as bytes, `topicsMatching` with the contract that it is given.
   */
  readonly topics: readonly T[] | TopicPattern<T> | RegExp;
  readonly onPoison?: ConsumerPoisonPolicy | undefined;
  /** Where `onPoison: "deadLetter"` writes, made by `deadLetterOf`. Topics that none is named for have `deadLetterOf(topic)`. */
  readonly deadLetter?: DeadLetterTopic | readonly DeadLetterTopic[] | undefined;
  /**
   * What says that a record is done: asking for the next one, or its handler's end (`"auto"`, the default); or nothing but `record.done()`
   * (`"manual"`). A revoke then waits for the records that were begun and are not done, at most `drainTimeoutMs`.
   */
  readonly settle?: "auto" | "manual" | undefined;
  /** After how long without progress a partition counts as stalled (event `stalled`, `health()`). Defaults 60,000 and 120,000. */
  readonly stalls?: { readonly fetchMs?: number | undefined; readonly handlerMs?: number | undefined } | undefined;
  /** How often topics are matched against a pattern. Default 30,000. */
  readonly patternRefreshMs?: number | undefined;
  /** Makes the member static (KIP-345): it keeps its partitions when it comes back within the session timeout. */
  readonly groupInstanceId?: string | undefined;
  /**
   * Where to begin where the group has committed nothing, or where what it committed is no longer in the log; `"none"`
   * fails then, `{ timestamp }` begins with the first record of that time or later, or at the end where there is none. Default `"earliest"`, unlike Java's `auto.offset.reset`: with `"latest"` records written before a new
   * partition's first commit are passed over without a word.
   */
  readonly from?: StartPosition | "none" | undefined;
  /** Silence after which the group gives the member's partitions away. Default 45,000 (`session.timeout.ms`). */
  readonly sessionTimeoutMs?: number | undefined;
  /** How long members have to come to a rebalance. Default: `maxPollIntervalMs`, as in Java. */
  readonly rebalanceTimeoutMs?: number | undefined;
  /** Default 3,000 (`heartbeat.interval.ms`). Heartbeats do not wait for handlers. */
  readonly heartbeatIntervalMs?: number | undefined;
  /** Longest time between one record and asking for the next; then the member leaves the group. Default 300,000 (`max.poll.interval.ms`). */
  readonly maxPollIntervalMs?: number | undefined;
  /**
   * How long a revoke, or `close`, waits for records being handled before it gives their partitions up without them: they
   * come again, to their next owner. Default 30,000, at most half of `rebalanceTimeoutMs`.
   */
  readonly drainTimeoutMs?: number | undefined;
  /**
   * Default `["cooperative-sticky"]`. The first that all members have wins. With one that is eager all are used eagerly.
   * `"RoundRobinAssigner"` is round robin under the name by which kafkajs knows it: for groups with members of both.
   */
  readonly assignors?: readonly (Assignor | AssignorName)[] | undefined;
  /**
   * Who divides the partitions: with `"classic"` (the default) a member of the group, by `assignors`; with `"consumer"` the coordinator
   * (KIP-848, `group.protocol`), which moves them one by one and never stops all members. That takes Apache Kafka 4.0 or later; session
   * timeout and heartbeat interval are the broker's then (`group.consumer.*`).
   */
  readonly groupProtocol?: "classic" | "consumer" | undefined;
  /** By what a coordinator divides: `"uniform"` or `"range"`. Default: the broker's first (`group.remote.assignor`). */
  readonly serverAssignor?: string | undefined;
  /**
   * Whether finished records are committed by the consumer itself. Default true (`enable.auto.commit`). False is for those who
   * commit with a transaction (`tx.commitOffsets`): a commit of the consumer's, on its way meanwhile, could take the group back.
   */
  readonly autoCommit?: boolean | undefined;
  /** How often finished records are committed. Default 5,000 (`auto.commit.interval.ms`). */
  readonly autoCommitIntervalMs?: number | undefined;
  /** Finished records after which they are committed without waiting for the interval. */
  readonly autoCommitCount?: number | undefined;
  /**
   * Told of partitions that come and go, and awaited (at most `drainTimeoutMs`): `"assigned"` before their first record, `"revoked"`
   * after their commit. What it throws fails the consumer.
   */
  readonly onRebalance?: ((change: RebalanceChange) => void | Promise<void>) | undefined;
}

/** A partition that a consumer is to read, and where it begins. */
export interface AssignedFrom extends TopicPartition {
  /** Default: the offset committed by the `groupId`, if there is one; else where the consumer's `from` says. */
  readonly from?: bigint | StartPosition | undefined;
}

/** A consumer that is a member of a group, which divides the partitions. */
export interface GroupConsumerOptions<T extends Topic> extends AnyConsumer<T> {
  readonly groupId: string;
  readonly assign?: undefined;
}

/** A consumer that reads the partitions it is told, with no others to share them. */
export interface AssignedConsumerOptions<T extends Topic> extends AnyConsumer<T> {
  /** The partitions to read. No group divides them, and nobody takes them away. */
  readonly assign: readonly AssignedFrom[];
  /** Under which offsets are committed, for a group that has no members. Without it nothing is committed. */
  readonly groupId?: string | undefined;
}

/** How a consumer joins its group, fetches and commits. Times in milliseconds, sizes in bytes. */
// The compiler speaks of the last where it cannot tell which one was meant.
export type ConsumerOptions<T extends Topic> = AssignedConsumerOptions<T> | GroupConsumerOptions<T>;

/** How topics are read, whoever says which partitions. */
export interface ReadSettings {
  readonly topics: ReadonlyMap<string, Topic>;
  readonly from: StartPosition | "none";
  readonly isReadCommitted: boolean;
  readonly fetch: {
    readonly minBytes: number;
    readonly maxWaitMs: number;
    readonly maxBytes: number;
    readonly partitionMaxBytes: number;
    readonly bufferBytes: number;
  };
  /** Empty when it is not told. */
  readonly rack: string;
  readonly onTruncation: "resume" | "stop";
  readonly onPoison: PoisonPolicy;
  readonly onEvent: (event: ConsumerEvent) => void;
  readonly registry: unknown;
}

/** Options with their defaults, checked. */
export interface ConsumerSettings extends ReadSettings {
  /** Empty when the consumer reads what it is told and commits nothing. */
  readonly groupId: string;
  readonly subscription: Subscription;
  readonly assign: readonly AssignedFrom[] | undefined;
  readonly poisonPolicy: ConsumerPoisonPolicy;
  readonly deadLetters: ReadonlyMap<string, DeadLetterTopic>;
  readonly settlesByHand: boolean;
  readonly stalls: StallLimits;
  readonly patternRefreshMs: number;
  readonly groupInstanceId: string | null;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  readonly maxPollIntervalMs: number;
  readonly drainTimeoutMs: number;
  readonly assignors: readonly Assignor[];
  readonly groupProtocol: "classic" | "consumer";
  readonly serverAssignor: string | null;
  readonly autoCommits: boolean;
  readonly autoCommitIntervalMs: number;
  readonly autoCommitCount: number;
  readonly onRebalance: ((change: RebalanceChange) => void | Promise<void>) | undefined;
}

const assignorsByName = {
  "cooperative-sticky": cooperativeSticky,
  sticky,
  range,
  roundrobin: roundRobin,
  RoundRobinAssigner: { ...roundRobin, name: "RoundRobinAssigner" },
} as const satisfies Record<AssignorName, Assignor>;
const mebibyte = 1024 * 1024;

/** @throws KafkaConfigError */
export function readSettings<T extends Topic>(
  options: Omit<ReadOptions<T>, "topics"> & { readonly topics: readonly Topic[] | undefined },
  registry: unknown,
): Omit<ReadSettings, "from"> {
  const named = options.topics ?? [];
  if (options.topics?.length === 0) throw new KafkaConfigError("topics: at least one is needed");
  const topics = new Map(named.map((topic): [string, Topic] => [topic.name, topic]));
  if (topics.size < named.length) throw new KafkaConfigError("topics: two contracts have the same name");
  const bufferBytes = positive("bufferBytes", options.bufferBytes ?? 64 * mebibyte);
  return {
    topics,
    isReadCommitted: (options.isolation ?? "read_committed") === "read_committed",
    fetch: {
      minBytes: positive("minBytes", options.minBytes ?? 1),
      maxWaitMs: positive("maxWaitMs", options.maxWaitMs ?? 500),
      maxBytes: Math.min(positive("maxBytes", options.maxBytes ?? 32 * mebibyte), bufferBytes),
      partitionMaxBytes: positive("partitionMaxBytes", options.partitionMaxBytes ?? mebibyte),
      bufferBytes,
    },
    rack: options.rack ?? "",
    onTruncation: options.onTruncation ?? "resume",
    onPoison: options.onPoison ?? "stop",
    onEvent: options.onEvent ?? (() => {}),
    registry,
  };
}

/** @throws KafkaConfigError */
export function consumerSettings<T extends Topic>(options: ConsumerOptions<T>, registry: unknown): ConsumerSettings {
  if (options.groupId === "") throw new KafkaConfigError("groupId: it is empty");
  if (options.groupId === undefined && options.assign === undefined) {
    throw new KafkaConfigError("groupId: it is missing; a consumer without a group needs `assign`");
  }
  const topics: readonly Topic[] | TopicPattern<Topic> =
    options.topics instanceof RegExp ? topicsMatching(options.topics) : options.topics;
  const subscription = new Subscription(topics, registry);
  for (const { topic, partition } of options.assign ?? []) {
    if (subscription.pattern === undefined && !subscription.topics.has(topic)) {
      throw new KafkaConfigError(`assign: partition ${partition} of topic ${topic}, which is not among \`topics\``);
    }
  }
  const sessionTimeoutMs = positive("sessionTimeoutMs", options.sessionTimeoutMs ?? 45_000);
  const heartbeatIntervalMs = positive("heartbeatIntervalMs", options.heartbeatIntervalMs ?? 3_000);
  if (heartbeatIntervalMs >= sessionTimeoutMs) {
    throw new KafkaConfigError(
      `heartbeatIntervalMs: ${heartbeatIntervalMs} is not less than sessionTimeoutMs, ${sessionTimeoutMs}`,
    );
  }
  const maxPollIntervalMs = positive("maxPollIntervalMs", options.maxPollIntervalMs ?? 300_000);
  const rebalanceTimeoutMs = positive("rebalanceTimeoutMs", options.rebalanceTimeoutMs ?? maxPollIntervalMs);
  const assignors = (options.assignors ?? ["cooperative-sticky" as const]).map((assignor) =>
    typeof assignor === "string" ? assignorsByName[assignor] : assignor,
  );
  if (assignors.length === 0) throw new KafkaConfigError("assignors: at least one is needed");
  const { onPoison: poisonPolicy = "stop", stalls, ...rest } = options;
  const groupProtocol = options.groupProtocol ?? "classic";
  const misplaced = groupProtocol === "classic" ? "serverAssignor" : "assignors";
  if (options[misplaced] !== undefined) {
    throw new KafkaConfigError(`${misplaced}: it means nothing with groupProtocol "${groupProtocol}"`);
  }
  return {
    ...readSettings({ ...rest, topics: "pattern" in topics ? undefined : topics }, registry),
    topics: subscription.topics,
    subscription,
    assign: options.assign,
    poisonPolicy,
    deadLetters: deadLetterNames(options.deadLetter),
    settlesByHand: options.settle === "manual",
    stalls: {
      fetchMs: positive("stalls.fetchMs", stalls?.fetchMs ?? 60_000),
      handlerMs: positive("stalls.handlerMs", stalls?.handlerMs ?? 120_000),
    },
    patternRefreshMs: positive("patternRefreshMs", options.patternRefreshMs ?? 30_000),
    groupId: options.groupId ?? "",
    groupInstanceId: options.groupInstanceId ?? null,
    from: options.from ?? "earliest",
    onTruncation: options.onTruncation ?? (options.from === "none" ? "stop" : "resume"),
    sessionTimeoutMs,
    rebalanceTimeoutMs,
    heartbeatIntervalMs,
    maxPollIntervalMs,
    drainTimeoutMs: Math.min(positive("drainTimeoutMs", options.drainTimeoutMs ?? 30_000), rebalanceTimeoutMs / 2),
    assignors,
    groupProtocol,
    serverAssignor: options.serverAssignor ?? null,
    autoCommits: (options.autoCommit ?? true) && options.groupId !== undefined,
    autoCommitIntervalMs: positive("autoCommitIntervalMs", options.autoCommitIntervalMs ?? 5_000),
    autoCommitCount:
      options.autoCommitCount === undefined ? Infinity : positive("autoCommitCount", options.autoCommitCount),
    onRebalance: options.onRebalance,
  };
}
