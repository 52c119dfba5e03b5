import { boolean, type ConfigKey, double, InvalidConfigError, int, list, long, longMax, string } from "./config-key.js";

const topicOnly = Object.freeze([]);

/** A topic's key, and the broker's keys its default comes from, nearest first. */
const from = <K extends ConfigKey>(
  key: K,
  ...brokerKeys: readonly string[]
): K & { readonly brokerKeys: readonly string[] } => ({
  ...key,
  brokerKeys: brokerKeys.length === 0 ? topicOnly : brokerKeys,
});

/** Partitions and brokers as `0:1,1:1`, or `*` for all. */
const throttled = Object.freeze({
  check: (name: string, words: readonly string[]): void => {
    if ((words.length === 1 && words[0] === "*") || words.every((word) => /^\d+:\d+$/.test(word))) return;
    throw new InvalidConfigError(`Invalid value ${words.join(",")} for configuration ${name}: it is * or 0:1,1:1`);
  },
});

/** Every configuration of a topic in Apache Kafka 4.3. */
export const topicConfigKeys = Object.freeze({
  "cleanup.policy": from(
    list(
      "delete",
      "What happens to old segments: delete removes them by age or size, compact keeps the latest record of every key, both do both.",
      {
        oneOf: ["compact", "delete"],
      },
    ),
    "log.cleanup.policy",
  ),
  "compression.gzip.level": from(
    int(-1, "Effort of gzip when this topic is compressed by the broker; -1 is the library's own choice.", {
      or: -1,
      min: 1,
      max: 9,
    }),
    "compression.gzip.level",
  ),
  "compression.lz4.level": from(
    int(9, "Effort of lz4 when this topic is compressed by the broker.", { min: 1, max: 17 }),
    "compression.lz4.level",
  ),
  "compression.type": from(
    string("producer", "Codec in which batches are kept; producer keeps each batch as it was sent.", {
      oneOf: ["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"],
    }),
    "compression.type",
  ),
  "compression.zstd.level": from(
    int(3, "Effort of zstd when this topic is compressed by the broker.", { min: -131_072, max: 22 }),
    "compression.zstd.level",
  ),
  "delete.retention.ms": from(
    long(86_400_000, "How long a tombstone of a compacted topic stays readable, in milliseconds.", { min: 0 }),
    "log.cleaner.delete.retention.ms",
  ),
  "file.delete.delay.ms": from(
    long(60_000, "Time between taking a segment out of the log and removing its files, in milliseconds.", { min: 0 }),
    "log.segment.delete.delay.ms",
  ),
  "flush.messages": from(
    long(longMax, "Records between forced syncs. The broker's own durability setting usually syncs earlier.", {
      min: 1,
    }),
    "log.flush.interval.messages",
  ),
  "flush.ms": from(
    long(longMax, "Milliseconds between forced syncs. The broker's own durability setting usually syncs earlier.", {
      min: 0,
    }),
    "log.flush.interval.ms",
  ),
  "follower.replication.throttled.replicas": from(
    list("", "Replicas whose followers are throttled. Kept and reported; one node has no followers.", throttled),
  ),
  "index.interval.bytes": from(
    int(4096, "Bytes of log between two entries of the offset index.", { min: 0 }),
    "log.index.interval.bytes",
  ),
  "leader.replication.throttled.replicas": from(
    list("", "Replicas whose leaders are throttled. Kept and reported; one node has no followers.", throttled),
  ),
  "local.retention.bytes": from(
    long(-2, "Bytes of a tiered partition kept locally; -2 takes retention.bytes. Nothing is tiered here.", {
      min: -2,
    }),
    "log.local.retention.bytes",
  ),
  "local.retention.ms": from(
    long(-2, "How long a tiered segment is kept locally; -2 takes retention.ms. Nothing is tiered here.", { min: -2 }),
    "log.local.retention.ms",
  ),
  "max.compaction.lag.ms": from(
    long(longMax, "Longest time a record may stay out of reach of compaction, in milliseconds.", { min: 1 }),
    "log.cleaner.max.compaction.lag.ms",
  ),
  "max.message.bytes": from(
    int(1_048_588, "Largest record batch accepted, in bytes, compressed as it is sent.", { min: 0 }),
    "message.max.bytes",
  ),
  "message.timestamp.after.max.ms": from(
    long(3_600_000, "How far in the future a record's timestamp may lie, in milliseconds.", { min: 0 }),
    "log.message.timestamp.after.max.ms",
  ),
  "message.timestamp.before.max.ms": from(
    long(longMax, "How far in the past a record's timestamp may lie, in milliseconds.", { min: 0 }),
    "log.message.timestamp.before.max.ms",
  ),
  "message.timestamp.type": from(
    string("CreateTime", "Whether records keep the producer's timestamp or get the time of the append.", {
      oneOf: ["CreateTime", "LogAppendTime"],
    }),
    "log.message.timestamp.type",
  ),
  "min.cleanable.dirty.ratio": from(
    double(0.5, "Share of a log not yet compacted at which compaction starts.", { min: 0, max: 1 }),
    "log.cleaner.min.cleanable.ratio",
  ),
  "min.compaction.lag.ms": from(
    long(0, "Least time a record stays before compaction may drop it, in milliseconds.", { min: 0 }),
    "log.cleaner.min.compaction.lag.ms",
  ),
  "min.insync.replicas": from(
    int(
      1,
      "Replicas that must have a record before acks=all is answered. Above 1, one node must refuse such records.",
      {
        min: 1,
      },
    ),
    "min.insync.replicas",
  ),
  preallocate: from(boolean(false, "Whether a segment's file gets its full size at once."), "log.preallocate"),
  "remote.log.copy.disable": from(boolean(false, "Stops copying to remote storage. Nothing is tiered here.")),
  "remote.log.delete.on.disable": from(
    boolean(false, "Removes remote data when tiering is switched off. Nothing is tiered here."),
  ),
  "remote.storage.enable": from(boolean(false, "Tiered storage, which this broker does not have.")),
  "retention.bytes": from(
    long(-1, "Size of a partition above which its oldest segments are removed; -1 is no limit."),
    "log.retention.bytes",
  ),
  "retention.ms": from(
    long(604_800_000, "Age at which a segment is removed, in milliseconds; -1 keeps it.", { min: -1 }),
    "log.retention.ms",
    "log.retention.minutes",
    "log.retention.hours",
  ),
  "segment.bytes": from(
    int(1_073_741_824, "Size at which a segment is closed and the next one begun.", { min: 1_048_576 }),
    "log.segment.bytes",
  ),
  "segment.index.bytes": from(
    int(10_485_760, "Largest size of a segment's offset index.", { min: 4 }),
    "log.index.size.max.bytes",
  ),
  "segment.jitter.ms": from(
    long(0, "Largest random part taken off segment.ms, so that not all partitions roll at once.", { min: 0 }),
    "log.roll.jitter.ms",
    "log.roll.jitter.hours",
  ),
  "segment.ms": from(
    long(604_800_000, "Age at which a segment is closed and the next one begun, in milliseconds.", { min: 1 }),
    "log.roll.ms",
    "log.roll.hours",
  ),
  "unclean.leader.election.enable": from(
    boolean(false, "Whether a replica that is behind may lead. Kept and reported; one node elects nobody."),
    "unclean.leader.election.enable",
  ),
});

export type TopicConfigName = keyof typeof topicConfigKeys;

export const isTopicConfigName = (name: string): name is TopicConfigName => Object.hasOwn(topicConfigKeys, name);
