import { KafkaProtocolError } from "@ottla/protocol";
import type { BrokerServices } from "../broker-services.js";
import { brokerConfigKeys, isBrokerConfigName } from "../config/broker-config-keys.js";
import { checkLoggerLevel, rootLogLevel } from "../config/broker-loggers.js";
import { checkBrokerUpdate } from "../config/broker-update-rules.js";
import { checkClientMetricsConfig } from "../config/client-metrics-config-keys.js";
import type { ConfigKey } from "../config/config-key.js";
import { checkGroupConfig, groupConfigKeys } from "../config/group-config-keys.js";
import { checkTopicConfig } from "../config/topic-config.js";
import { isTopicConfigName, topicConfigKeys } from "../config/topic-config-keys.js";
import { resourceTypes } from "../topics/cluster-metadata.js";
import { configResourceTypes, findResource } from "./config-resource.js";

/** New values of a resource's keys; `null` takes one away. */
export type ConfigChanges = ReadonlyMap<string, string | null>;

/** Something that can be configured: what it has of its own, and how that is checked and changed. */
export interface ConfigTarget {
  readonly own: ReadonlyMap<string, string>;
  keyOf(name: string): ConfigKey | undefined;
  /** What a list key is added to. */
  currentOf(name: string): string | undefined;
  /** @throws {@link KafkaProtocolError}, {@link InvalidConfigError} */
  check(changes: ConfigChanges): void;
  apply(changes: ConfigChanges): Promise<void>;
}

/** @throws {@link KafkaProtocolError} where there is no such resource, or it cannot be altered. */
export function configTarget(
  broker: BrokerServices,
  resource: { readonly resourceType: number; readonly resourceName: string },
): ConfigTarget {
  const { topics, config } = broker;
  if (resource.resourceType === configResourceTypes.topic && resource.resourceName === "") {
    throw new KafkaProtocolError("INVALID_REQUEST", "Default topic resources are not allowed.");
  }
  const found = findResource(broker, resource);
  switch (found.kind) {
    case "topic": {
      const { name, config: own } = found.topic;
      return {
        own: own.overrides,
        keyOf: (key) => (isTopicConfigName(key) ? topicConfigKeys[key] : undefined),
        currentOf: (key) => (isTopicConfigName(key) ? (own.textOf(key) ?? undefined) : undefined),
        check: (changes) => checkTopicConfig(merged(own.overrides, changes)),
        apply: (changes) => topics.configure(name, changes),
      };
    }
    case "broker": {
      const own = config.dynamicValues(found.node === "" ? "default" : "broker");
      return {
        own,
        keyOf: (key) => (isBrokerConfigName(key) ? brokerConfigKeys[key] : undefined),
        currentOf: (key) => own.get(key),
        check: (changes) => checkBrokerUpdate(config, found.node, changes),
        apply: (changes) => topics.configureBroker(found.node, changes),
      };
    }
    case "group": {
      const own = topics.metadata.image.configs(resourceTypes.group, found.name);
      return {
        own,
        keyOf: (key) => groupConfigKeys[key],
        currentOf: (key) => own.get(key),
        check: (changes) => checkGroupConfig(config, merged(own, changes)),
        apply: (changes) => topics.configureResource(resourceTypes.group, found.name, changes),
      };
    }
    case "clientMetrics": {
      const own = topics.metadata.image.configs(resourceTypes.clientMetrics, found.name);
      return {
        own,
        // Kafka's controller does not know the types of these keys, so that none can be added to.
        keyOf: () => undefined,
        currentOf: () => undefined,
        check: (changes) => checkClientMetricsConfig(merged(own, changes)),
        apply: (changes) => topics.configureResource(resourceTypes.clientMetrics, found.name, changes),
      };
    }
    case "brokerLogger":
      return {
        own: new Map([["root", rootLogLevel]]),
        keyOf: () => undefined,
        currentOf: () => undefined,
        check: (changes) => {
          for (const [logger, level] of changes) checkLoggerLevel(logger, level);
        },
        // Who started the broker gave it its logger, and decides what is written.
        apply: () => Promise.resolve(),
      };
  }
}

function merged(own: ReadonlyMap<string, string>, changes: ConfigChanges): ReadonlyMap<string, string> {
  const next = new Map(own);
  for (const [name, value] of changes) {
    if (value === null) next.delete(name);
    else next.set(name, value);
  }
  return next;
}
