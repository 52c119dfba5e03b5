import { type Api, apis, type RequestInput } from "@ottla/protocol";
import { describe, expect, it } from "vitest";
import { batchOf, createTopic, fetchBody, memoryBroker, produce } from "../broker.test-kit.js";
import { handlerTable } from "./handler-table.js";

const timeoutMs = 1000;
const anyAcl = {
  resourceTypeFilter: 1,
  resourceNameFilter: null,
  patternTypeFilter: 3,
  principalFilter: null,
  hostFilter: null,
  operation: 1,
  permissionType: 1,
};
const group = { groupId: "g", memberId: "m", generationId: 1 };
const producer = { producerId: 7, producerEpoch: 0 };
const ask = <A extends Api>(api: A, request: (version: number) => RequestInput<A>) => ({
  api: api as Api,
  request: request as (version: number) => RequestInput<Api>,
});

/** A request of every API that is good in any version. */
const requests = (topicId: string) => [
  ask(apis.Produce, () => ({
    acks: 1,
    timeoutMs,
    topicData: [{ name: "orders", topicId, partitionData: [{ index: 0, records: batchOf(["a"]) }] }],
  })),
  ask(apis.Fetch, (version) => {
    const body = fetchBody({ name: "orders", id: topicId });
    return version < 7 ? { ...body, forgottenTopicsData: [] } : body;
  }),
  ...[-1, 0].map((timestamp) =>
    ask(apis.ListOffsets, () => ({
      replicaId: -1,
      isolationLevel: 0,
      topics: [{ name: "orders", partitions: [{ partitionIndex: 0, timestamp }] }],
    })),
  ),
  ask(apis.Metadata, () => ({ topics: [{ name: "orders" }] })),
  ask(apis.ApiVersions, (version) => (version < 3 ? {} : { clientSoftwareName: "t", clientSoftwareVersion: "1" })),
  ask(apis.CreateTopics, (version) => ({
    timeoutMs,
    topics: [{ name: `new-${version}`, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }],
  })),
  ask(apis.DeleteTopics, (version) => ({
    timeoutMs,
    ...(version < 6 ? { topicNames: ["nowhere"] } : { topics: [{ name: "nowhere" }] }),
  })),
  ask(apis.DeleteRecords, () => ({
    timeoutMs,
    topics: [{ name: "orders", partitions: [{ partitionIndex: 0, offset: 0 }] }],
  })),
  ask(apis.DescribeProducers, () => ({ topics: [{ name: "orders", partitionIndexes: [0] }] })),
  ask(apis.OffsetForLeaderEpoch, () => ({
    topics: [{ topic: "orders", partitions: [{ partition: 0, leaderEpoch: 0 }] }],
  })),
  ask(apis.AddPartitionsToTxn, (version) =>
    version < 4
      ? { v3AndBelowTransactionalId: "t", v3AndBelowProducerId: 0, v3AndBelowProducerEpoch: 0, v3AndBelowTopics: [] }
      : { transactions: [{ transactionalId: "t", ...producer, verifyOnly: true, topics: [] }] },
  ),
  ask(apis.AddOffsetsToTxn, () => ({ transactionalId: "t", ...producer, groupId: "g" })),
  ask(apis.EndTxn, () => ({ transactionalId: "t", ...producer, committed: true })),
  ask(apis.WriteTxnMarkers, (version) => ({
    markers: [
      {
        ...producer,
        transactionResult: true,
        coordinatorEpoch: 0,
        topics: [{ name: "orders", partitionIndexes: [0, 9] }],
        ...(version < 2 ? {} : { transactionVersion: 2 }),
      },
    ],
  })),
  ask(apis.DescribeTransactions, () => ({ transactionalIds: ["t"] })),
  ask(apis.ListTransactions, () => ({ stateFilters: [], producerIdFilters: [] })),
  ask(apis.InitProducerId, () => ({ transactionalId: null, transactionTimeoutMs: 0 })),
  ask(apis.DescribeConfigs, (version) => ({
    resources: [{ resourceType: 2, resourceName: "orders", configurationKeys: null }],
    includeSynonyms: true,
    includeDocumentation: version >= 3,
  })),
  ask(apis.CreatePartitions, () => ({
    timeoutMs,
    validateOnly: true,
    topics: [{ name: "orders", count: 2, assignments: null }],
  })),
  ask(apis.IncrementalAlterConfigs, () => ({
    validateOnly: true,
    resources: [
      { resourceType: 2, resourceName: "orders", configs: [{ name: "retention.ms", configOperation: 0, value: "1" }] },
    ],
  })),
  ask(apis.DescribeCluster, () => ({ includeClusterAuthorizedOperations: false })),
  ask(apis.FindCoordinator, (version) => (version < 4 ? { key: "g" } : { coordinatorKeys: ["g"] })),
  ask(apis.JoinGroup, () => ({ ...group, sessionTimeoutMs: 10_000, protocolType: "consumer", protocols: [] })),
  ask(apis.SyncGroup, () => ({ ...group, assignments: [] })),
  ask(apis.Heartbeat, () => group),
  ask(apis.LeaveGroup, (version) =>
    version < 3 ? { groupId: "g", memberId: "m" } : { groupId: "g", members: [{ memberId: "m" }] },
  ),
  ask(apis.OffsetCommit, () => ({
    groupId: "g",
    topics: [
      { name: "orders", topicId, partitions: [{ partitionIndex: 0, committedOffset: 0, committedMetadata: null }] },
    ],
  })),
  ask(apis.TxnOffsetCommit, () => ({
    transactionalId: "t",
    groupId: "g",
    producerId: 1,
    producerEpoch: 0,
    topics: [{ name: "orders", partitions: [{ partitionIndex: 0, committedOffset: 0, committedMetadata: null }] }],
  })),
  ask(apis.OffsetFetch, (version) =>
    version < 8
      ? { groupId: "g", topics: [{ name: "orders", partitionIndexes: [0] }] }
      : { groups: [{ groupId: "g", topics: [{ name: "orders", topicId, partitionIndexes: [0] }] }] },
  ),
  ask(apis.DescribeGroups, () => ({ groups: ["g"] })),
  ask(apis.ListGroups, () => ({})),
  ask(apis.DeleteGroups, () => ({ groupsNames: ["h"] })),
  ask(apis.OffsetDelete, () => ({ groupId: "h", topics: [] })),
  ask(apis.DescribeTopicPartitions, () => ({ topics: [{ name: "orders" }], cursor: null })),
  ask(apis.DescribeLogDirs, () => ({ topics: [{ topic: "orders", partitions: [0] }] })),
  ask(apis.AlterReplicaLogDirs, () => ({ dirs: [{ path: "/", topics: [{ name: "orders", partitions: [0] }] }] })),
  ask(apis.ElectLeaders, () => ({ topicPartitions: null, timeoutMs })),
  ask(apis.AlterPartitionReassignments, () => ({
    timeoutMs,
    topics: [{ name: "orders", partitions: [{ partitionIndex: 0, replicas: [1] }] }],
  })),
  ask(apis.ListPartitionReassignments, () => ({ timeoutMs, topics: null })),
  ask(apis.DescribeQuorum, () => ({
    topics: [{ topicName: "__cluster_metadata", partitions: [{ partitionIndex: 0 }] }],
  })),
  ask(apis.AddRaftVoter, () => ({
    clusterId: null,
    timeoutMs,
    voterId: 2,
    voterDirectoryId: topicId,
    listeners: [],
  })),
  ask(apis.RemoveRaftVoter, () => ({ clusterId: null, voterId: 2, voterDirectoryId: topicId })),
  ask(apis.UnregisterBroker, () => ({ brokerId: 7 })),
  ask(apis.UpdateFeatures, () => ({
    timeoutMs,
    featureUpdates: [{ feature: "metadata.version", maxVersionLevel: 30 }],
  })),
  ask(apis.AlterConfigs, () => ({
    validateOnly: true,
    resources: [{ resourceType: 2, resourceName: "orders", configs: [{ name: "retention.ms", value: "1" }] }],
  })),
  ask(apis.ListConfigResources, () => ({})),
  ask(apis.DescribeAcls, () => anyAcl),
  ask(apis.CreateAcls, () => ({ creations: [] })),
  ask(apis.DeleteAcls, () => ({ filters: [anyAcl] })),
  ask(apis.CreateDelegationToken, (version) => ({
    renewers: [],
    maxLifetimeMs: -1,
    ...(version < 3 ? {} : { ownerPrincipalType: null, ownerPrincipalName: null }),
  })),
  ask(apis.RenewDelegationToken, () => ({ hmac: Buffer.alloc(1), renewPeriodMs: -1 })),
  ask(apis.ExpireDelegationToken, () => ({ hmac: Buffer.alloc(1), expiryTimePeriodMs: -1 })),
  ask(apis.DescribeDelegationToken, () => ({ owners: null })),
];

describe("the handler table", () => {
  it("answers every API that it advertises in every version", async () => {
    const { client } = await memoryBroker();
    const topic = await createTopic(client, "orders");
    await produce(client, topic, batchOf(["a"]));
    const all = requests(topic.id);
    expect(new Set(all.map(({ api }) => api.key))).toEqual(new Set(handlerTable.keys()));
    for (const { api, request } of all) {
      const { maxVersion = api.maxVersion } = handlerTable.get(api.key) ?? {};
      for (let version = api.minVersion; version <= maxVersion; version += 1) {
        await expect(client.request(api, version, request(version)), `${api.name} v${version}`).resolves.toBeDefined();
      }
    }
  });
});
