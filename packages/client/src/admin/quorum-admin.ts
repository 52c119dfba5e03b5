import { addRaftVoter, describeQuorum, removeRaftVoter, unregisterBroker } from "@ottla/protocol";
import type { AdminCluster, AdminOptions } from "./admin-retry.js";
import { answerError } from "./answer-error.js";

/** A controller, or a broker that follows them, in the quorum of the cluster's metadata. */
export interface QuorumReplica {
  readonly nodeId: number;
  /** Of its metadata folder; undefined before Kafka 3.9. */
  readonly directoryId: string | undefined;
  readonly logEndOffset: bigint;
  /** Milliseconds since the epoch; undefined when the leader does not say. */
  readonly lastFetchedAt: number | undefined;
  readonly lastCaughtUpAt: number | undefined;
}

/** The quorum of KRaft controllers (KIP-595). */
export interface Quorum {
  readonly leaderId: number;
  readonly leaderEpoch: number;
  readonly highWatermark: bigint;
  readonly voters: readonly QuorumReplica[];
  readonly observers: readonly QuorumReplica[];
}

/** A controller of the quorum (KIP-853). */
export interface QuorumVoter {
  readonly nodeId: number;
  readonly directoryId: string;
}

const metadataTopic = "__cluster_metadata";

/** The controllers that keep the cluster's metadata. Kafka without ZooKeeper, from 3.3 on. */
export class QuorumAdmin {
  readonly #cluster: AdminCluster;

  /** @internal Made as `admin.quorum`. */
  constructor(cluster: AdminCluster) {
    this.#cluster = cluster;
  }

  /** The quorum as its leader sees it. @throws KafkaProtocolError */
  async describe(options?: AdminOptions): Promise<Quorum> {
    const context = "describe the metadata quorum";
    const body = { topics: [{ topicName: metadataTopic, partitions: [{ partitionIndex: 0 }] }] };
    const response = await this.#cluster.request("any", describeQuorum, body, options, (answer) => {
      const partition = answer.topics[0]?.partitions[0];
      const error =
        answerError(answer.errorCode, context, answer.errorMessage) ??
        answerError(partition?.errorCode ?? -1, context, partition?.errorMessage);
      if (error !== undefined) throw error;
    });
    const quorum = response.topics[0]?.partitions[0];
    return {
      leaderId: quorum?.leaderId ?? -1,
      leaderEpoch: quorum?.leaderEpoch ?? -1,
      highWatermark: BigInt(quorum?.highWatermark ?? -1),
      voters: (quorum?.currentVoters ?? []).map(replicaOf),
      observers: (quorum?.observers ?? []).map(replicaOf),
    };
  }

  /** Makes a controller that is running a voter. @throws KafkaProtocolError */
  async addVoter(
    voter: QuorumVoter & {
      readonly listeners: readonly { readonly name: string; readonly host: string; readonly port: number }[];
    },
    options?: AdminOptions,
  ): Promise<void> {
    const context = `add controller ${voter.nodeId} to the quorum`;
    const body = {
      clusterId: null,
      timeoutMs: options?.timeoutMs ?? 60_000,
      voterId: voter.nodeId,
      voterDirectoryId: voter.directoryId,
      listeners: voter.listeners,
    };
    await this.#cluster.request("controller", addRaftVoter, body, options, ({ errorCode, errorMessage }) => {
      const error = answerError(errorCode, context, errorMessage);
      if (error !== undefined) throw error;
    });
  }

  /** Takes a controller out of the voters. @throws KafkaProtocolError */
  async removeVoter(voter: QuorumVoter, options?: AdminOptions): Promise<void> {
    const context = `remove controller ${voter.nodeId} from the quorum`;
    const body = { clusterId: null, voterId: voter.nodeId, voterDirectoryId: voter.directoryId };
    await this.#cluster.request("controller", removeRaftVoter, body, options, ({ errorCode, errorMessage }) => {
      const error = answerError(errorCode, context, errorMessage);
      if (error !== undefined) throw error;
    });
  }

  /** Forgets a broker that is gone for good. @throws KafkaProtocolError */
  async unregisterBroker(nodeId: number, options?: AdminOptions): Promise<void> {
    const body = { brokerId: nodeId };
    await this.#cluster.request("controller", unregisterBroker, body, options, ({ errorCode, errorMessage }) => {
      const error = answerError(errorCode, `unregister broker ${nodeId}`, errorMessage);
      if (error !== undefined) throw error;
    });
  }
}

const noDirectory = "AAAAAAAAAAAAAAAAAAAAAA";

const replicaOf = (replica: {
  readonly replicaId: number;
  readonly replicaDirectoryId: string;
  readonly logEndOffset: number;
  readonly lastFetchTimestamp: number;
  readonly lastCaughtUpTimestamp: number;
}): QuorumReplica => ({
  nodeId: replica.replicaId,
  directoryId: replica.replicaDirectoryId === noDirectory ? undefined : replica.replicaDirectoryId,
  logEndOffset: BigInt(replica.logEndOffset),
  lastFetchedAt: replica.lastFetchTimestamp < 0 ? undefined : replica.lastFetchTimestamp,
  lastCaughtUpAt: replica.lastCaughtUpTimestamp < 0 ? undefined : replica.lastCaughtUpTimestamp,
});
