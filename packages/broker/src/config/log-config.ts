import type { LogConfig } from "../log/log-config.js";
import type { TopicConfig } from "./topic-config.js";

/** What a topic's configuration means to the logs of its partitions. */
export const logConfigOf = (config: TopicConfig): LogConfig => ({
  segmentBytes: config.get("segment.bytes"),
  // What must be compacted by a time has to be in a finished segment by then.
  segmentMs: config.get("cleanup.policy").includes("compact")
    ? Math.min(config.get("segment.ms"), config.get("max.compaction.lag.ms"))
    : config.get("segment.ms"),
  segmentJitterMs: config.get("segment.jitter.ms"),
  segmentIndexBytes: config.get("segment.index.bytes"),
  indexIntervalBytes: config.get("index.interval.bytes"),
  retentionMs: config.get("retention.ms"),
  retentionBytes: config.get("retention.bytes"),
  maxMessageBytes: config.get("max.message.bytes"),
  messageTimestampType: config.get("message.timestamp.type"),
  messageTimestampBeforeMaxMs: config.get("message.timestamp.before.max.ms"),
  messageTimestampAfterMaxMs: config.get("message.timestamp.after.max.ms"),
  compressionType: config.get("compression.type"),
  compressionGzipLevel: config.get("compression.gzip.level"),
  compressionZstdLevel: config.get("compression.zstd.level"),
  minCleanableDirtyRatio: config.get("min.cleanable.dirty.ratio"),
  minCompactionLagMs: config.get("min.compaction.lag.ms"),
  maxCompactionLagMs: config.get("max.compaction.lag.ms"),
  deleteRetentionMs: config.get("delete.retention.ms"),
  cleanupPolicy: config.get("cleanup.policy"),
});
