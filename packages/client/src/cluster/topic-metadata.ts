import type { KafkaProtocolError } from "@ottla/protocol";

/** A broker of the cluster. */
export interface Node {
  readonly nodeId: number;
  readonly host: string;
  readonly port: number;
  readonly rack: string | null;
}

/** A partition, as the cluster's metadata describes it. */
export interface PartitionMetadata {
  readonly partition: number;
  /** Node id of the leader; -1 when there is none at the moment. */
  readonly leader: number;
  /** -1 on brokers before 2.1. */
  readonly leaderEpoch: number;
  readonly replicas: readonly number[];
  readonly inSyncReplicas: readonly number[];
  readonly offlineReplicas: readonly number[];
}

/** A topic, as the cluster's metadata describes it. `error` is set, and `partitions` empty, when it could not. */
export interface TopicMetadata {
  readonly name: string;
  /** The zero uuid on brokers before 2.8. */
  readonly topicId: string;
  readonly isInternal: boolean;
  /** In order of their numbers, which have no gaps. */
  readonly partitions: readonly PartitionMetadata[];
  readonly error?: KafkaProtocolError;
}
