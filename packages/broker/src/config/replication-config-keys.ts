import { boolean, int, long, string } from "./config-key.js";

const effectless = "Of replication between brokers: there is one here. Kept and reported, without effect.";

/** Settings of replication between brokers. */
export const replicationConfigKeys = Object.freeze({
  "alter.log.dirs.replication.quota.window.num": int(11, effectless, { min: 1 }),
  "alter.log.dirs.replication.quota.window.size.seconds": int(1, effectless, { min: 1 }),
  "auto.leader.rebalance.enable": boolean(
    true,
    "Whether leadership goes back to preferred replicas by itself. The one replica always leads.",
  ),
  "controlled.shutdown.enable": boolean(
    true,
    "Whether leadership moves away before a broker stops. There is nobody to move it to.",
  ),
  "leader.imbalance.check.interval.seconds": long(
    300,
    "How often the balance of leaders is looked at. The one node has them all.",
    { min: 1 },
  ),
  "num.replica.alter.log.dirs.threads": int(null, "Threads that move partitions between folders. There is one folder."),
  "num.replica.fetchers": int(1, "Threads that copy from each other broker. There is no other.", {
    min: 1,
    update: "dynamic",
  }),
  "replica.fetch.backoff.ms": int(1000, "Wait after a failed fetch of a follower.", { min: 0 }),
  "replica.fetch.max.bytes": int(1048576, "Bytes of one partition a follower asks for.", { min: 0 }),
  "replica.fetch.min.bytes": int(1, "Bytes a follower waits for."),
  "replica.fetch.response.max.bytes": int(10485760, "Bytes of one answer a follower asks for.", { min: 0 }),
  "replica.fetch.wait.max.ms": int(500, "Longest a follower's fetch waits."),
  "replica.high.watermark.checkpoint.interval.ms": long(
    5000,
    "How often high watermarks are written down. Here that is the recovery point.",
  ),
  "replica.lag.time.max.ms": long(
    30000,
    "How far behind in time a follower may be and still be in sync. There are no followers.",
  ),
  "replica.selector.class": string(
    null,
    "Java class that picks the replica a consumer reads from. There is one replica.",
  ),
  "replica.socket.receive.buffer.bytes": int(65536, effectless),
  "replica.socket.timeout.ms": int(30000, effectless),
  "replication.quota.window.num": int(11, effectless, { min: 1 }),
  "replication.quota.window.size.seconds": int(1, effectless, { min: 1 }),
});
