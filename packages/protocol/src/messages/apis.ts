import { addOffsetsToTxn } from "./add-offsets-to-txn.js";
import { addPartitionsToTxn } from "./add-partitions-to-txn.js";
import { addRaftVoter } from "./add-raft-voter.js";
import { alterClientQuotas } from "./alter-client-quotas.js";
import { alterConfigs } from "./alter-configs.js";
import { alterPartitionReassignments } from "./alter-partition-reassignments.js";
import { alterReplicaLogDirs } from "./alter-replica-log-dirs.js";
import { alterUserScramCredentials } from "./alter-user-scram-credentials.js";
import { apiVersions } from "./api-versions.js";
import { consumerGroupDescribe } from "./consumer-group-describe.js";
import { consumerGroupHeartbeat } from "./consumer-group-heartbeat.js";
import { createAcls } from "./create-acls.js";
import { createDelegationToken } from "./create-delegation-token.js";
import { createPartitions } from "./create-partitions.js";
import { createTopics } from "./create-topics.js";
import { deleteAcls } from "./delete-acls.js";
import { deleteGroups } from "./delete-groups.js";
import { deleteRecords } from "./delete-records.js";
import { deleteTopics } from "./delete-topics.js";
import { describeAcls } from "./describe-acls.js";
import { describeClientQuotas } from "./describe-client-quotas.js";
import { describeCluster } from "./describe-cluster.js";
import { describeConfigs } from "./describe-configs.js";
import { describeDelegationToken } from "./describe-delegation-token.js";
import { describeGroups } from "./describe-groups.js";
import { describeLogDirs } from "./describe-log-dirs.js";
import { describeProducers } from "./describe-producers.js";
import { describeQuorum } from "./describe-quorum.js";
import { describeTopicPartitions } from "./describe-topic-partitions.js";
import { describeTransactions } from "./describe-transactions.js";
import { describeUserScramCredentials } from "./describe-user-scram-credentials.js";
import { electLeaders } from "./elect-leaders.js";
import { endTxn } from "./end-txn.js";
import { expireDelegationToken } from "./expire-delegation-token.js";
import { fetch } from "./fetch.js";
import { findCoordinator } from "./find-coordinator.js";
import { heartbeat } from "./heartbeat.js";
import { incrementalAlterConfigs } from "./incremental-alter-configs.js";
import { initProducerId } from "./init-producer-id.js";
import { joinGroup } from "./join-group.js";
import { leaveGroup } from "./leave-group.js";
import { listConfigResources } from "./list-config-resources.js";
import { listGroups } from "./list-groups.js";
import { listOffsets } from "./list-offsets.js";
import { listPartitionReassignments } from "./list-partition-reassignments.js";
import { listTransactions } from "./list-transactions.js";
import { metadata } from "./metadata.js";
import { offsetCommit } from "./offset-commit.js";
import { offsetDelete } from "./offset-delete.js";
import { offsetFetch } from "./offset-fetch.js";
import { offsetForLeaderEpoch } from "./offset-for-leader-epoch.js";
import { produce } from "./produce.js";
import { removeRaftVoter } from "./remove-raft-voter.js";
import { renewDelegationToken } from "./renew-delegation-token.js";
import { saslAuthenticate } from "./sasl-authenticate.js";
import { saslHandshake } from "./sasl-handshake.js";
import { syncGroup } from "./sync-group.js";
import { txnOffsetCommit } from "./txn-offset-commit.js";
import { unregisterBroker } from "./unregister-broker.js";
import { updateFeatures } from "./update-features.js";
import { writeTxnMarkers } from "./write-txn-markers.js";

