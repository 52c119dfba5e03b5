import type { MetadataRecord } from "./metadata-records.js";

/** ConfigRecord's resource types. */
export const resourceTypes = Object.freeze({ topic: 2, broker: 4, clientMetrics: 16, group: 32 });
type ResourceType = (typeof resourceTypes)[keyof typeof resourceTypes];

/** A topic as the metadata log describes it. */
export interface TopicImage {
  readonly name: string;
  readonly id: string;
  /** Leader epochs by partition number. */
  readonly partitions: readonly number[];
  readonly configs: ReadonlyMap<string, string>;
}

interface MutableTopic extends TopicImage {
  readonly partitions: number[];
  readonly configs: Map<string, string>;
}

/** What the records of the metadata log add up to. Nothing but {@link ClusterMetadata.apply} changes it. */
export class ClusterMetadata {
  readonly #topics = new Map<string, MutableTopic>();
  readonly #names = new Map<string, string>();
  readonly #removed = new Set<string>();
  // Kafka writes a topic's config records before, after or between others, so they are kept by name.
  readonly #configs: Readonly<Record<ResourceType, Map<string, Map<string, string>>>> = {
    [resourceTypes.topic]: new Map(),
    [resourceTypes.broker]: new Map(),
    [resourceTypes.clientMetrics]: new Map(),
    [resourceTypes.group]: new Map(),
  };
  readonly #features = new Map<string, number>();
  #nextProducerId = 0;

  topic(name: string): TopicImage | undefined {
    return this.#topics.get(name);
  }

  topicNamed(id: string): string | undefined {
    return this.#names.get(id);
  }

  /** Whether there was a topic of this id, and it was deleted. */
  wasRemoved(id: string): boolean {
    return this.#removed.has(id);
  }

  topics(): IterableIterator<TopicImage> {
    return this.#topics.values();
  }

  /** Dynamic broker configuration: of one node by its number, of all by the empty name. */
  brokerConfigs(name: string): ReadonlyMap<string, string> {
    return this.configs(resourceTypes.broker, name);
  }

  /** What was set for a resource. */
  configs(type: ResourceType, name: string): ReadonlyMap<string, string> {
    return this.#configs[type].get(name) ?? noConfigs;
  }

  /** Names of the resources that something is set for. */
  configured(type: ResourceType): string[] {
    return [...this.#configs[type]].flatMap(([name, configs]) => (configs.size === 0 ? [] : [name]));
  }

  /** The level a feature was set to; `undefined` when nobody did. */
  feature(name: string): number | undefined {
    return this.#features.get(name);
  }

  /** The first producer id that no block handed out holds. */
  get nextProducerId(): number {
    return this.#nextProducerId;
  }

  apply(record: MetadataRecord): void {
    switch (record.type) {
      case "topic": {
        const configs = this.#configsOf(resourceTypes.topic, record.name);
        this.#topics.set(record.name, { name: record.name, id: record.topicId, partitions: [], configs });
        this.#names.set(record.topicId, record.name);
        return;
      }
      case "partition": {
        const topic = this.#topicOf(record.topicId);
        if (topic !== undefined) topic.partitions[record.partitionId] = record.leaderEpoch;
        return;
      }
      case "config":
        if (isResourceType(record.resourceType)) {
          setOrDelete(this.#configsOf(record.resourceType, record.resourceName), record.name, record.value);
        }
        return;
      case "removeTopic": {
        const name = this.#names.get(record.topicId);
        if (name === undefined) return;
        this.#names.delete(record.topicId);
        this.#removed.add(record.topicId);
        this.#topics.delete(name);
        this.#configs[resourceTypes.topic].delete(name);
        return;
      }
      case "producerIds":
        this.#nextProducerId = Math.max(this.#nextProducerId, record.nextProducerId);
        return;
      case "featureLevel":
        this.#features.set(record.name, record.featureLevel);
        return;
    }
  }

  #topicOf(id: string): MutableTopic | undefined {
    const name = this.#names.get(id);
    return name === undefined ? undefined : this.#topics.get(name);
  }

  #configsOf(type: ResourceType, name: string): Map<string, string> {
    const resources = this.#configs[type];
    const configs = resources.get(name) ?? new Map<string, string>();
    resources.set(name, configs);
    return configs;
  }
}

const isResourceType = (type: number): type is ResourceType => Object.values<number>(resourceTypes).includes(type);

const noConfigs: ReadonlyMap<string, string> = new Map();

function setOrDelete(configs: Map<string, string>, name: string, value: string | null): void {
  if (value === null) configs.delete(name);
  else configs.set(name, value);
}
