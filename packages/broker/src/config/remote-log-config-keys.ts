import { boolean, int, long, longMax, string } from "./config-key.js";

const effectless = "Of tiered storage, which this broker does not have. Kept and reported, without effect.";

/** Settings of tiered storage. */
export const remoteLogConfigKeys = Object.freeze({
  "follower.fetch.last.tiered.offset.enable": boolean(false, effectless, { update: "dynamic" }),
  "remote.fetch.max.wait.ms": int(500, effectless, { min: 1, update: "dynamic" }),
  "remote.list.offsets.request.timeout.ms": long(30000, effectless, { min: 1, update: "dynamic" }),
  "remote.log.index.file.cache.total.size.bytes": long(1073741824, effectless, { min: 1, update: "dynamic" }),
  "remote.log.manager.copier.thread.pool.size": int(10, effectless, { min: 1, update: "dynamic" }),
  "remote.log.manager.copy.max.bytes.per.second": long(longMax, effectless, { min: 1, update: "dynamic" }),
  "remote.log.manager.copy.quota.window.num": int(11, effectless, { min: 1 }),
  "remote.log.manager.copy.quota.window.size.seconds": int(1, effectless, { min: 1 }),
  "remote.log.manager.expiration.thread.pool.size": int(10, effectless, { min: 1, update: "dynamic" }),
  "remote.log.manager.fetch.max.bytes.per.second": long(longMax, effectless, { min: 1, update: "dynamic" }),
  "remote.log.manager.fetch.quota.window.num": int(11, effectless, { min: 1 }),
  "remote.log.manager.fetch.quota.window.size.seconds": int(1, effectless, { min: 1 }),
  "remote.log.manager.follower.thread.pool.size": int(2, effectless, { min: 1, update: "dynamic" }),
  "remote.log.manager.task.interval.ms": long(30000, effectless, { min: 1 }),
  "remote.log.manager.thread.pool.size": int(2, effectless, { min: 1 }),
  "remote.log.metadata.custom.metadata.max.bytes": int(128, effectless, { min: 0 }),
  "remote.log.metadata.manager.class.name": string(
    "org.apache.kafka.server.log.remote.metadata.storage.TopicBasedRemoteLogMetadataManager",
    effectless,
  ),
  "remote.log.metadata.manager.class.path": string(null, effectless),
  "remote.log.metadata.manager.impl.prefix": string("rlmm.config.", effectless),
  "remote.log.metadata.manager.listener.name": string(null, effectless),
  "remote.log.reader.max.pending.tasks": int(100, effectless, { min: 1 }),
  "remote.log.reader.threads": int(10, effectless, { min: 1, update: "dynamic" }),
  "remote.log.storage.manager.class.name": string(null, effectless),
  "remote.log.storage.manager.class.path": string(null, effectless),
  "remote.log.storage.manager.impl.prefix": string("rsm.config.", effectless),
  "remote.log.storage.system.enable": boolean(false, "Whether there is tiered storage: not here."),
});
