import type { Admin as ClientAdmin } from "@ottla/client";
import type { ClientSource } from "../config/client-source.js";
import type { TopicPartitions } from "../config/cluster-types.js";
import { ConnectedClient } from "../config/connected-client.js";
import type { RetryOptions } from "../config/kafka-config.js";
import { initialRetryMs } from "../config/retry.js";
import { afterRetries } from "../errors/as-kafkajs-error.js";
import { EventEmitter, type RemoveInstrumentationEventListener } from "../events/event-emitter.js";
import type { Logger } from "../log/logger.js";
import { createAcls, deleteAcls, describeAcls } from "./acl-calls.js";
import type { AdminCalls } from "./admin-calls.js";
import {
  type AclEntry,
  type AclFilter,
  type AdminConfig,
  type AdminEventPayloads,
  type AdminEventTypes,
  type AlterConfigResponse,
  adminEvents,
  type DeleteAclResponse,
  type DeleteGroupsResult,
  type DescribeAclResponse,
  type DescribeConfigResponse,
  type FetchOffsetsPartition,
  type GroupDescriptions,
  type GroupOverview,
  type IResourceConfig,
  type ITopicMetadata,
  type ITopicPartitionConfig,
  type ListPartitionReassignmentsResponse,
  type PartitionReassignment,
  type ResourceConfigQuery,
  type SeekEntry,
} from "./admin-types.js";
import { alterConfigs, describeConfigs } from "./config-calls.js";
import { deleteGroups, describeGroups, listGroups } from "./group-calls.js";
import {
  fetchOffsets,
  fetchTopicOffsets,
  fetchTopicOffsetsByTimestamp,
  resetOffsets,
  setOffsets,
} from "./offset-calls.js";
import { alterPartitionReassignments, listPartitionReassignments } from "./reassignment-calls.js";
import {
  type CreateTopicsOptions,
  createPartitions,
  createTopics,
  deleteTopicRecords,
  deleteTopics,
  fetchTopicMetadata,
  listTopics,
} from "./topic-calls.js";

/**
 * Looks at a cluster and changes it. Made by `kafka.admin()`; works once connected. Every call rejects with a KafkaJSError; what may
 * pass by itself is tried again for as long as `retry` allows, and then is a KafkaJSNumberOfRetriesExceeded.
 */
export class Admin {
  readonly events = adminEvents;
  readonly #source: ClientSource;
  readonly #retry: RetryOptions;
  readonly #logger: Logger;
  readonly #emitter: EventEmitter<AdminEventPayloads>;
  readonly #client: ConnectedClient<"admin">;
  #admin: ClientAdmin | undefined;

  constructor(source: ClientSource, config: AdminConfig) {
    this.#source = source;
    this.#retry = source.retry(config.retry);
    this.#logger = source.logger.namespace("Admin");
    this.#emitter = new EventEmitter(source.world.clock, this.#logger, adminEvents);
    this.#client = new ConnectedClient(source, { retry: this.#retry }, "admin", this.#emitter);
  }

  /** @throws KafkaJSError when no broker answers, KafkaJSSASLAuthenticationError */
  connect(): Promise<void> {
    return this.#client.connect();
  }

  async disconnect(): Promise<void> {
    await this.#client.settled();
    this.#admin = undefined;
    await this.#client.disconnect();
  }

  listTopics(): Promise<string[]> {
    return this.#call(listTopics);
  }

  /** False when the topics are all there already. */
  createTopics(options: CreateTopicsOptions): Promise<boolean> {
    return this.#call((calls) => createTopics(calls, options));
  }

  deleteTopics({ topics }: { topics: string[]; timeout?: number }): Promise<void> {
    return this.#call((calls) => deleteTopics(calls, topics));
  }

  createPartitions(options: {
    validateOnly?: boolean;
    timeout?: number;
    topicPartitions: ITopicPartitionConfig[];
  }): Promise<boolean> {
    return this.#call((calls) => createPartitions(calls, options));
  }

  fetchTopicMetadata({ topics = [] }: { topics?: string[] } = {}): Promise<{ topics: Array<ITopicMetadata> }> {
    return this.#call((calls) => fetchTopicMetadata(calls, topics));
  }

  fetchOffsets(options: {
    groupId: string;
    topics?: string[];
    resolveOffsets?: boolean;
  }): Promise<Array<{ topic: string; partitions: FetchOffsetsPartition[] }>> {
    return this.#call((calls) => fetchOffsets(calls, options));
  }

