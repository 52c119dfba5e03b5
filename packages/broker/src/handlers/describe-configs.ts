import { apis, type DescribeConfigsRequest, type DescribeConfigsResponseInput } from "@ottla/protocol";
import type { BrokerConfig } from "../config/broker-config.js";
import { brokerConfigKeys, isBrokerConfigName } from "../config/broker-config-keys.js";
import { rootLogger, rootLogLevel } from "../config/broker-loggers.js";
import { clientMetricsConfigKeys } from "../config/client-metrics-config-keys.js";
import { type ConfigKey, configTypes, shownText } from "../config/config-key.js";
import { type ConfigSource, type ConfigSynonym, configSources } from "../config/config-source.js";
import { groupConfigKeys, groupSynonyms } from "../config/group-config-keys.js";
import { type TopicConfigName, topicConfigKeys } from "../config/topic-config-keys.js";
import { resourceTypes } from "../topics/cluster-metadata.js";
import { type ConfigResource, findResource } from "./config-resource.js";
import { errorOf } from "./error-code.js";
import type { Handler, HandlerEntry, RequestContext } from "./handler.js";
import { withFewRepeats } from "./repeated.js";

// v1 synonyms and sources (KIP-226); v3 types and documentation (KIP-569); v4 flexible.

type Entry = DescribeConfigsResponseInput["results"][number]["configs"][number];

/** A key of a resource, before it is known what the client wants to hear of it. */
interface Described {
  readonly name: string;
  /** Not there for a name that is nobody's. */
  readonly key?: ConfigKey | undefined;
  readonly value: string | null;
  readonly synonyms: readonly ConfigSynonym[];
  readonly source: ConfigSource;
  readonly readOnly?: boolean;
}

const handle: Handler<typeof apis.DescribeConfigs> = (context, request) => ({
  throttleTimeMs: 0,
  results: withFewRepeats(request.resources, keyOfResource).map((resource) => {
    const { resourceType, resourceName, configurationKeys } = resource;
    try {
      const wanted = configurationKeys === null || configurationKeys.length === 0 ? null : new Set(configurationKeys);
      const configs = describe(context, findResource(context.broker, resource))
        .filter(({ name }) => wanted === null || wanted.has(name))
        .map((described) => entry(described, request));
      return { errorCode: 0, errorMessage: "", resourceType, resourceName, configs };
    } catch (failure) {
      return { ...errorOf(failure), resourceType, resourceName, configs: [] };
    }
  }),
});

const keyOfResource = ({ resourceType, resourceName }: DescribeConfigsRequest["resources"][number]): string =>
  `${resourceType} ${resourceName}`;

function describe(context: RequestContext, resource: ConfigResource): Described[] {
  const { config, topics } = context.broker;
  switch (resource.kind) {
    case "topic": {
      const own = resource.topic.config;
      return (Object.keys(topicConfigKeys) as TopicConfigName[]).map((name) => ({
        ...fromSynonyms(name, topicConfigKeys[name], own.synonymsOf(name)),
        value: own.textOf(name),
      }));
    }
    case "broker": {
      // The defaults of all brokers hold what was altered and nothing else.
      if (resource.node === "") {
        return [...config.dynamicValues("default")].map(([name, value]) =>
          fromSynonyms(name, keyOfBroker(name), [{ name, value, source: "dynamicDefaultBroker" }]),
        );
      }
      const running = runningValues(context);
      const altered = [...config.dynamicValues("broker").keys(), ...config.dynamicValues("default").keys()];
      return [...new Set([...Object.keys(brokerConfigKeys), ...altered])].map((name) => ({
        ...fromSynonyms(name, keyOfBroker(name), running.get(name) ?? brokerSynonyms(config, name)),
        // A name that is nobody's is none of those that may be altered, though it may be.
        readOnly: keyOfBroker(name)?.update !== "dynamic",
      }));
    }
    case "group": {
      const own = topics.metadata.image.configs(resourceTypes.group, resource.name);
      return Object.entries(groupConfigKeys).map(([name, key]) =>
        fromSynonyms(name, key, groupSynonyms(config, own, name)),
      );
    }
    case "clientMetrics": {
      const own = topics.metadata.image.configs(resourceTypes.clientMetrics, resource.name);
      return Object.entries(clientMetricsConfigKeys).map(([name, key]) => {
        const value = own.get(name);
        if (value === undefined) return { name, key, value: key.default, source: "default", synonyms: [] };
        return fromSynonyms(name, key, [{ name, value, source: "clientMetrics" }]);
      });
    }
    case "brokerLogger":
      return [fromSynonyms(rootLogger, undefined, [{ name: rootLogger, value: rootLogLevel, source: "brokerLogger" }])];
  }
}

/** What the broker's options say in place of its configuration, under Kafka's names. */
function runningValues({ broker, connection }: RequestContext): ReadonlyMap<string, readonly ConfigSynonym[]> {
  const { host, port } = broker.advertised(connection.listener);
  const listener = `${connection.listener}://${host.includes(":") ? `[${host}]` : host}:${port}`;
  const values = Object.entries({
    "advertised.listeners": listener,
    "broker.id": String(broker.nodeId),
    listeners: listener,
    "node.id": String(broker.nodeId),
  });
  return new Map(values.map(([name, value]) => [name, [{ name, value, source: "staticBroker" }]]));
}

/** Coarser names of a key, which give it a value where it has none of its own. */
const coarser: Readonly<Record<string, readonly string[]>> = {
  "log.flush.interval.ms": ["log.flush.scheduler.interval.ms"],
  "log.retention.ms": ["log.retention.minutes", "log.retention.hours"],
  "log.roll.jitter.ms": ["log.roll.jitter.hours"],
  "log.roll.ms": ["log.roll.hours"],
};

function brokerSynonyms(config: BrokerConfig, name: string): readonly ConfigSynonym[] {
  const own = config.synonymsOf(name);
  return own.length === 0 ? own : [...own, ...(coarser[name] ?? []).flatMap((each) => config.synonymsOf(each))];
}

const keyOfBroker = (name: string): ConfigKey | undefined =>
  isBrokerConfigName(name) ? brokerConfigKeys[name] : undefined;

/** The value in force is that of the first synonym. */
function fromSynonyms(name: string, key: ConfigKey | undefined, synonyms: readonly ConfigSynonym[]): Described {
  const [first] = synonyms;
  return { name, key, value: first?.value ?? null, synonyms, source: first?.source ?? "default" };
}

function entry(
  { name, key, value, synonyms, source, readOnly = false }: Described,
  { includeSynonyms, includeDocumentation }: DescribeConfigsRequest,
): Entry {
  // A name that is nobody's may hold anybody's secret.
  const isSensitive = source !== "brokerLogger" && (key === undefined || key.type === "password");
  const shown = (text: string | null) => (isSensitive ? null : key === undefined ? text : shownText(key, text));
  const told = includeSynonyms && source !== "brokerLogger" ? synonyms : [];
  return {
    name,
    value: shown(value),
    readOnly,
    configSource: configSources[source],
    isSensitive,
    synonyms: told.map((each) => ({ name: each.name, value: shown(each.value), source: configSources[each.source] })),
    configType: key === undefined ? 0 : configTypes[key.type],
    documentation: source === "brokerLogger" ? "" : includeDocumentation ? (key?.documentation ?? null) : null,
  };
}

export const describeConfigsEntry: HandlerEntry<typeof apis.DescribeConfigs> = { api: apis.DescribeConfigs, handle };
