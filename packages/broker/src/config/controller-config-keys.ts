import { boolean, int, list, long, string } from "./config-key.js";

const effectless =
  "Of the KRaft controllers and their quorum: this process is both broker and controller, and no other votes. Kept and reported, without effect.";

/** Settings of the KRaft controllers. */
export const controllerConfigKeys = Object.freeze({
  "broker.heartbeat.interval.ms": int(
    2000,
    "How often a broker tells the controller that it lives. Both are this process.",
  ),
  "broker.session.timeout.ms": int(
    9000,
    "Silence after which the controller takes a broker for dead. Both are this process.",
  ),
  "controller.listener.names": string(null, "Listeners of the controller. It needs none here.", { type: "list" }),
  "controller.quorum.append.linger.ms": int(25, effectless, { min: 0 }),
  "controller.quorum.auto.join.enable": boolean(false, effectless),
  "controller.quorum.bootstrap.servers": list("", "Where to find the controllers. This process is the only one."),
  "controller.quorum.election.backoff.max.ms": int(1000, effectless, { min: 0 }),
  "controller.quorum.election.timeout.ms": int(1000, effectless, { min: 0 }),
  "controller.quorum.fetch.max.bytes": int(1048576, effectless, { min: 1 }),
  "controller.quorum.fetch.snapshot.max.bytes": int(1048576, effectless, { min: 1 }),
  "controller.quorum.fetch.timeout.ms": int(2000, effectless, { min: 0 }),
  "controller.quorum.request.timeout.ms": int(2000, effectless, { min: 0 }),
  "controller.quorum.retry.backoff.ms": int(20, effectless, { min: 0 }),
  "controller.quorum.voters": list("", "The controllers with their addresses. This process is the only one."),
  "controller.quota.window.num": int(11, effectless, { min: 1 }),
  "controller.quota.window.size.seconds": int(1, effectless, { min: 1 }),
  "controller.socket.timeout.ms": int(30000, effectless),
  "initial.broker.registration.timeout.ms": int(60000, effectless),
  "metadata.log.dir": string(null, "Folder of the metadata log. It is in the data folder, as the others."),
  "metadata.log.max.record.bytes.between.snapshots": long(
    20971520,
    "Bytes of metadata after which a snapshot is made. The metadata log is kept whole here.",
    { min: 1 },
  ),
  "metadata.log.max.snapshot.interval.ms": long(
    3600000,
    "Time after which a snapshot of the metadata is made. The metadata log is kept whole here.",
    { min: 0 },
  ),
  "metadata.log.segment.bytes": int(1073741824, "Size at which a segment of the metadata log is closed.", {
    min: 8388608,
  }),
  "metadata.log.segment.ms": long(604800000, "Age at which a segment of the metadata log is closed."),
  "metadata.max.idle.interval.ms": int(
    500,
    "How often an idle controller writes a record that says nothing. It writes none here.",
    { min: 0 },
  ),
  "metadata.max.retention.bytes": long(
    104857600,
    "Size of the metadata log after which old parts may go. It is kept whole here.",
  ),
  "metadata.max.retention.ms": long(604800000, "Age at which parts of the metadata log may go. It is kept whole here."),
  "process.roles": list("broker,controller", "What this process is: always broker and controller in one.", {
    oneOf: ["broker", "controller"],
  }),
});
