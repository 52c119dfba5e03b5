import { KafkaProtocolError, zeroUuid } from "@ottla/protocol";
import type { Random } from "@ottla/world";
import type { BrokerConfig } from "../config/broker-config.js";
import { logConfigOf } from "../config/log-config.js";
import { checkTopicConfig, TopicConfig } from "../config/topic-config.js";
import type { PartitionLog } from "../log/partition-log.js";
import type { LogStore } from "../storage/log-store.js";
import { resourceTypes, type TopicImage } from "./cluster-metadata.js";
import { internalTopics } from "./internal-topics.js";
import type { MetadataLog } from "./metadata-log.js";
import type { MetadataChange } from "./metadata-records.js";
import { metadataTopic } from "./metadata-topic.js";
import { checkPartitionsOfRequest } from "./partition-limit.js";
import { collisionForm, topicNameProblem } from "./topic-name.js";

/** A topic that clients can see: its metadata is durable and its partitions have logs. */
export interface Topic {
  readonly name: string;
  readonly id: string;
  /** Written by a coordinator, not by clients. */
  readonly isInternal: boolean;
  readonly config: TopicConfig;
  /** By partition number. */
  readonly partitions: readonly PartitionLog[];
}

/** A topic to be created. */
export interface NewTopic {
  readonly name: string;
  readonly partitions: number;
  readonly configs?: ReadonlyMap<string, string>;
}

interface Parts {
  readonly metadata: MetadataLog;
  readonly store: LogStore;
  readonly config: BrokerConfig;
  readonly random: Random;
  readonly nodeId: number;
}

const firstEpoch = 0;

/** The topics of the broker: what the metadata log says, with a log for each partition. */
export class Topics {
  readonly #parts: Parts;
  readonly #byName = new Map<string, Topic>();
  readonly #byId = new Map<string, Topic>();
  readonly #collisions = new Map<string, string>();
  readonly #creating = new Map<string, Promise<Topic>>();
  readonly #deleting = new Map<string, Promise<void>>();
  readonly #growing = new Map<string, Promise<void>>();

