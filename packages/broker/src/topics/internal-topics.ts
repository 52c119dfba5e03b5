import type { BrokerConfig } from "../config/broker-config.js";
import type { NewTopic } from "./topics.js";

/** The topic of committed offsets and group metadata, as it is created when first needed. */
export const offsetsTopic = (config: BrokerConfig): NewTopic => ({
  name: "__consumer_offsets",
  partitions: config.get("offsets.topic.num.partitions"),
  configs: new Map([
    ["cleanup.policy", "compact"],
    ["compression.type", "producer"],
    ["segment.bytes", config.textOf("offsets.topic.segment.bytes") ?? "104857600"],
  ]),
});
