import { createPartitions, createTopics, deleteTopics, type KafkaProtocolError } from "@ottla/protocol";
import type { TopicMetadata } from "../cluster/topic-metadata.js";
import type { TopicConfig } from "../contract/topic.js";
import type { AdminCluster, AdminOptions } from "./admin-retry.js";
import { answerError, throwRetriable } from "./answer-error.js";
import { type DeletedRecords, deleteRecords, type RecordsToDelete } from "./delete-records.js";
import { type TopicPart, topicPages } from "./topic-pages.js";

/** A topic to create; a contract made by `topic()` is one. */
export interface NewTopic {
  readonly name: string;
  /** Default: the broker's `num.partitions`. */
  readonly partitions?: number | undefined;
  /** Default: the broker's `default.replication.factor`. */
  readonly replicationFactor?: number | undefined;
  readonly config?: TopicConfig | undefined;
}

/** What became of one topic of a call; `error` is set when nothing did. */
export interface TopicOutcome {
  readonly name: string;
  readonly error?: KafkaProtocolError | undefined;
}

/** As {@link TopicOutcome}, with what was created. -1 on brokers before 2.4. */
export interface CreatedTopic extends TopicOutcome {
  readonly topicId: string;
  readonly partitions: number;
  readonly replicationFactor: number;
}

const brokerDefault = -1;
const controllerTimeoutMs = 30_000;

/** Topics and their records. Calls for several answer one outcome each, in the order asked. */
export class TopicAdmin {
  readonly #cluster: AdminCluster;

  /** @internal Made as `admin.topics`. */
  constructor(cluster: AdminCluster) {
    this.#cluster = cluster;
  }

  /**
   * Creates topics. One that is there already is an outcome with `TOPIC_ALREADY_EXISTS`. In a cluster of several brokers some may
   * learn of it a moment later: producers, consumers and readers wait for that, a `describe` says `UNKNOWN_TOPIC_OR_PARTITION`.
   */
  async create(
    topics: readonly NewTopic[],
    options?: AdminOptions & { readonly validateOnly?: boolean | undefined },
  ): Promise<readonly CreatedTopic[]> {
    const body = {
      topics: topics.map(({ name, partitions, replicationFactor, config }) => ({
        name,
        numPartitions: partitions ?? brokerDefault,
        replicationFactor: replicationFactor ?? brokerDefault,
        assignments: [],
        configs: Object.entries(config ?? {}).map(([key, value]) => ({ name: key, value: String(value) })),
      })),
      timeoutMs: controllerTimeoutMs,
      validateOnly: options?.validateOnly ?? false,
    };
    const response = await this.#cluster.request("controller", createTopics, body, options, (answer) => {
      for (const { errorCode, name } of answer.topics) throwIfNotController(errorCode, name);
    });
    return topics.map(({ name }) => {
      const answer = response.topics.find((entry) => entry.name === name);
      return {
        name,
        topicId: answer?.topicId ?? "",
        partitions: answer?.numPartitions ?? -1,
        replicationFactor: answer?.replicationFactor ?? -1,
        error: answerError(answer?.errorCode ?? -1, `create topic "${name}"`, answer?.errorMessage),
      };
    });
  }

  /** Deletes topics with all their records. */
  async delete(names: readonly string[], options?: AdminOptions): Promise<readonly TopicOutcome[]> {
    const response = await this.#cluster.request(
      "controller",
      deleteTopics,
      (version) => ({
        ...(version >= 6 ? { topics: names.map((name) => ({ name })) } : { topicNames: names }),
        timeoutMs: controllerTimeoutMs,
      }),
      options,
      (answer) => {
        for (const { errorCode, name } of answer.responses) throwIfNotController(errorCode, name ?? "");
      },
    );
    return names.map((name) => {
      const answer = response.responses.find((entry) => entry.name === name);
      return { name, error: answerError(answer?.errorCode ?? -1, `delete topic "${name}"`, answer?.errorMessage) };
    });
  }

  /** All topics, by name; without the cluster's own unless `internal` says so. */
  async list(options?: AdminOptions & { readonly internal?: boolean | undefined }): Promise<readonly TopicMetadata[]> {
    const topics = await this.#cluster.retrying(options, (signal) => this.#cluster.cluster.allTopics({ signal }));
    return topics
      .filter(({ isInternal }) => options?.internal === true || !isInternal)
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Partitions, leaders and replicas. A topic that is not there comes with `error`; none is created. */
  async describe(names: readonly string[], options?: AdminOptions): Promise<readonly TopicMetadata[]> {
    await this.#cluster.retrying(options, (signal) => this.#cluster.cluster.refresh(names, { signal }));
    return names.flatMap((name) => this.#cluster.cluster.topic(name) ?? []);
  }

  /**
   * Topics by name, of `names` or all, at most `partitionsPerPage` partitions at a time (2,000): for clusters whose metadata is too
   * much for one answer. Of a topic whose partitions go over two pages each has a part.
   *
   * @throws KafkaProtocolError with `UNSUPPORTED_VERSION` on brokers before 3.8
   * @see KIP-966
   */
  pages(
    names?: readonly string[],
    options?: AdminOptions & { readonly partitionsPerPage?: number | undefined },
  ): AsyncGenerator<readonly TopicPart[], undefined> {
    return topicPages(this.#cluster, names, options);
  }

  /** Adds partitions, up to `count` in all. Keys written from then on may go elsewhere than before. */
  async createPartitions(
    topics: readonly { readonly topic: string; readonly count: number }[],
    options?: AdminOptions & { readonly validateOnly?: boolean | undefined },
  ): Promise<readonly TopicOutcome[]> {
    const body = {
      topics: topics.map(({ topic, count }) => ({ name: topic, count, assignments: null })),
      timeoutMs: controllerTimeoutMs,
      validateOnly: options?.validateOnly ?? false,
    };
    const response = await this.#cluster.request("controller", createPartitions, body, options, (answer) => {
      for (const { errorCode, name } of answer.results) throwIfNotController(errorCode, name);
    });
    return topics.map(({ topic }) => {
      const answer = response.results.find(({ name }) => name === topic);
      const context = `create partitions of "${topic}"`;
      return { name: topic, error: answerError(answer?.errorCode ?? -1, context, answer?.errorMessage) };
    });
  }

  /** Makes the log of each partition begin at an offset; what is before is gone. */
  deleteRecords(partitions: readonly RecordsToDelete[], options?: AdminOptions): Promise<readonly DeletedRecords[]> {
    return deleteRecords(this.#cluster, partitions, options);
  }
}

const notController = 41;

const throwIfNotController = (errorCode: number, topic: string): void => {
  if (errorCode === notController) throwRetriable(errorCode, `topic "${topic}"`);
};
