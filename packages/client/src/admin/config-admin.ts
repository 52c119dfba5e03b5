import { describeConfigs, incrementalAlterConfigs, KafkaProtocolError, listConfigResources } from "@ottla/protocol";
import type { Destination } from "../cluster/cluster.js";
import type { TopicConfig } from "../contract/topic.js";
import type { AdminCluster, AdminOptions } from "./admin-retry.js";
import { answerError, throwRetriable } from "./answer-error.js";
import { wireNames } from "./wire-names.js";

/**
 * Whose configuration. The name of a broker, and of its loggers, is its node id; `""` stands for the default of all brokers.
 * `"clientMetrics"` are subscriptions to what clients measure (KIP-714).
 */
export interface ConfigResource {
  readonly type: "topic" | "broker" | "brokerLogger" | "clientMetrics" | "group";
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
  | "clientMetrics"
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

const resourceTypes = wireNames<ConfigResource["type"]>({
  topic: 2,
  broker: 4,
  brokerLogger: 8,
  clientMetrics: 16,
  group: 32,
});
const sources: readonly ConfigSource[] = [
  "unknown",
  "topic",
  "broker",
  "brokerDefault",
  "brokerFile",
  "default",
  "logger",
  "clientMetrics",
  "group",
];
const operation = { set: 0, remove: 1, append: 2, subtract: 3 } as const;

/** Configurations of topics, brokers, groups and subscriptions to client metrics. */
export class ConfigAdmin {
  readonly #cluster: AdminCluster;

  /** @internal Made as `admin.configs`. */
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

  /**
   * What has a configuration of its own, of these types or of all (KIP-1142; Kafka from 4.1 on, client metrics alone from 3.7 on).
   *
   * @throws KafkaProtocolError
   */
  async list(types?: readonly ConfigResource["type"][], options?: AdminOptions): Promise<readonly ConfigResource[]> {
    const isOfMetrics = types?.every((type) => type === "clientMetrics") === true;
    const body = (version: number) => {
      if (version >= 1) return { resourceTypes: (types ?? []).map((type) => resourceTypes.codeOf(type)) };
      if (isOfMetrics) return {};
      throw new KafkaProtocolError("UNSUPPORTED_VERSION", "brokers before 4.1 list client metrics alone");
    };
    const response = await this.#cluster.request("any", listConfigResources, body, options, ({ errorCode }) => {
      const error = answerError(errorCode, "list configuration resources");
      if (error !== undefined) throw error;
    });
    return response.configResources.flatMap(({ resourceName, resourceType }) => {
      const type = resourceTypes.nameOf(resourceType);
      return type === "unknown" ? [] : [{ type, name: resourceName }];
    });
  }

  async #describeOne(
    { type, name }: ConfigResource,
    options: (AdminOptions & { readonly names?: readonly string[]; readonly documentation?: boolean }) | undefined,
  ): Promise<DescribedConfig> {
    const body = {
      resources: [
        { resourceType: resourceTypes.codeOf(type), resourceName: name, configurationKeys: options?.names ?? null },
      ],
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
        resources: [{ resourceType: resourceTypes.codeOf(type), resourceName: name, configs }],
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
    if ((type !== "broker" && type !== "brokerLogger") || name === "") return "any";
    const { cluster } = this.#cluster;
    if (cluster.nodes.length === 0) await this.#cluster.retrying(options, (signal) => cluster.refresh([], { signal }));
    return { node: Number(name) };
  }
}
