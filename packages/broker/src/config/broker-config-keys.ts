import { boolean, double, int, list, long, longMax, string } from "./config-key.js";
import { controllerConfigKeys } from "./controller-config-keys.js";
import { coordinatorConfigKeys } from "./coordinator-config-keys.js";
import { groupProtocolConfigKeys } from "./group-protocol-config-keys.js";
import { remoteLogConfigKeys } from "./remote-log-config-keys.js";
import { replicationConfigKeys } from "./replication-config-keys.js";
import { saslConfigKeys } from "./sasl-config-keys.js";
import { serverConfigKeys } from "./server-config-keys.js";
import { tlsConfigKeys } from "./tls-config-keys.js";

const dynamic = { update: "dynamic" } as const;
const intMax = 2_147_483_647;

/**
 * The broker's configuration, under Apache Kafka's names and with its defaults, as far as one node makes use of it.
 * Where our default differs, the text says so.
 */
export const brokerConfigKeys = Object.freeze({
  ...serverConfigKeys,
  ...coordinatorConfigKeys,
  ...replicationConfigKeys,
  ...controllerConfigKeys,
  ...groupProtocolConfigKeys,
  ...remoteLogConfigKeys,
  ...tlsConfigKeys,
  ...saslConfigKeys,
  "add.partitions.to.txn.retry.backoff.max.ms": int(
    100,
    "How long records wait for their producer's last transaction to be over before it is told to come again.",
    { min: 0 },
  ),
  "auto.create.topics.enable": boolean(true, "Whether asking for the metadata of a missing topic may create it."),
  "broker.id": int(-1, "Older name of node.id."),
  "broker.rack": string(null, "Rack told to clients in Metadata."),
  "compression.gzip.level": int(-1, "Default of the topics' compression.gzip.level.", {
    ...dynamic,
    or: -1,
    min: 1,
    max: 9,
  }),
  "compression.lz4.level": int(9, "Default of the topics' compression.lz4.level.", { ...dynamic, min: 1, max: 17 }),
  "compression.type": string("producer", "Default of the topics' compression.type.", {
    ...dynamic,
    oneOf: ["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"],
  }),
  "compression.zstd.level": int(3, "Default of the topics' compression.zstd.level.", {
    ...dynamic,
    min: -131_072,
    max: 22,
  }),
  "connections.max.idle.ms": long(600_000, "A connection without traffic for this long is closed; negative never."),
  "default.replication.factor": int(1, "Replicas of a topic created without a count.", { min: 1 }),
  "delete.topic.enable": boolean(true, "Whether DeleteTopics is allowed."),
  "fetch.max.bytes": int(57_671_680, "Most bytes of records in one fetch response, whatever the client asks for.", {
    min: 1024,
  }),
  "group.initial.rebalance.delay.ms": int(3000, "How long an empty group waits for further members. 0 in memory.", {
    min: 0,
  }),
  "group.max.session.timeout.ms": int(1_800_000, "Longest session timeout a member may ask for."),
  "group.max.size": int(intMax, "Most members of a group.", { min: 1 }),
  "group.min.session.timeout.ms": int(6000, "Shortest session timeout a member may ask for."),
  "log.cleaner.backoff.ms": long(15_000, "Pause of the cleaner when no log needs it.", { ...dynamic, min: 0 }),
  "log.cleaner.dedupe.buffer.size": long(134_217_728, "Memory for the keys that one round of compaction looks at.", {
    ...dynamic,
  }),
  "log.cleaner.delete.retention.ms": long(86_400_000, "Default of the topics' delete.retention.ms.", {
    ...dynamic,
    min: 0,
  }),
  "log.cleaner.enable": boolean(true, "Whether compacted topics are compacted."),
  "log.cleaner.io.buffer.load.factor": double(0.9, "How full the cleaner's table of keys may become.", dynamic),
  "log.cleaner.io.buffer.size": int(
    524_288,
    "Memory for reading and writing while compacting; a longer batch takes more.",
    {
      ...dynamic,
      min: 0,
    },
  ),
  "log.cleaner.max.compaction.lag.ms": long(longMax, "Default of the topics' max.compaction.lag.ms.", {
    ...dynamic,
    min: 1,
  }),
  "log.cleaner.min.cleanable.ratio": double(0.5, "Default of the topics' min.cleanable.dirty.ratio.", {
    ...dynamic,
    min: 0,
    max: 1,
  }),
  "log.cleaner.min.compaction.lag.ms": long(0, "Default of the topics' min.compaction.lag.ms.", { ...dynamic, min: 0 }),
  "log.cleaner.threads": int(1, "Logs compacted at once; here one at a time, whatever it says.", {
    ...dynamic,
    min: 0,
  }),
  "log.cleanup.policy": list("delete", "Default of the topics' cleanup.policy.", {
    ...dynamic,
    oneOf: ["compact", "delete"],
  }),
  "log.dirs": string(null, "The data folder; set by the broker's dataDir.", { type: "list" }),
  "log.flush.interval.messages": long(longMax, "Default of the topics' flush.messages.", { ...dynamic, min: 1 }),
  "log.flush.interval.ms": long(null, "Default of the topics' flush.ms.", dynamic),
  "log.index.interval.bytes": int(4096, "Default of the topics' index.interval.bytes.", { ...dynamic, min: 0 }),
  "log.index.size.max.bytes": int(10_485_760, "Default of the topics' segment.index.bytes.", { ...dynamic, min: 4 }),
  "log.local.retention.bytes": long(-2, "Default of the topics' local.retention.bytes.", { ...dynamic, min: -2 }),
  "log.local.retention.ms": long(-2, "Default of the topics' local.retention.ms.", { ...dynamic, min: -2 }),
  "log.message.timestamp.after.max.ms": long(3_600_000, "Default of the topics' message.timestamp.after.max.ms.", {
    ...dynamic,
    min: 0,
  }),
  "log.message.timestamp.before.max.ms": long(longMax, "Default of the topics' message.timestamp.before.max.ms.", {
    ...dynamic,
    min: 0,
  }),
  "log.message.timestamp.type": string("CreateTime", "Default of the topics' message.timestamp.type.", {
    ...dynamic,
    oneOf: ["CreateTime", "LogAppendTime"],
  }),
  "log.preallocate": boolean(false, "Default of the topics' preallocate.", dynamic),
  "log.retention.bytes": long(-1, "Default of the topics' retention.bytes.", dynamic),
  "log.retention.check.interval.ms": long(300_000, "How often segments are checked for retention.", { min: 1 }),
  "log.retention.hours": int(168, "Default of the topics' retention.ms, in hours."),
  "log.retention.minutes": int(null, "Default of the topics' retention.ms, in minutes; before log.retention.hours."),
  "log.retention.ms": long(null, "Default of the topics' retention.ms; before the coarser ones.", dynamic),
  "log.roll.hours": int(168, "Default of the topics' segment.ms, in hours.", { min: 1 }),
  "log.roll.jitter.hours": int(0, "Default of the topics' segment.jitter.ms, in hours.", { min: 0 }),
  "log.roll.jitter.ms": long(null, "Default of the topics' segment.jitter.ms; before log.roll.jitter.hours.", {
    ...dynamic,
    min: 0,
  }),
  "log.roll.ms": long(null, "Default of the topics' segment.ms; before log.roll.hours.", { ...dynamic, min: 1 }),
  "log.segment.bytes": int(1_073_741_824, "Default of the topics' segment.bytes.", { ...dynamic, min: 1_048_576 }),
  "log.segment.delete.delay.ms": long(60_000, "Default of the topics' file.delete.delay.ms.", { ...dynamic, min: 0 }),
  "max.connections": int(intMax, "Most connections of the broker; further ones are closed at once.", {
    ...dynamic,
    min: 0,
  }),
  "max.connections.per.ip": int(intMax, "Most connections of one address; further ones are closed at once.", {
    ...dynamic,
    min: 0,
  }),
  "max.incremental.fetch.session.cache.slots": int(
    1000,
    "Most incremental fetch sessions; clients beyond are answered in full.",
    { min: 0 },
  ),
  "max.request.partition.size.limit": int(2000, "Most partitions in one DescribeTopicPartitions response.", { min: 1 }),
  "message.max.bytes": int(1_048_588, "Default of the topics' max.message.bytes.", { ...dynamic, min: 0 }),
  "min.insync.replicas": int(1, "Default of the topics' min.insync.replicas.", { ...dynamic, min: 1 }),
  "node.id": int(1, "This broker's number, as clients see it.", { min: 0 }),
  "num.partitions": int(1, "Partitions of a topic created without a count.", { min: 1 }),
  "offset.metadata.max.bytes": int(4096, "Longest text that may be committed with an offset."),
  "offsets.retention.check.interval.ms": long(600_000, "How often committed offsets are checked for expiry.", {
    min: 1,
  }),
  "offsets.retention.minutes": int(10_080, "How long an empty group's offsets are kept.", { min: 1 }),
  "offsets.topic.num.partitions": int(4, "Partitions of __consumer_offsets; 50 in Kafka, which spreads them.", {
    min: 1,
  }),
  "offsets.topic.segment.bytes": int(104_857_600, "Segment size of __consumer_offsets.", { min: 1 }),
  "producer.id.expiration.ms": int(86_400_000, "How long an idle producer's sequence numbers are remembered.", {
    ...dynamic,
    min: 1,
  }),
  "queued.max.requests": int(500, "Requests of one connection read ahead; beyond it the broker stops reading.", {
    min: 1,
  }),
  "queued.max.request.bytes": long(
    -1,
    "Bytes of requests of one connection read ahead; -1 is socket.request.max.bytes.",
  ),
  "request.timeout.ms": int(30_000, "Longest wait of the broker for itself."),
  "socket.listen.backlog.size": int(
    511,
    "Connections the system may hold until the broker accepts them; 50 in Kafka, where a thread does nothing else.",
    { min: 1 },
  ),
  "socket.request.max.bytes": int(104_857_600, "Largest request; a larger one closes its connection.", { min: 1 }),
  "transaction.abort.timed.out.transaction.cleanup.interval.ms": int(
    10_000,
    "How often transactions are looked through for those that are open too long.",
    { min: 1 },
  ),
  "transaction.max.timeout.ms": int(900_000, "Longest transaction timeout a producer may ask for.", { min: 1 }),
  "transaction.partition.verification.enable": boolean(
    true,
    "Whether records of producers that add partitions to their transactions themselves are checked against that.",
    dynamic,
  ),
  "transaction.remove.expired.transaction.cleanup.interval.ms": int(
    3_600_000,
    "How often transactional ids are checked for expiry.",
    { min: 1 },
  ),
  "transaction.state.log.num.partitions": int(
    4,
    "Partitions of __transaction_state; 50 in Kafka, which spreads them.",
    {
      min: 1,
    },
  ),
  "transaction.state.log.segment.bytes": int(104_857_600, "Segment size of __transaction_state.", { min: 1 }),
  "transactional.id.expiration.ms": int(604_800_000, "How long an idle transactional id is remembered.", { min: 1 }),
  "unclean.leader.election.enable": boolean(false, "Default of the topics' unclean.leader.election.enable.", dynamic),
});

export type BrokerConfigName = keyof typeof brokerConfigKeys;

export const isBrokerConfigName = (name: string): name is BrokerConfigName => Object.hasOwn(brokerConfigKeys, name);
