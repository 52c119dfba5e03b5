import { boolean, double, int, list, long, longMax, short } from "./config-key.js";

/** Settings of coordinators and of the cleaner beyond those that are read here. */
export const coordinatorConfigKeys = Object.freeze({
  "cordoned.log.dirs": list("", "Folders that take no new partitions. There is one folder, and it takes all.", {
    update: "dynamic",
  }),
  "group.coordinator.append.linger.ms": int(
    -1,
    "How long the group coordinator gathers records before it writes. It writes at the end of each turn here.",
    { min: -1 },
  ),
  "group.coordinator.background.threads": int(
    2,
    "Threads of the group coordinator for work in the background. There is one event loop.",
    { min: 1 },
  ),
  "group.coordinator.cached.buffer.max.bytes": int(
    1048588,
    "Largest write buffer the group coordinator keeps for reuse.",
    { min: 524288, update: "dynamic" },
  ),
  "group.coordinator.rebalance.protocols": list(
    "classic",
    "Group protocols that are on. Only classic groups are served here.",
    { oneOf: ["consumer", "classic", "share", "streams"] },
  ),
  "group.coordinator.threads": int(4, "Threads of the group coordinator. There is one event loop.", { min: 1 }),
  "log.cleaner.io.max.bytes.per.second": double(
    "1.7976931348623157E308",
    "Most bytes a second the cleaner reads and writes. Not limited here.",
    { update: "dynamic" },
  ),
  "log.flush.offset.checkpoint.interval.ms": int(
    60000,
    "How often the recovery points are written to their checkpoint.",
    { min: 0 },
  ),
  "log.flush.scheduler.interval.ms": long(
    longMax,
    "How often Kafka looks for logs to sync. Syncs follow from writes here.",
  ),
  "log.flush.start.offset.checkpoint.interval.ms": int(
    60000,
    "How often log start offsets are written to their checkpoint. Written here when they move.",
    { min: 0 },
  ),
  "offsets.commit.timeout.ms": int(
    5000,
    "How long an offset commit waits for replicas. There are none; it waits for the disk.",
    { min: 1 },
  ),
  "offsets.load.buffer.size": int(5242880, "Bytes read at a time when a coordinator loads __consumer_offsets.", {
    min: 1,
  }),
  "offsets.topic.compression.codec": int(
    0,
    "Codec of __consumer_offsets, by its number. Its records are not compressed here.",
  ),
  "offsets.topic.replication.factor": short(
    1,
    "Replicas of __consumer_offsets; 3 in Kafka, where there are so many brokers.",
    { min: 1 },
  ),
  "transaction.state.log.load.buffer.size": int(
    5242880,
    "Bytes read at a time when the transaction coordinator loads.",
    { min: 1 },
  ),
  "transaction.state.log.min.isr": int(
    1,
    "Replicas of __transaction_state that must have a record; 2 in Kafka, where there are so many.",
    { min: 1 },
  ),
  "transaction.state.log.replication.factor": short(
    1,
    "Replicas of __transaction_state; 3 in Kafka, where there are so many brokers.",
    { min: 1 },
  ),
  "transaction.two.phase.commit.enable": boolean(
    false,
    "Whether a producer may prepare a transaction and end it whenever it likes (KIP-939). Not possible here.",
  ),
});
