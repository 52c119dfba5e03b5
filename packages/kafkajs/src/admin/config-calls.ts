import type { ConfigSource as ClientSource, ConfigEntry, ConfigResource } from "@ottla/client";
import { KafkaJSNonRetriableError, KafkaJSNotImplemented } from "../errors/kafkajs-errors.js";
import { type AdminCalls, checkName, throwFirst } from "./admin-calls.js";
import type {
  AlterConfigResponse,
  DescribeConfigResponse,
  IResourceConfig,
  ResourceConfigQuery,
} from "./admin-types.js";
import { ConfigResourceTypes, ConfigSource } from "./resource-types.js";

const sources: { readonly [S in ClientSource]?: ConfigSource } = {
  topic: ConfigSource.TOPIC_CONFIG,
  broker: ConfigSource.DYNAMIC_BROKER_CONFIG,
  brokerDefault: ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG,
  brokerFile: ConfigSource.STATIC_BROKER_CONFIG,
  default: ConfigSource.DEFAULT_CONFIG,
  logger: ConfigSource.DYNAMIC_BROKER_LOGGER_CONFIG,
};

export async function describeConfigs(
  { admin, options }: AdminCalls,
  resources: ResourceConfigQuery[],
): Promise<DescribeConfigResponse> {
  const wanted = resourcesOf(resources);
  const described = await Promise.all(
    wanted.map(async (resource, index) => {
      const names = resources[index]?.configNames;
      if (names !== undefined && names !== null && !Array.isArray(names)) {
        throw new KafkaJSNonRetriableError(`${resource.name}: configNames is no array`);
      }
      const [found] = await admin.configs.describe([resource], names ? { ...options, names } : options);
      return found;
    }),
  );
  throwFirst(described.flatMap((each) => each ?? []));
  return {
    throttleTime: 0,
    resources: resources.map(({ type, name }, index) => ({
      errorCode: 0,
      errorMessage: "",
      resourceName: name,
      resourceType: type,
      configEntries: (described[index]?.entries ?? []).map(entryOf),
    })),
  };
}

/** What is not named goes back to its default: that is what this call has always meant. */
export async function alterConfigs(
  { admin, options }: AdminCalls,
  resources: IResourceConfig[],
  validateOnly: boolean,
): Promise<AlterConfigResponse> {
  const wanted = resourcesOf(resources);
  const before = await admin.configs.describe(wanted, options);
  throwFirst(before);
  const changes = wanted.map((resource, index) => {
    const entries = resources[index]?.configEntries;
    if (!Array.isArray(entries)) throw new KafkaJSNonRetriableError(`${resource.name}: configEntries is no array`);
    for (const { name, value } of entries) {
      if (typeof name !== "string" || typeof value !== "string") {
        throw new KafkaJSNonRetriableError(`${resource.name}: a config entry needs a name and a value, both text`);
      }
    }
    const named = new Set(entries.map(({ name }) => name));
    const own = (before[index]?.entries ?? []).filter(({ source }) => source === resource.type);
    return {
      ...resource,
      set: Object.fromEntries(entries.map(({ name, value }) => [name, value])),
      remove: own.flatMap(({ name }) => (named.has(name) ? [] : [name])),
    };
  });
  throwFirst(await admin.configs.alter(changes, { ...options, validateOnly }));
  return {
    throttleTime: 0,
    resources: resources.map(({ type, name }) => ({
      errorCode: 0,
      errorMessage: null,
      resourceName: name,
      resourceType: type,
    })),
  };
}

function resourcesOf(
  resources: readonly { readonly type: ConfigResourceTypes; readonly name: string }[],
): readonly (ConfigResource & { readonly type: "topic" | "broker" })[] {
  if (!Array.isArray(resources) || resources.length === 0) {
    throw new KafkaJSNonRetriableError("resources: an array with at least one is needed");
  }
  return resources.map(({ type, name }: { type: ConfigResourceTypes; name: string }) => {
    checkName("name of a resource", name);
    switch (type) {
      case ConfigResourceTypes.TOPIC:
        return { type: "topic", name };
      case ConfigResourceTypes.BROKER:
        return { type: "broker", name };
      case ConfigResourceTypes.BROKER_LOGGER:
        throw new KafkaJSNotImplemented("BROKER_LOGGER: levels of a broker's loggers are not offered");
      default:
        throw new KafkaJSNonRetriableError(`${type} is no type of a resource`);
    }
  });
}

function entryOf({ name, value, source, isReadOnly, isSensitive }: ConfigEntry) {
  const configSource = sources[source] ?? ConfigSource.UNKNOWN;
  return {
    configName: name,
    configValue: value ?? "",
    isDefault: configSource === ConfigSource.DEFAULT_CONFIG,
    configSource,
    isSensitive,
    readOnly: isReadOnly,
    configSynonyms: [],
  };
}