  fetchTopicOffsets(topic: string): Promise<Array<SeekEntry & { high: string; low: string }>> {
    return this.#call((calls) => fetchTopicOffsets(calls, topic));
  }

  fetchTopicOffsetsByTimestamp(topic: string, timestamp?: number): Promise<Array<SeekEntry>> {
    return this.#call((calls) => fetchTopicOffsetsByTimestamp(calls, topic, timestamp));
  }

  describeCluster(): Promise<{
    brokers: Array<{ nodeId: number; host: string; port: number }>;
    controller: number | null;
    clusterId: string;
  }> {
    return this.#call(async ({ admin, options }) => {
      const { brokers, controllerId, clusterId } = await admin.describeCluster(options);
      return {
        brokers: brokers.map(({ nodeId, host, port }) => ({ nodeId, host, port })),
        controller: controllerId < 0 ? null : controllerId,
        clusterId: clusterId ?? "",
      };
    });
  }

  setOffsets(options: { groupId: string; topic: string; partitions: SeekEntry[] }): Promise<void> {
    return this.#call((calls) => setOffsets(calls, options));
  }

  resetOffsets(options: { groupId: string; topic: string; earliest: boolean }): Promise<void> {
    return this.#call((calls) => resetOffsets(calls, options));
  }

  describeConfigs({
    resources,
  }: {
    resources: ResourceConfigQuery[];
    includeSynonyms?: boolean;
  }): Promise<DescribeConfigResponse> {
    return this.#call((calls) => describeConfigs(calls, resources));
  }

  alterConfigs({
    resources,
    validateOnly = false,
  }: {
    validateOnly?: boolean;
    resources: IResourceConfig[];
  }): Promise<AlterConfigResponse> {
    return this.#call((calls) => alterConfigs(calls, resources, validateOnly));
  }

  listGroups(): Promise<{ groups: GroupOverview[] }> {
    return this.#call(listGroups);
  }

  deleteGroups(groupIds: string[]): Promise<DeleteGroupsResult[]> {
    return this.#call((calls) => deleteGroups(calls, groupIds));
  }

  describeGroups(groupIds: string[]): Promise<GroupDescriptions> {
    return this.#call((calls) => describeGroups(calls, groupIds));
  }

  describeAcls(filter: AclFilter): Promise<DescribeAclResponse> {
    return this.#call((calls) => describeAcls(calls, filter));
  }

  deleteAcls({ filters }: { filters: AclFilter[] }): Promise<DeleteAclResponse> {
    return this.#call((calls) => deleteAcls(calls, filters));
  }

  createAcls({ acl }: { acl: AclEntry[] }): Promise<boolean> {
    return this.#call((calls) => createAcls(calls, acl));
  }

  deleteTopicRecords(options: { topic: string; partitions: SeekEntry[] }): Promise<void> {
    return this.#call((calls) => deleteTopicRecords(calls, options));
  }

  alterPartitionReassignments({ topics }: { topics: PartitionReassignment[]; timeout?: number }): Promise<void> {
    return this.#call((calls) => alterPartitionReassignments(calls, topics));
  }

  listPartitionReassignments({
    topics,
  }: {
    topics?: TopicPartitions[] | null;
    timeout?: number;
  }): Promise<ListPartitionReassignmentsResponse> {
    return this.#call((calls) => listPartitionReassignments(calls, topics));
  }

  on<Name extends keyof AdminEventTypes>(
    eventName: Name,
    listener: (event: AdminEventTypes[Name]) => void,
  ): RemoveInstrumentationEventListener<Name> {
    return this.#emitter.on(eventName, listener);
  }

  logger(): Logger {
    return this.#logger;
  }

  async #call<T>(call: (calls: AdminCalls) => Promise<T>): Promise<T> {
    const admin = this.#connected();
    const { timers } = this.#source.world;
    const options = { timeoutMs: this.#source.budgetMs(this.#retry) };
    try {
      return await call({ admin, options, timers, logger: this.#logger });
    } catch (error) {
      throw afterRetries(error, this.#retry.retries ?? 5, initialRetryMs(this.#retry));
    }
  }

  #connected(): ClientAdmin {
    const client = this.#client.current;
    this.#admin ??= client.admin();
    return this.#admin;
  }
}