/** Spelled out: an inferred type would repeat every message in the declarations, 160 KB of them. */
export type Apis = {
  readonly Produce: typeof produce;
  readonly Fetch: typeof fetch;
  readonly ListOffsets: typeof listOffsets;
  readonly Metadata: typeof metadata;
  readonly OffsetCommit: typeof offsetCommit;
  readonly OffsetFetch: typeof offsetFetch;
  readonly FindCoordinator: typeof findCoordinator;
  readonly JoinGroup: typeof joinGroup;
  readonly Heartbeat: typeof heartbeat;
  readonly LeaveGroup: typeof leaveGroup;
  readonly SyncGroup: typeof syncGroup;
  readonly DescribeGroups: typeof describeGroups;
  readonly ListGroups: typeof listGroups;
  readonly SaslHandshake: typeof saslHandshake;
  readonly ApiVersions: typeof apiVersions;
  readonly CreateTopics: typeof createTopics;
  readonly DeleteTopics: typeof deleteTopics;
  readonly DeleteRecords: typeof deleteRecords;
  readonly InitProducerId: typeof initProducerId;
  readonly OffsetForLeaderEpoch: typeof offsetForLeaderEpoch;
  readonly DescribeConfigs: typeof describeConfigs;
  readonly CreatePartitions: typeof createPartitions;
  readonly SaslAuthenticate: typeof saslAuthenticate;
  readonly DeleteGroups: typeof deleteGroups;
  readonly IncrementalAlterConfigs: typeof incrementalAlterConfigs;
  readonly OffsetDelete: typeof offsetDelete;
  readonly DescribeCluster: typeof describeCluster;
  readonly AlterConfigs: typeof alterConfigs;
  readonly AlterReplicaLogDirs: typeof alterReplicaLogDirs;
  readonly DescribeLogDirs: typeof describeLogDirs;
  readonly ElectLeaders: typeof electLeaders;
  readonly AlterPartitionReassignments: typeof alterPartitionReassignments;
  readonly ListPartitionReassignments: typeof listPartitionReassignments;
  readonly DescribeAcls: typeof describeAcls;
  readonly CreateAcls: typeof createAcls;
  readonly DeleteAcls: typeof deleteAcls;
  readonly CreateDelegationToken: typeof createDelegationToken;
  readonly RenewDelegationToken: typeof renewDelegationToken;
  readonly ExpireDelegationToken: typeof expireDelegationToken;
  readonly DescribeDelegationToken: typeof describeDelegationToken;
  readonly DescribeProducers: typeof describeProducers;
  readonly DescribeQuorum: typeof describeQuorum;
  readonly UpdateFeatures: typeof updateFeatures;
  readonly UnregisterBroker: typeof unregisterBroker;
  readonly ConsumerGroupHeartbeat: typeof consumerGroupHeartbeat;
  readonly ConsumerGroupDescribe: typeof consumerGroupDescribe;
  readonly ListConfigResources: typeof listConfigResources;
  readonly DescribeTopicPartitions: typeof describeTopicPartitions;
  readonly AddRaftVoter: typeof addRaftVoter;
  readonly RemoveRaftVoter: typeof removeRaftVoter;
  readonly AddPartitionsToTxn: typeof addPartitionsToTxn;
  readonly AddOffsetsToTxn: typeof addOffsetsToTxn;
  readonly EndTxn: typeof endTxn;
  readonly WriteTxnMarkers: typeof writeTxnMarkers;
  readonly DescribeTransactions: typeof describeTransactions;
  readonly ListTransactions: typeof listTransactions;
  readonly TxnOffsetCommit: typeof txnOffsetCommit;
  readonly AlterUserScramCredentials: typeof alterUserScramCredentials;
  readonly DescribeUserScramCredentials: typeof describeUserScramCredentials;
  readonly AlterClientQuotas: typeof alterClientQuotas;
  readonly DescribeClientQuotas: typeof describeClientQuotas;
};

/** Every API this package speaks, by name. Versions end where Apache Kafka 4.3 ends. */
export const apis: Apis = {
  Produce: produce,
  Fetch: fetch,
  ListOffsets: listOffsets,
  Metadata: metadata,
  OffsetCommit: offsetCommit,
  OffsetFetch: offsetFetch,
  FindCoordinator: findCoordinator,
  JoinGroup: joinGroup,
  Heartbeat: heartbeat,
  LeaveGroup: leaveGroup,
  SyncGroup: syncGroup,
  DescribeGroups: describeGroups,
  ListGroups: listGroups,
  SaslHandshake: saslHandshake,
  ApiVersions: apiVersions,
  CreateTopics: createTopics,
  DeleteTopics: deleteTopics,
  DeleteRecords: deleteRecords,
  InitProducerId: initProducerId,
  OffsetForLeaderEpoch: offsetForLeaderEpoch,
  DescribeConfigs: describeConfigs,
  CreatePartitions: createPartitions,
  SaslAuthenticate: saslAuthenticate,
  DeleteGroups: deleteGroups,
  IncrementalAlterConfigs: incrementalAlterConfigs,
  OffsetDelete: offsetDelete,
  DescribeCluster: describeCluster,
  AlterConfigs: alterConfigs,
  AlterReplicaLogDirs: alterReplicaLogDirs,
  DescribeLogDirs: describeLogDirs,
  ElectLeaders: electLeaders,
  AlterPartitionReassignments: alterPartitionReassignments,
  ListPartitionReassignments: listPartitionReassignments,
  DescribeAcls: describeAcls,
  CreateAcls: createAcls,
  DeleteAcls: deleteAcls,
  CreateDelegationToken: createDelegationToken,
  RenewDelegationToken: renewDelegationToken,
  ExpireDelegationToken: expireDelegationToken,
  DescribeDelegationToken: describeDelegationToken,
  DescribeProducers: describeProducers,
  DescribeQuorum: describeQuorum,
  UpdateFeatures: updateFeatures,
  UnregisterBroker: unregisterBroker,
  ConsumerGroupHeartbeat: consumerGroupHeartbeat,
  ConsumerGroupDescribe: consumerGroupDescribe,
  ListConfigResources: listConfigResources,
  DescribeTopicPartitions: describeTopicPartitions,
  AddRaftVoter: addRaftVoter,
  RemoveRaftVoter: removeRaftVoter,
  AddPartitionsToTxn: addPartitionsToTxn,
  AddOffsetsToTxn: addOffsetsToTxn,
  EndTxn: endTxn,
  WriteTxnMarkers: writeTxnMarkers,
  DescribeTransactions: describeTransactions,
  ListTransactions: listTransactions,
  TxnOffsetCommit: txnOffsetCommit,
  AlterUserScramCredentials: alterUserScramCredentials,
  DescribeUserScramCredentials: describeUserScramCredentials,
  AlterClientQuotas: alterClientQuotas,
  DescribeClientQuotas: describeClientQuotas,
};

export type ApiName = keyof Apis;
