import { apis, type DescribeConfigsRequest, type DescribeConfigsResponseInput } from "@ottla/protocol";
import type { BrokerServices } from "../broker-services.js";
import type { BrokerConfig } from "../config/broker-config.js";
import { type BrokerConfigName, brokerConfigKeys } from "../config/broker-config-keys.js";
import { type ConfigKey, configTypes } from "../config/config-key.js";
import { type ConfigSynonym, configSources } from "../config/config-source.js";
import type { TopicConfig } from "../config/topic-config.js";
import { type TopicConfigName, topicConfigKeys } from "../config/topic-config-keys.js";
import { findResource } from "./config-resource.js";
import { errorOf } from "./error-code.js";
import type { Handler, HandlerEntry } from "./handler.js";

// v1 synonyms and sources (KIP-226); v3 types and documentation (KIP-569); v4 flexible.

type Entry = DescribeConfigsResponseInput["results"][number]["configs"][number];

const handle: Handler<typeof apis.DescribeConfigs> = ({ broker }, request) => ({
  throttleTimeMs: 0,
  results: once(request.resources).map((resource) => {
    const { resourceType, resourceName } = resource;
    try {
      return {
        errorCode: 0,
        errorMessage: "",
        resourceType,
        resourceName,
        configs: entriesOf(broker, resource, request),
      };
    } catch (failure) {
      return { ...errorOf(failure), resourceType, resourceName, configs: [] };
    }
  }),
});

/** Each resource once: an answer is a hundred times as long as its question. */
function once(resources: DescribeConfigsRequest["resources"]): DescribeConfigsRequest["resources"] {
  return [...new Map(resources.map((each) => [`${each.resourceType} ${each.resourceName}`, each])).values()];
}

function entriesOf(
  broker: BrokerServices,
  resource: DescribeConfigsRequest["resources"][number],
  request: DescribeConfigsRequest,
): Entry[] {
  const found = findResource(broker, resource);
  const { configurationKeys } = resource;
  const isAsked = (name: string) => configurationKeys === null || configurationKeys.includes(name);
  if (found.kind === "topic") {
    const names = Object.keys(topicConfigKeys) as TopicConfigName[];
    return names.filter(isAsked).map((name) => topicEntry(found.topic.config, name, request));
  }
  const names = Object.keys(brokerConfigKeys) as BrokerConfigName[];
  if (found.node !== "") return names.filter(isAsked).map((name) => brokerEntry(broker.config, name, request));
  // The defaults of all brokers hold what was altered and nothing else.
  return names.flatMap((name) => {
    const value = broker.config.dynamicText("default", name);
    if (value === undefined || !isAsked(name)) return [];
    const synonyms: ConfigSynonym[] = [{ name, value, source: "dynamicDefaultBroker" }];
    return entry(name, brokerConfigKeys[name], value, synonyms, request);
  });
}

const topicEntry = (config: TopicConfig, name: TopicConfigName, request: DescribeConfigsRequest): Entry =>
  entry(name, topicConfigKeys[name], config.textOf(name), config.synonymsOf(name), request);

const brokerEntry = (config: BrokerConfig, name: BrokerConfigName, request: DescribeConfigsRequest): Entry => ({
  ...entry(name, brokerConfigKeys[name], config.textOf(name), config.synonymsOf(name), request),
  readOnly: brokerConfigKeys[name].update === "readOnly",
});

const entry = (
  name: string,
  { type, documentation }: ConfigKey,
  value: string | null,
  synonyms: readonly ConfigSynonym[],
  { includeSynonyms, includeDocumentation }: DescribeConfigsRequest,
): Entry => ({
  name,
  value,
  readOnly: false,
  configSource: configSources[synonyms[0]?.source ?? "default"],
  isSensitive: false,
  synonyms: includeSynonyms ? synonyms.map((synonym) => ({ ...synonym, source: configSources[synonym.source] })) : [],
  configType: configTypes[type],
  documentation: includeDocumentation ? documentation : null,
});

export const describeConfigsEntry: HandlerEntry<typeof apis.DescribeConfigs> = { api: apis.DescribeConfigs, handle };
