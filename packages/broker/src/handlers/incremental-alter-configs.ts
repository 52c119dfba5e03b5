import {
  apis,
  type IncrementalAlterConfigsRequest,
  type IncrementalAlterConfigsResponseInput,
  KafkaProtocolError,
} from "@ottla/protocol";
import type { BrokerServices } from "../broker-services.js";
import { checkBrokerValue, isDynamic } from "../config/broker-config.js";
import { brokerConfigKeys, isBrokerConfigName } from "../config/broker-config-keys.js";
import { type ConfigKey, InvalidConfigError, listWords } from "../config/config-key.js";
import { checkTopicConfig } from "../config/topic-config.js";
import { isTopicConfigName, topicConfigKeys } from "../config/topic-config-keys.js";
import type { Topic } from "../topics/topics.js";
import { findResource } from "./config-resource.js";
import { errorFields, errorOf, noError } from "./error-code.js";
import type { Handler, HandlerEntry } from "./handler.js";
import { repeatedIn } from "./repeated.js";

// v1 flexible (KIP-339).

type ResourceRequest = IncrementalAlterConfigsRequest["resources"][number];
type ResourceAnswer = IncrementalAlterConfigsResponseInput["responses"][number];
type Changes = ReadonlyMap<string, string | null>;

const set = 0;
const remove = 1;
const append = 2;
const subtract = 3;

const handle: Handler<typeof apis.IncrementalAlterConfigs> = async ({ broker }, { resources, validateOnly }) => {
  const keyOf = ({ resourceType, resourceName }: ResourceRequest) => `${resourceType} ${resourceName}`;
  const repeated = repeatedIn(resources.map(keyOf));
  const responses = resources.map(async (resource): Promise<ResourceAnswer> => {
    const { resourceType, resourceName } = resource;
    const answer = { resourceType, resourceName };
    if (repeated.has(keyOf(resource))) {
      return { ...answer, ...errorFields("INVALID_REQUEST", "Each resource must appear at most once.") };
    }
    try {
      await alter(broker, resource, validateOnly);
      return { ...answer, ...noError };
    } catch (failure) {
      return { ...answer, ...errorOf(failure) };
    }
  });
  return { throttleTimeMs: 0, responses: await Promise.all(responses) };
};

async function alter(broker: BrokerServices, resource: ResourceRequest, validateOnly: boolean): Promise<void> {
  const repeated = repeatedIn(resource.configs.map(({ name }) => name));
  if (repeated.size > 0) {
    throw new KafkaProtocolError("INVALID_REQUEST", `Error due to duplicate config keys: ${[...repeated].join(", ")}`);
  }
  const found = findResource(broker, resource);
  if (found.kind === "topic") {
    const changes = topicChanges(found.topic, resource);
    if (!validateOnly) await broker.topics.configure(found.topic.name, changes);
    return;
  }
  const scope = found.node === "" ? "default" : "broker";
  const changes = changesOf(
    resource,
    (name) => (isBrokerConfigName(name) ? brokerConfigKeys[name] : undefined),
    (name) => broker.config.dynamicText(scope, name),
  );
  const fixed = [...changes.keys()].filter((name) => !isDynamic(name));
  if (fixed.length > 0) {
    throw new KafkaProtocolError("INVALID_REQUEST", `Cannot update these configs dynamically: [${fixed.join(", ")}]`);
  }
  checkBrokerValues(changes);
  if (!validateOnly) await broker.topics.configureBroker(found.node, changes);
}

/** Kafka has another code for these than for a topic's. */
function checkBrokerValues(changes: Changes): void {
  try {
    for (const [name, value] of changes) if (value !== null) checkBrokerValue(name, value);
  } catch (error) {
    if (!(error instanceof InvalidConfigError)) throw error;
    throw new KafkaProtocolError("INVALID_REQUEST", error.message, { cause: error });
  }
}

/** What the topic's own values change by, checked together with those that stay. */
function topicChanges({ config }: Topic, resource: ResourceRequest): Changes {
  const changes = changesOf(
    resource,
    (name) => (isTopicConfigName(name) ? topicConfigKeys[name] : undefined),
    (name) => (isTopicConfigName(name) ? (config.textOf(name) ?? undefined) : undefined),
  );
  const next = new Map(config.overrides);
  for (const [name, value] of changes) {
    if (value === null) next.delete(name);
    else next.set(name, value);
  }
  checkTopicConfig(next);
  return changes;
}

function changesOf(
  { configs }: ResourceRequest,
  keyOf: (name: string) => ConfigKey | undefined,
  currentOf: (name: string) => string | undefined,
): Changes {
  const changes = new Map<string, string | null>();
  for (const { name, configOperation, value } of configs) {
    const key = keyOf(name);
    if (configOperation === remove) {
      changes.set(name, null);
      continue;
    }
    if (value === null) throw new KafkaProtocolError("INVALID_REQUEST", `Null value not supported for : ${name}`);
    if (configOperation === set) {
      changes.set(name, value);
      continue;
    }
    if (configOperation !== append && configOperation !== subtract) {
      throw new KafkaProtocolError("INVALID_REQUEST", `Unknown operation type ${configOperation}`);
    }
    const verb = configOperation === append ? "append to" : "subtract from";
    if (key?.type !== "list") throw new InvalidConfigError(`Can't ${verb} key ${name} because its type is not LIST.`);
    const current = listWords(currentOf(name) ?? key.default ?? "");
    const words = listWords(value);
    const kept =
      configOperation === append
        ? [...current, ...words.filter((word) => !current.includes(word))]
        : current.filter((word) => !words.includes(word));
    changes.set(name, kept.join(","));
  }
  return changes;
}

export const incrementalAlterConfigsEntry: HandlerEntry<typeof apis.IncrementalAlterConfigs> = {
  api: apis.IncrementalAlterConfigs,
  handle,
};
