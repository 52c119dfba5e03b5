import { errorCodeOf, KafkaProtocolError, type MetadataResponse, zeroUuid } from "@ottla/protocol";
import type { Node, PartitionMetadata, TopicMetadata } from "./topic-metadata.js";

type TopicEntry = MetadataResponse["topics"][number];
type PartitionEntry = TopicEntry["partitions"][number];

interface Cached {
  topic: TopicMetadata;
  /** Monotonic time of the answer it came in; `-Infinity` once invalidated. */
  loadedAt: number;
}

/** What is known of the cluster: its nodes, topics and leaders. No I/O. */
export class MetadataCache {
  readonly #nodes = new Map<number, Node>();
  readonly #topics = new Map<string, Cached>();
  readonly #nameById = new Map<string, string>();
  #clusterId: string | undefined;
  #controllerId = -1;

  get clusterId(): string | undefined {
    return this.#clusterId;
  }

  /** Node id of the controller, -1 when not known. */
  get controllerId(): number {
    return this.#controllerId;
  }

  get nodes(): readonly Node[] {
    return [...this.#nodes.values()];
  }

  node(nodeId: number): Node | undefined {
    return this.#nodes.get(nodeId);
  }

  addNode(node: Node): void {
    this.#nodes.set(node.nodeId, node);
  }

  /** Takes no broker for known, and so no leader. */
  forgetNodes(): void {
    this.#nodes.clear();
  }

  topic(name: string): TopicMetadata | undefined {
    return this.#topics.get(name)?.topic;
  }

  /** The name of a topic id met before. */
  nameOf(topicId: string): string | undefined {
    return this.#nameById.get(topicId);
  }

  /** Whether a topic is known without error, from an answer not older than `maxAgeMs`. */
  isFresh(name: string, now: number, maxAgeMs: number): boolean {
    const cached = this.#topics.get(name);
    return cached !== undefined && cached.topic.error === undefined && now - cached.loadedAt <= maxAgeMs;
  }

  invalidate(name: string): void {
    const cached = this.#topics.get(name);
    if (cached !== undefined) cached.loadedAt = Number.NEGATIVE_INFINITY;
  }

  partition(topic: string, partition: number): PartitionMetadata | undefined {
    return this.#topics.get(topic)?.topic.partitions[partition];
  }

  /** Takes over an answer; `asked` names the topics it should hold. Answers the topics in it. */
  apply(response: MetadataResponse, now: number, asked: readonly string[]): readonly TopicMetadata[] {
    this.#clusterId = response.clusterId ?? this.#clusterId;
    this.#controllerId = response.controllerId;
    // An answer without brokers comes from one that is still starting; forgetting all we know would help nobody.
    if (response.brokers.length > 0) this.#nodes.clear();
    for (const { nodeId, host, port, rack } of response.brokers) this.#nodes.set(nodeId, { nodeId, host, port, rack });
    const topics = response.topics.flatMap((entry) => (entry.name === null ? [] : [this.#topic(entry, entry.name)]));
    const answered = new Set(topics.map(({ name }) => name));
    const missing = asked.filter((name) => !answered.has(name)).map((name) => unknownTopic(name));
    for (const topic of [...topics, ...missing]) {
      this.#topics.set(topic.name, { topic, loadedAt: now });
      if (topic.topicId !== zeroUuid) this.#nameById.set(topic.topicId, topic.name);
    }
    return topics;
  }

  /** A newer leader named in an answer to a produce or fetch (KIP-951). Answers whether it is news. */
  noteLeader(topic: string, partition: number, leader: number, leaderEpoch: number): boolean {
    const cached = this.#topics.get(topic);
    const known = cached?.topic.partitions[partition];
    if (cached === undefined || known === undefined || leaderEpoch <= known.leaderEpoch) return false;
    if (!this.#nodes.has(leader)) return false;
    cached.topic = {
      ...cached.topic,
      partitions: cached.topic.partitions.with(partition, { ...known, leader, leaderEpoch }),
    };
    return true;
  }

  #topic(entry: TopicEntry, name: string): TopicMetadata {
    const code = errorCodeOf(entry.errorCode);
    const { topicId, isInternal } = entry;
    if (code !== "NONE") {
      const error = new KafkaProtocolError(code, `metadata of topic "${name}"`);
      return { name, topicId, isInternal, partitions: [], error };
    }
    const known = this.#topics.get(name)?.topic;
    const before = known?.topicId === topicId ? known.partitions : [];
    const partitions = entry.partitions
      .toSorted((a, b) => a.partitionIndex - b.partitionIndex)
      .map((partition) => newest(partition, before[partition.partitionIndex]));
    if (partitions.some(({ partition }, index) => partition !== index)) {
      const error = new KafkaProtocolError("LEADER_NOT_AVAILABLE", `metadata of topic "${name}" lacks partitions`);
      return { name, topicId, isInternal, partitions: [], error };
    }
    return { name, topicId, isInternal, partitions };
  }
}

// Brokers learn of a new leader at different times: (1) one tells us leader=2 epoch=5, (2) we refresh from another that
// still says leader=1 epoch=4. Going back to 1 would only earn NOT_LEADER_OR_FOLLOWER, so the higher epoch stays.
const newest = (entry: PartitionEntry, known: PartitionMetadata | undefined): PartitionMetadata => {
  const isOlder = known !== undefined && entry.leaderEpoch >= 0 && entry.leaderEpoch < known.leaderEpoch;
  return {
    partition: entry.partitionIndex,
    leader: isOlder ? known.leader : entry.leaderId,
    leaderEpoch: isOlder ? known.leaderEpoch : entry.leaderEpoch,
    replicas: entry.replicaNodes,
    inSyncReplicas: entry.isrNodes,
    offlineReplicas: entry.offlineReplicas,
  };
};

const unknownTopic = (name: string): TopicMetadata => ({
  name,
  topicId: zeroUuid,
  isInternal: false,
  partitions: [],
  error: new KafkaProtocolError("UNKNOWN_TOPIC_OR_PARTITION", `metadata of topic "${name}"`),
});
