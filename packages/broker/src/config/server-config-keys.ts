import { int, list, long, string } from "./config-key.js";

/** Settings of threads, sockets, listeners, metrics and plugins: most are of the JVM and have nothing to act on here. */
export const serverConfigKeys = Object.freeze({
  "add.partitions.to.txn.retry.backoff.ms": int(
    20,
    "How long to wait before asking the transaction coordinator again. It is in this process and is asked once.",
    { min: 1 },
  ),
  "advertised.listeners": string(
    null,
    "Addresses that clients are told. Set with the broker's options advertised and listeners.",
    { type: "list" },
  ),
  "alter.config.policy.class.name": string(
    null,
    "Java class that may veto configuration changes. No Java classes are loaded here.",
    { type: "class" },
  ),
  "authorizer.class.name": string("", "Java class that decides who may do what. No Java classes are loaded here."),
  "background.threads": int(
    10,
    "Threads for work in the background. There is one event loop, with workers where they pay.",
    { min: 1, update: "dynamic" },
  ),
  "client.quota.callback.class": string(
    null,
    "Java class that sets client quotas. No Java classes are loaded here, and there are no quotas yet.",
    { type: "class" },
  ),
  "config.providers": list("", "Sources that configuration values may refer to. Values are taken as they stand here.", {
    update: "dynamic",
  }),
  "connection.failed.authentication.delay.ms": int(
    100,
    "How long a connection that failed to authenticate is held before it is closed.",
    { min: 0 },
  ),
  "connections.max.reauth.ms": long(
    0,
    "Longest life of an authenticated session before the client must authenticate again; 0 is for ever.",
  ),
  "create.topic.policy.class.name": string(
    null,
    "Java class that may veto new topics. No Java classes are loaded here.",
    { type: "class" },
  ),
  "delete.records.purgatory.purge.interval.requests": int(
    1,
    "Cleaning rhythm of Kafka's queue of waiting DeleteRecords. Nothing waits in such a queue here.",
  ),
  "early.start.listeners": string(
    null,
    "Listeners that open before the others. All open together here, when the broker is ready.",
    { type: "list" },
  ),
  "fetch.purgatory.purge.interval.requests": int(
    1000,
    "Cleaning rhythm of Kafka's queue of waiting fetches. A fetch that ends leaves nothing behind here.",
  ),
  "inter.broker.listener.name": string(null, "Listener for other brokers. There are none."),
  "kafka.metrics.polling.interval.secs": int(
    10,
    "How often Yammer metrics reporters are asked. Metrics are counters of the broker object here.",
    { min: 1 },
  ),
  "kafka.metrics.reporters": list("", "Java classes that report Yammer metrics. No Java classes are loaded here."),
  "listener.security.protocol.map": string(
    "SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT",
    "Which security protocol each listener speaks. Set with the broker's option listeners.",
    { update: "dynamic" },
  ),
  listeners: string(null, "Addresses to listen on. Set with the broker's options port, host and listeners.", {
    update: "dynamic",
    type: "list",
  }),
  "log.dir": string(null, "Older name of log.dirs. The folder is the broker's option dataDir.", { type: "list" }),
  "log.dir.failure.timeout.ms": long(
    30000,
    "How long the controller may not know of a failed folder. Broker and controller are one process.",
    { min: 1 },
  ),
  "max.connection.creation.rate": int(2147483647, "Most new connections a second. Not limited here.", {
    min: 0,
    update: "dynamic",
  }),
  "max.connections.per.ip.overrides": string("", "Exceptions to max.connections.per.ip, as address:count pairs.", {
    update: "dynamic",
  }),
  "metric.reporters": list("", "Java classes that report metrics. No Java classes are loaded here.", {
    update: "dynamic",
  }),
  "metrics.num.samples": int(2, "Samples that make up a measured rate. Metrics are plain counters here.", { min: 1 }),
  "metrics.recording.level": string("INFO", "Level of detail of metrics. Metrics are plain counters here."),
  "metrics.sample.window.ms": long(
    30000,
    "Time one sample of a measured rate covers. Metrics are plain counters here.",
    { min: 1 },
  ),
  "num.io.threads": int(8, "Threads that handle requests. One event loop does it here.", { min: 1, update: "dynamic" }),
  "num.network.threads": int(3, "Threads that serve sockets. One event loop does it here.", {
    min: 1,
    update: "dynamic",
  }),
  "num.recovery.threads.per.data.dir": int(
    2,
    "Threads that recover a folder at the start. Recovery runs on the one event loop here.",
    { min: 1, update: "dynamic" },
  ),
  "principal.builder.class": string(
    "org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder",
    "Java class that names who a connection belongs to. No Java classes are loaded here.",
    { update: "dynamic", type: "class" },
  ),
  "producer.purgatory.purge.interval.requests": int(
    1000,
    "Cleaning rhythm of Kafka's queue of waiting produce requests. One that ends leaves nothing behind here.",
  ),
  "quota.window.num": int(11, "Samples kept for client quotas, which this broker does not have yet.", { min: 1 }),
  "quota.window.size.seconds": int(1, "Time one sample of a client quota covers. There are no quotas yet.", { min: 1 }),
  "security.inter.broker.protocol": string("PLAINTEXT", "Security protocol between brokers. There is one broker.", {
    oneOf: ["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"],
  }),
  "security.providers": string(null, "Java security providers. No Java classes are loaded here."),
  "socket.connection.setup.timeout.max.ms": long(
    30000,
    "Longest time to set up a connection to another broker. There is none.",
  ),
  "socket.connection.setup.timeout.ms": long(10000, "Time to set up a connection to another broker. There is none."),
  "socket.receive.buffer.bytes": int(102400, "Receive buffer of sockets. Left to the operating system here."),
  "socket.send.buffer.bytes": int(102400, "Send buffer of sockets. Left to the operating system here."),
  "telemetry.max.bytes": int(
    1048576,
    "Largest batch of metrics a client may push (KIP-714). Nothing asks clients for metrics here.",
    { min: 1 },
  ),
});
