import type { CleanerLimits } from "../log/compaction/cleaning-plan.js";
import type { CleanerMetrics } from "../log/compaction/log-cleaner.js";
import type { LogConfig } from "../log/log-config.js";
import type { PartitionLog } from "../log/partition-log.js";
import type { Durability } from "./durability.js";
import type { ProcessIdentity } from "./process-identity.js";
import type { StorageEvent } from "./storage-event.js";

export type { Durability } from "./durability.js";
export type { StorageEvent } from "./storage-event.js";

export interface LogStoreOptions {
  /** Absolute path; not used with `memory`. */
  readonly dataDir?: string;
  readonly durability: Durability;
  /** Written on the first open; a different one later is refused. Default 1. */
  readonly nodeId?: number;
  /** Written on the first open, random when not given; a different one later is refused. */
  readonly clusterId?: string;
  /** For the folder lock. Without it the folder is not locked; on the real file system it is this process by default. */
  readonly process?: ProcessIdentity;
  readonly onEvent?: (event: StorageEvent) => void;
  /** `producer.id.expiration.ms`, default one day. */
  readonly producerIdExpirationMs?: number;
  /** Recently appended bytes kept in memory for consumers at the tail, all partitions together. Default 4 MiB. */
  readonly tailCacheBytes?: number;
  /** Most file descriptors kept open. Default 512. */
  readonly maxOpenFiles?: number;
}

/** The logs of one data folder. */
export interface LogStore {
  readonly clusterId: string;
  readonly nodeId: number;
  readonly durability: Durability;
  /**
   * The log of a partition that exists by the metadata: what the folder holds of it, or an empty one. Bytes of an earlier topic
   * of that name (another `topicId`) are removed. Files are made with the first append.
   *
   * @param isGone - Whether there was a topic of that id and it was deleted; all others by default. A folder of an id that nobody
   * ever had is damaged, and fenced.
   */
  create(
    topic: string,
    topicId: string,
    partition: number,
    config: LogConfig,
    isGone?: (topicId: string) => boolean,
  ): PartitionLog;
  get(topic: string, partition: number): PartitionLog | undefined;
  /** Takes the log away at once and removes its files. Waiting appends are rejected with `UNKNOWN_TOPIC_OR_PARTITION`. */
  delete(topic: string, partition: number): Promise<void>;
  /** In order of creation. */
  logs(): Iterable<PartitionLog>;
  /** Removes what the folder holds of partitions that nobody asked for with {@link LogStore.create}. Call once the metadata is replayed. */
  removeUnclaimed(): void;
  /** Retention by time and size, and expiry of idle producers. Call now and then (`log.retention.check.interval.ms`). */
  retain(): Promise<void>;
  /**
   * One round of compaction on the dirtiest log that is due (`cleanup.policy` with `compact`), in a worker thread or in small slices. True when there was
   * one, so that another may follow; otherwise call again after `log.cleaner.backoff.ms`. A log whose compaction fails is
   * reported as `compactionFailed`, and left alone.
   */
  clean(limits: CleanerLimits): Promise<boolean>;
  readonly cleanerMetrics: CleanerMetrics;
  /** Writes and syncs what is queued, then leaves the clean-shutdown marker. Safe to call twice. */
  close(): Promise<void>;
}
