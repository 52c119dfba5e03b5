import type { GroupConsumerOptions, RawTopic, RebalanceChange } from "@ottla/client";
import { clientAssignor } from "../group/client-assignor.js";
import { PartitionAssigners } from "../group/partition-assigners.js";
import type { Logger } from "../log/logger.js";
import type { ConsumerConfig } from "./consumer-types.js";
import type { StartPositions } from "./start-positions.js";
import { rawTopic } from "./subscription.js";

/** What the run of a consumer hears from its client. */
interface GroupHooks {
  /** This member leads the group. */
  readonly led: () => void;
  readonly rebalanced: (change: RebalanceChange) => Promise<void>;
}

/** Handlers may take as long as they like. */
const longestMs = 2 ** 31 - 1;

/** kafkajs's configuration of a consumer as the client's. */
export function groupOptions(
  config: ConsumerConfig,
  starts: StartPositions,
  hooks: GroupHooks,
  logger: Logger,
): GroupConsumerOptions<RawTopic> & { readonly groupId: string } {
  const { groupId, rebalanceTimeout = 60_000, partitionAssigners = [PartitionAssigners.roundRobin] } = config;
  const context = { groupId, logger, topics: () => [...starts.topics], led: hooks.led };
  return {
    groupId,
    topics: starts.topics.map(rawTopic),
    from: starts.from,
    autoCommit: false,
    isolation: config.readUncommitted ? "read_uncommitted" : "read_committed",
    minBytes: config.minBytes,
    maxWaitMs: config.maxWaitTimeInMs ?? 5_000,
    maxBytes: config.maxBytes ?? 10 * 1024 * 1024,
    partitionMaxBytes: config.maxBytesPerPartition,
    rack: config.rackId,
    sessionTimeoutMs: config.sessionTimeout ?? 30_000,
    rebalanceTimeoutMs: rebalanceTimeout,
    heartbeatIntervalMs: config.heartbeatInterval,
    drainTimeoutMs: rebalanceTimeout / 2,
    maxPollIntervalMs: longestMs,
    assignors: partitionAssigners.map((create) => clientAssignor(create, context)),
    onRebalance: hooks.rebalanced,
    onEvent: ({ kind, ...about }) => logger.debug(`the consumer tells: ${kind}`, { groupId, ...about }),
  };
}
