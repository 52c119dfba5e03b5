import { describeConfigs, incrementalAlterConfigs, type KafkaProtocolError } from "@ottla/protocol";
import type { Destination } from "../cluster/cluster.js";
import type { TopicConfig } from "../contract/topic.js";
import type { AdminCluster, AdminOptions } from "./admin-retry.js";
import { answerError, throwRetriable } from "./answer-error.js";

/** Whose configuration. A broker's name is its node id; `""` stands for the default of all brokers. */
export interface ConfigResource {
  readonly type: "topic" | "broker" | "group";
  readonly name: string;
}

/** Where a value comes from. */
export type ConfigSource =
  | "topic"
  | "broker"
  | "brokerDefault"
  | "brokerFile"
  | "default"
  | "logger"
  | "group"
  | "unknown";

/** One setting and its value. */
export interface ConfigEntry {
  readonly name: string;
  /** Null when it has none, or is sensitive. */
  readonly value: string | null;
  readonly source: ConfigSource;
  readonly isReadOnly: boolean;
  readonly isSensitive: boolean;
  /** In the broker's words, when asked for. */
  readonly documentation: string | null;
}

/** The configuration of one resource; `error` is set, and `entries` empty, when it could not be read. */
export interface DescribedConfig extends ConfigResource {
  readonly entries: readonly ConfigEntry[];
  readonly error?: KafkaProtocolError | undefined;
}

/** Changes to one resource. Whatever is not named stays as it is. */
export interface ConfigChange extends ConfigResource {
  readonly set?: TopicConfig | undefined;
  /** Back to the default. */
  readonly remove?: readonly string[] | undefined;
  /** Values added to, or taken from, settings that are lists. */
  readonly append?: TopicConfig | undefined;
  readonly subtract?: TopicConfig | undefined;
}

/** What became of the changes to one resource: all, or with `error` none. */
export interface ConfigOutcome extends ConfigResource {
  readonly error?: KafkaProtocolError | undefined;
}

const resourceTypes = { topic: 2, broker: 4, group: 32 } as const;
const sources: readonly (ConfigSource | undefined)[] = [
  "unknown",
  "topic",
  "broker",
  "brokerDefault",
  "brokerFile",
  "default",
  "logger",
  undefined,
  "group",
];
const operation = { set: 0, remove: 1, append: 2, subtract: 3 } as const;

/** Configurations of topics, brokers and groups. */
export class ConfigAdmin {
  readonly #cluster: AdminCluster;

  constructor(cluster: AdminCluster) {
    this.#cluster = cluster;
  }

  /** Reads configurations; all settings, or those in `names`. */
  async describe(
    resources: readonly ConfigResource[],
    options?: AdminOptions & { readonly names?: readonly string[]; readonly documentation?: boolean },
  ): Promise<readonly DescribedConfig[]> {
    return Promise.all(resources.map((resource) => this.#describeOne(resource, options)));
  }

  /** Changes configurations (KIP-339). With `validateOnly` nothing changes, and the outcomes say what would be refused. */
  async alter(
    changes: readonly ConfigChange[],
    options?: AdminOptions & { readonly validateOnly?: boolean | undefined },
  ): Promise<readonly ConfigOutcome[]> {
    return Promise.all(changes.map((change) => this.#alterOne(change, options)));
  }

  async #describeOne(
    { type, name }: ConfigResource,
    options: (AdminOptions & { readonly names?: readonly string[]; readonly documentation?: boolean }) | undefined,
  ): Promise<DescribedConfig> {
    const body = {
      resources: [{ resourceType: resourceTypes[type], resourceName: name, configurationKeys: options?.names ?? null }],
      includeDocumentation: options?.documentation ?? false,
    };
    const to = await this.#holder({ type, name }, options);
    const context = `describe config of ${type} "${name}"`;
    const response = await this.#cluster.request(
      to,
      describeConfigs,
      // Before version 3 brokers say nothing of documentation.
      (version) => (version >= 3 ? body : { resources: body.resources }),
      options,
      ({ results }) => throwRetriable(results[0]?.errorCode ?? 0, context),
    );
    const result = response.results[0];
    const entries = (result?.configs ?? []).map((entry) => ({
      name: entry.name,
      value: entry.value,
      source: sources[entry.configSource] ?? "unknown",
      isReadOnly: entry.readOnly,
      isSensitive: entry.isSensitive,
      documentation: entry.documentation || null,
    }));
    return { type, name, entries, error: answerError(result?.errorCode ?? -1, context, result?.errorMessage) };
  }

  async #alterOne(
    change: ConfigChange,
    options: (AdminOptions & { readonly validateOnly?: boolean | undefined }) | undefined,
  ): Promise<ConfigOutcome> {
    const { type, name } = change;
    const valued = (entries: TopicConfig | undefined, configOperation: number) =>
      Object.entries(entries ?? {}).map(([key, value]) => ({ name: key, configOperation, value: String(value) }));
    const configs = [
      ...valued(change.set, operation.set),
      ...(change.remove ?? []).map((key) => ({ name: key, configOperation: operation.remove, value: null })),
      ...valued(change.append, operation.append),
      ...valued(change.subtract, operation.subtract),
    ];
    const context = `alter config of ${type} "${name}"`;
    const response = await this.#cluster.request(
      await this.#holder(change, options),
      incrementalAlterConfigs,
      {
        resources: [{ resourceType: resourceTypes[type], resourceName: name, configs }],
        validateOnly: options?.validateOnly ?? false,
      },
      options,
      ({ responses }) => throwRetriable(responses[0]?.errorCode ?? 0, context),
    );
    const result = response.responses[0];
    return { type, name, error: answerError(result?.errorCode ?? -1, context, result?.errorMessage) };
  }

  // A broker's own settings are known to itself alone.
  async #holder({ type, name }: ConfigResource, options: AdminOptions | undefined): Promise<Destination> {
    if (type !== "broker" || name === "") return "any";
    const { cluster } = this.#cluster;
    if (cluster.nodes.length === 0) await this.#cluster.retrying(options, (signal) => cluster.refresh([], { signal }));
    return { node: Number(name) };
  }
}