  private constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** The topics that the metadata names, each partition with the log the data folder holds of it, or an empty one. */
  static open(parts: Parts): Topics {
    const topics = new Topics(parts);
    for (const image of parts.metadata.image.topics()) topics.#publish(topics.#open(image));
    parts.config.onChange(() => topics.#reconfigure());
    return topics;
  }

  /** The log that says which topics there are, and how the cluster is configured. */
  get metadata(): MetadataLog {
    return this.#parts.metadata;
  }

  get(name: string): Topic | undefined {
    return this.#byName.get(name);
  }

  byId(id: string): Topic | undefined {
    return this.#byId.get(id);
  }

  /** All topics, in the order of their creation. */
  all(): IterableIterator<Topic> {
    return this.#byName.values();
  }

  /** Says why a topic cannot be created, without creating it. @throws {@link KafkaProtocolError} */
  check({ name, partitions, configs = noConfigs }: NewTopic): void {
    this.checkName(name);
    if (!Number.isInteger(partitions) || partitions < 1) {
      throw new KafkaProtocolError("INVALID_PARTITIONS", "Number of partitions must be larger than 0.");
    }
    checkPartitionsOfRequest(partitions);
    checkTopicConfig(configs);
  }

  /** Says why no topic can be created under a name. @throws {@link KafkaProtocolError} */
  checkName(name: string): void {
    const problem = topicNameProblem(name);
    if (problem !== undefined) throw new KafkaProtocolError("INVALID_TOPIC_EXCEPTION", problem);
    // It would be given the log of all metadata, and that log would go with it.
    if (name === metadataTopic) {
      throw new KafkaProtocolError("INVALID_REQUEST", `Creation of internal topic ${name} is prohibited.`);
    }
    if (this.#parts.metadata.image.topic(name) !== undefined) {
      throw new KafkaProtocolError("TOPIC_ALREADY_EXISTS", `Topic '${name}' already exists.`);
    }
    const like = this.#collisions.get(collisionForm(name));
    if (like !== undefined) {
      throw new KafkaProtocolError("INVALID_TOPIC_EXCEPTION", `Topic '${name}' collides with existing topic: ${like}`);
    }
  }

  /**
   * Creates a topic. Resolves when it is durable and clients see it.
   *
   * @throws {@link KafkaProtocolError} and {@link InvalidConfigError} as {@link Topics.check}; `KAFKA_STORAGE_ERROR`
   */
  async create(topic: NewTopic): Promise<Topic> {
    await this.#clearUp(topic.name);
    return this.#begin(topic);
  }

  /** Checks and starts, all at once, so that who asks next finds it begun. */
  #begin(topic: NewTopic): Promise<Topic> {
    this.check(topic);
    const form = collisionForm(topic.name);
    this.#collisions.set(form, topic.name);
    const creating = this.#create(topic).finally(() => {
      this.#creating.delete(topic.name);
      if (!this.#byName.has(topic.name)) this.#collisions.delete(form);
    });
    this.#creating.set(topic.name, creating);
    return creating;
  }

  /** The topic of that name, created when it is not there; one that is being created is waited for. */
  async ensure(topic: NewTopic): Promise<Topic> {
    const known = () => this.#byName.get(topic.name) ?? this.#creating.get(topic.name);
    const found = known();
    if (found !== undefined) return found;
    await this.#clearUp(topic.name);
    return known() ?? this.#begin(topic);
  }

  /** Waits for an earlier topic of that name to be gone, and takes away one that could not be made durable. */
  async #clearUp(name: string): Promise<void> {
    while (this.#deleting.has(name)) await this.#deleting.get(name);
    const { metadata, store } = this.#parts;
    const lost = metadata.image.topic(name);
    if (lost === undefined || this.#byName.has(name) || this.#creating.has(name)) return;
    // (1) The record was appended, (2) its write failed, so nobody was told of the topic, (3) there is room again.
    const removed = metadata.append([{ type: "removeTopic", topicId: lost.id }]);
    const isApplied = metadata.image.topicNamed(lost.id) === undefined;
    const logs = isApplied ? lost.partitions.map((_, partition) => store.delete(name, partition)) : [];
    await Promise.all([removed, ...logs]);
  }

  async #create({ name, partitions, configs = noConfigs }: NewTopic): Promise<Topic> {
    const { metadata, store, nodeId } = this.#parts;
    const topicId = this.newId();
    const image: TopicImage = { name, id: topicId, partitions: Array(partitions).fill(firstEpoch), configs };
    try {
      // Logs first: when the disk refuses one, nothing is said about the topic. A crash in between leaves folders that no
      // metadata names, and those are removed at the next start.
      const topic = this.#open(image);
      await metadata.append([
        { type: "topic", name, topicId },
        ...[...configs].map(([key, value]) => configChange(resourceTypes.topic, name, key, value)),
        ...image.partitions.map((_, partition) => partitionChange(topicId, partition, nodeId)),
      ]);
      this.#publish(topic);
      return topic;
    } catch (failure) {
      if (metadata.image.topic(name) === undefined) {
        await Promise.all(image.partitions.map((_, partition) => store.delete(name, partition)));
      }
      throw failure;
    }
  }

  /** Deletes a topic and its records. Resolves when that is durable and the files are out of the way. */
  async delete(name: string): Promise<void> {
    await this.#growing.get(name)?.catch(() => {});
    const topic = this.#existing(name);
    const { metadata, store } = this.#parts;
    const saved = metadata.append([{ type: "removeTopic", topicId: topic.id }]);
    // The append was refused, nothing has changed, and the promise says why.
    if (metadata.image.topicNamed(topic.id) !== undefined) return saved;
    this.#byName.delete(name);
    this.#byId.delete(topic.id);
    this.#collisions.delete(collisionForm(name));
    const remove = async (): Promise<void> => {
      try {
        await saved;
      } finally {
        await Promise.all(topic.partitions.map(({ partition }) => store.delete(name, partition)));
      }
    };
    const deleting = remove().finally(() => this.#deleting.delete(name));
    // Whoever waits for the name does not care how it went.
    this.#deleting.set(
      name,
      deleting.catch(() => {}),
    );
    return deleting;
  }

  /** Adds partitions up to `count`, which the caller has checked. @throws {@link KafkaProtocolError} */
  async addPartitions(name: string, count: number): Promise<void> {
    while (this.#growing.has(name)) await this.#growing.get(name)?.catch(() => {});
    const growing = this.#grow(this.#existing(name), count).finally(() => this.#growing.delete(name));
    this.#growing.set(name, growing);
    return growing;
  }

  async #grow(topic: Topic, count: number): Promise<void> {
    const { metadata, nodeId } = this.#parts;
    const first = topic.partitions.length;
    if (count <= first) {
      throw new KafkaProtocolError("INVALID_PARTITIONS", `Topic already has ${first} partition(s).`);
    }
    const added = Array.from({ length: count - first }, (_, index) => first + index);
    const logs = added.map((partition) => this.#openLog(topic, partition));
    await metadata.append(added.map((partition) => partitionChange(topic.id, partition, nodeId)));
    // Its configuration may have changed meanwhile.
    this.#publish({ ...this.#existing(topic.name), partitions: [...topic.partitions, ...logs] });
  }

  /** Sets a topic's own configuration values; `null` takes one away. Values come checked. */
  async configure(name: string, changes: ReadonlyMap<string, string | null>): Promise<void> {
    const topic = this.#existing(name);
    const saved = this.#parts.metadata.append(
      [...changes].map(([key, value]) => configChange(resourceTypes.topic, name, key, value)),
    );
    this.#reconfigureTopic(topic);
    await saved;
  }

  /** Sets dynamic broker configuration, of one node or (`""`) of all; `null` takes a value away. Values come checked. */
  async configureBroker(node: string, changes: ReadonlyMap<string, string | null>): Promise<void> {
    const { metadata, config } = this.#parts;
    const saved = metadata.append(
      [...changes].map(([key, value]) => configChange(resourceTypes.broker, node, key, value)),
    );
    const inForce = metadata.image.brokerConfigs(node);
    for (const key of changes.keys()) {
      config.setDynamic(node === "" ? "default" : "broker", key, inForce.get(key) ?? null);
    }
    await saved;
  }

  /** Sets what is configured for a group or a client metrics subscription; `null` takes a value away. Values come checked. */
  configureResource(
    type: typeof resourceTypes.group | typeof resourceTypes.clientMetrics,
    name: string,
    changes: ReadonlyMap<string, string | null>,
  ): Promise<void> {
    return this.#parts.metadata.append([...changes].map(([key, value]) => configChange(type, name, key, value)));
  }

  #existing(name: string): Topic {
    const topic = this.#byName.get(name);
    if (topic === undefined) {
      throw new KafkaProtocolError("UNKNOWN_TOPIC_OR_PARTITION", "This server does not host this topic-partition.");
    }
    return topic;
  }

  #open({ name, id, partitions, configs }: TopicImage): Topic {
    const config = new TopicConfig(this.#parts.config, new Map(configs));
    const topic = { name, id, isInternal: internalTopics.has(name), config };
    return { ...topic, partitions: partitions.map((_, partition) => this.#openLog(topic, partition)) };
  }

  #openLog(topic: Omit<Topic, "partitions">, partition: number): PartitionLog {
    const { store, metadata } = this.#parts;
    const isGone = (topicId: string): boolean => metadata.image.wasRemoved(topicId);
    return store.create(topic.name, topic.id, partition, logConfigOf(topic.config), isGone);
  }

  #publish(topic: Topic): void {
    this.#byName.set(topic.name, topic);
    this.#byId.set(topic.id, topic);
    this.#collisions.set(collisionForm(topic.name), topic.name);
  }

  #reconfigure(): void {
    for (const topic of [...this.#byName.values()]) this.#reconfigureTopic(topic);
  }

  #reconfigureTopic(topic: Topic): void {
    const configs = this.#parts.metadata.image.topic(topic.name)?.configs ?? noConfigs;
    const config = new TopicConfig(this.#parts.config, new Map(configs));
    this.#publish({ ...topic, config });
    for (const log of topic.partitions) log.configure(logConfigOf(config));
  }

  /** An id that no topic has. */
  newId(): string {
    for (;;) {
      const id = Buffer.from(this.#parts.random.bytes(16)).toString("base64url");
      // Kafka keeps the ids with a leading dash out of its command lines, and the lowest two for itself.
      if (!id.startsWith("-") && !id.startsWith(zeroUuid.slice(0, 20)) && this.#byId.get(id) === undefined) return id;
    }
  }
}

const noConfigs: ReadonlyMap<string, string> = new Map();

const configChange = (
  resourceType: number,
  resourceName: string,
  name: string,
  value: string | null,
): MetadataChange => ({ type: "config", resourceType, resourceName, name, value });

const partitionChange = (topicId: string, partitionId: number, nodeId: number): MetadataChange => ({
  type: "partition",
  partitionId,
  topicId,
  replicas: [nodeId],
  isr: [nodeId],
  removingReplicas: [],
  addingReplicas: [],
  leader: nodeId,
  leaderEpoch: firstEpoch,
  partitionEpoch: 0,
});
