import { alterReplicaLogDirs, describeLogDirs, type KafkaProtocolError } from "@ottla/protocol";
import type { AdminCluster, AdminOptions } from "./admin-retry.js";
import { answerError } from "./answer-error.js";
import { groupedByTopic } from "./grouped-by-topic.js";
import type { PartitionName } from "./offset-admin.js";

/** One log folder of a broker. */
export interface LogDir {
  readonly path: string;
  /** Of the volume it is on; undefined on brokers before 3.3 (KIP-827). */
  readonly totalBytes: number | undefined;
  readonly usableBytes: number | undefined;
  readonly replicas: readonly LogDirReplica[];
  /** Why it is out of use. */
  readonly error?: KafkaProtocolError | undefined;
}

/** One partition's log in a folder. */
export interface LogDirReplica extends PartitionName {
  readonly sizeBytes: number;
  /** Records behind the high watermark, or, for one that is being moved here, behind the log it is copied from. */
  readonly offsetLag: number;
  /** It is being moved here from another folder of the broker. */
  readonly isFuture: boolean;
}

/** The log folders of one broker; `error` is set when it did not say. */
export interface BrokerLogDirs {
  readonly nodeId: number;
  readonly dirs: readonly LogDir[];
  readonly error?: Error | undefined;
}

/** A replica to move to another folder of its broker. */
export interface ReplicaMove extends PartitionName {
  readonly nodeId: number;
  readonly path: string;
}

/** What became of one move; without an error it has begun, and `describe` shows how far it is. */
export interface ReplicaMoveOutcome extends ReplicaMove {
  readonly error?: Error | undefined;
}

/** The folders that brokers keep logs in (KIP-113). */
export class LogDirAdmin {
  readonly #cluster: AdminCluster;

  /** @internal Made as `admin.logDirs`. */
  constructor(cluster: AdminCluster) {
    this.#cluster = cluster;
  }

  /** Folders of brokers (of all without `brokers`), each with the logs of `topics`, or all. One entry per broker. */
  async describe(
    options?: AdminOptions & {
      readonly brokers?: readonly number[] | undefined;
      readonly topics?: readonly PartitionName[] | undefined;
    },
  ): Promise<readonly BrokerLogDirs[]> {
    const topics =
      options?.topics === undefined
        ? null
        : groupedByTopic(options.topics).map(({ topic, partitions }) => ({
            topic,
            partitions: partitions.map(({ partition }) => partition),
          }));
    const nodes = await this.#cluster.nodeIds(options);
    return this.#cluster.each(options?.brokers ?? nodes, options, {
      ask: async (nodeId) => {
        const context = `log folders of broker ${nodeId}`;
        const response = await this.#cluster.request(
          { node: nodeId },
          describeLogDirs,
          { topics },
          options,
          (answer) => {
            const error = answerError(answer.errorCode, context);
            if (error !== undefined) throw error;
          },
        );
        return { nodeId, dirs: response.results.map((dir) => logDirOf(dir, context)) };
      },
      failed: (nodeId, error) => ({ nodeId, dirs: [], error }),
    });
  }

  /** Begins to move replicas to other folders of their brokers: an outcome for each, in the order given. */
  async alter(moves: readonly ReplicaMove[], options?: AdminOptions): Promise<readonly ReplicaMoveOutcome[]> {
    await this.#cluster.nodeIds(options);
    const nodes = [...new Set(moves.map(({ nodeId }) => nodeId))];
    const answers = await this.#cluster.each<readonly ReplicaMoveOutcome[]>(nodes, options, {
      ask: (nodeId) =>
        this.#alterOn(
          nodeId,
          moves.filter((move) => move.nodeId === nodeId),
          options,
        ),
      failed: (nodeId, error) => moves.filter((move) => move.nodeId === nodeId).map((move) => ({ ...move, error })),
    });
    const outcomes = answers.flat();
    return moves.map(
      (move) =>
        outcomes.find(
          ({ nodeId, topic, partition }) =>
            nodeId === move.nodeId && topic === move.topic && partition === move.partition,
        ) ?? move,
    );
  }

  async #alterOn(
    nodeId: number,
    moves: readonly ReplicaMove[],
    options: AdminOptions | undefined,
  ): Promise<readonly ReplicaMoveOutcome[]> {
    const paths = [...new Set(moves.map(({ path }) => path))];
    const dirs = paths.map((path) => ({
      path,
      topics: groupedByTopic(moves.filter((move) => move.path === path)).map(({ topic, partitions }) => ({
        name: topic,
        partitions: partitions.map(({ partition }) => partition),
      })),
    }));
    const { results } = await this.#cluster.request({ node: nodeId }, alterReplicaLogDirs, { dirs }, options);
    return moves.map((move) => {
      const { partitions = [] } = results.find(({ topicName }) => topicName === move.topic) ?? {};
      const answer = partitions.find(({ partitionIndex }) => partitionIndex === move.partition);
      const context = `move ${move.topic}-${move.partition} of broker ${nodeId} to ${move.path}`;
      return { ...move, error: answerError(answer?.errorCode ?? -1, context) };
    });
  }
}

interface WireLogDir {
  readonly errorCode: number;
  readonly logDir: string;
  readonly totalBytes: number;
  readonly usableBytes: number;
  readonly topics: readonly {
    readonly name: string;
    readonly partitions: readonly {
      readonly partitionIndex: number;
      readonly partitionSize: number;
      readonly offsetLag: number;
      readonly isFutureKey: boolean;
    }[];
  }[];
}

const logDirOf = (dir: WireLogDir, context: string): LogDir => ({
  path: dir.logDir,
  totalBytes: dir.totalBytes < 0 ? undefined : dir.totalBytes,
  usableBytes: dir.usableBytes < 0 ? undefined : dir.usableBytes,
  replicas: dir.topics.flatMap(({ name: topic, partitions }) =>
    partitions.map((each) => ({
      topic,
      partition: each.partitionIndex,
      sizeBytes: each.partitionSize,
      offsetLag: each.offsetLag,
      isFuture: each.isFutureKey,
    })),
  ),
  error: answerError(dir.errorCode, `${context}, ${dir.logDir}`),
});
