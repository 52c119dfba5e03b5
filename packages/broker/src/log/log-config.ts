/** What a partition's log does by configuration. Names are those of Kafka's topic configs; sizes in bytes, times in milliseconds, -1 for "no limit". */
export interface LogConfig {
  /** `segment.bytes`: a segment is finished before it grows past this. */
  readonly segmentBytes: number;
  /** `segment.ms`: a segment is finished when a batch is this much younger than its first one. */
  readonly segmentMs: number;
  /** `segment.jitter.ms`: at most so much is taken off `segment.ms`, by chance, so that logs begun together do not roll together. */
  readonly segmentJitterMs: number;
  /** `segment.index.bytes`: a segment is finished when its offset index reaches this size. */
  readonly segmentIndexBytes: number;
  /** `index.interval.bytes`: one index entry for about so many bytes of log. */
  readonly indexIntervalBytes: number;
  /** `retention.ms`, by record time. */
  readonly retentionMs: number;
  /** `retention.bytes`. */
  readonly retentionBytes: number;
  /** `max.message.bytes`: the largest record batch. */
  readonly maxMessageBytes: number;
  /** `message.timestamp.type`. */
  readonly messageTimestampType: "CreateTime" | "LogAppendTime";
  /** `message.timestamp.before.max.ms`: how far behind the broker's clock a record's time may be. */
  readonly messageTimestampBeforeMaxMs: number;
  /** `message.timestamp.after.max.ms`: how far ahead of the broker's clock a record's time may be. */
  readonly messageTimestampAfterMaxMs: number;
  /** `compression.type`: the codec that batches are kept in; `producer` leaves them as they come. */
  readonly compressionType: "producer" | "uncompressed" | "gzip" | "snappy" | "lz4" | "zstd";
  /** `compression.gzip.level`, -1 for the library's own choice. */
  readonly compressionGzipLevel: number;
  /** `compression.zstd.level`. */
  readonly compressionZstdLevel: number;
  /** `min.cleanable.dirty.ratio`: compaction starts above this share of bytes that it has not been through. */
  readonly minCleanableDirtyRatio: number;
  /** `min.compaction.lag.ms`: how long records stay as they are. */
  readonly minCompactionLagMs: number;
  /** `max.compaction.lag.ms`: after this time compaction starts whatever the share. */
  readonly maxCompactionLagMs: number;
  /** `delete.retention.ms`: how long tombstones stay once compaction came by. */
  readonly deleteRetentionMs: number;
  /** `cleanup.policy`. A log that is compacted refuses records without a key; one that is not `delete` keeps everything. */
  readonly cleanupPolicy: readonly ("delete" | "compact")[];
}

/** Kafka 4.3's defaults. */
export const defaultLogConfig: LogConfig = Object.freeze({
  segmentBytes: 1_073_741_824,
  segmentMs: 604_800_000,
  segmentJitterMs: 0,
  segmentIndexBytes: 10_485_760,
  indexIntervalBytes: 4_096,
  retentionMs: 604_800_000,
  retentionBytes: -1,
  maxMessageBytes: 1_048_588,
  messageTimestampType: "CreateTime",
  messageTimestampBeforeMaxMs: Number.MAX_SAFE_INTEGER,
  messageTimestampAfterMaxMs: 3_600_000,
  compressionType: "producer",
  compressionGzipLevel: -1,
  compressionZstdLevel: 3,
  minCleanableDirtyRatio: 0.5,
  minCompactionLagMs: 0,
  maxCompactionLagMs: Number.MAX_SAFE_INTEGER,
  deleteRetentionMs: 86_400_000,
  cleanupPolicy: Object.freeze(["delete"] as const),
});
