import type { BrokerConfig } from "../config/broker-config.js";
import { metadataTopic } from "./metadata-topic.js";
import type { NewTopic } from "./topics.js";

export const offsetsTopicName = "__consumer_offsets";
export const transactionsTopicName = "__transaction_state";

/** Topics that coordinators keep their state in: clients read them and do not write. */
export const internalTopics: ReadonlySet<string> = new Set([
  offsetsTopicName,
  transactionsTopicName,
  "__share_group_state",
]);

/** Whether asking for a topic may make it: not what is a coordinator's, but for the groups', nor the metadata log. */
export const isMadeWhenAskedFor = (name: string): boolean =>
  name === offsetsTopicName || !(internalTopics.has(name) || name === metadataTopic);

/** The topic of committed offsets and group metadata, as it is created when first needed. */
export const offsetsTopic = (config: BrokerConfig): NewTopic => ({
  name: offsetsTopicName,
  partitions: config.get("offsets.topic.num.partitions"),
  configs: new Map([
    ["cleanup.policy", "compact"],
    ["compression.type", "producer"],
    ["segment.bytes", config.textOf("offsets.topic.segment.bytes") ?? "104857600"],
  ]),
});

/** The topic of transactional ids, as it is created when first needed. */
export const transactionsTopic = (config: BrokerConfig): NewTopic => ({
  name: transactionsTopicName,
  partitions: config.get("transaction.state.log.num.partitions"),
  configs: new Map([
    ["cleanup.policy", "compact"],
    ["compression.type", "uncompressed"],
    ["min.insync.replicas", "1"],
    ["segment.bytes", config.textOf("transaction.state.log.segment.bytes") ?? "104857600"],
    ["unclean.leader.election.enable", "false"],
  ]),
});
