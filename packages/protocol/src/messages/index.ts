// Each API: its declaration, and what its requests and responses hold, read and to be written.
export {
  type AddOffsetsToTxnRequest,
  type AddOffsetsToTxnRequestInput,
  type AddOffsetsToTxnResponse,
  type AddOffsetsToTxnResponseInput,
  addOffsetsToTxn,
} from "./add-offsets-to-txn.js";
export {
  type AddPartitionsToTxnRequest,
  type AddPartitionsToTxnRequestInput,
  type AddPartitionsToTxnResponse,
  type AddPartitionsToTxnResponseInput,
  addPartitionsToTxn,
} from "./add-partitions-to-txn.js";
export {
  type AddRaftVoterRequest,
  type AddRaftVoterRequestInput,
  type AddRaftVoterResponse,
  type AddRaftVoterResponseInput,
  addRaftVoter,
} from "./add-raft-voter.js";
export {
  type AlterClientQuotasRequest,
  type AlterClientQuotasRequestInput,
  type AlterClientQuotasResponse,
  type AlterClientQuotasResponseInput,
  alterClientQuotas,
} from "./alter-client-quotas.js";
export {
  type AlterConfigsRequest,
  type AlterConfigsRequestInput,
  type AlterConfigsResponse,
  type AlterConfigsResponseInput,
  alterConfigs,
} from "./alter-configs.js";
export {
  type AlterPartitionReassignmentsRequest,
  type AlterPartitionReassignmentsRequestInput,
  type AlterPartitionReassignmentsResponse,
  type AlterPartitionReassignmentsResponseInput,
  alterPartitionReassignments,
} from "./alter-partition-reassignments.js";
export {
  type AlterReplicaLogDirsRequest,
  type AlterReplicaLogDirsRequestInput,
  type AlterReplicaLogDirsResponse,
  type AlterReplicaLogDirsResponseInput,
  alterReplicaLogDirs,
} from "./alter-replica-log-dirs.js";
export {
  type AlterUserScramCredentialsRequest,
  type AlterUserScramCredentialsRequestInput,
  type AlterUserScramCredentialsResponse,
  type AlterUserScramCredentialsResponseInput,
  alterUserScramCredentials,
} from "./alter-user-scram-credentials.js";
export {
  type ApiVersionsRequest,
  type ApiVersionsRequestInput,
  type ApiVersionsResponse,
  type ApiVersionsResponseInput,
  apiVersions,
} from "./api-versions.js";
export { type ApiName, type Apis, apis } from "./apis.js";
export {
  type ConsumerGroupDescribeRequest,
  type ConsumerGroupDescribeRequestInput,
  type ConsumerGroupDescribeResponse,
  type ConsumerGroupDescribeResponseInput,
  consumerGroupDescribe,
} from "./consumer-group-describe.js";
export {
  type ConsumerGroupHeartbeatRequest,
  type ConsumerGroupHeartbeatRequestInput,
  type ConsumerGroupHeartbeatResponse,
  type ConsumerGroupHeartbeatResponseInput,
  consumerGroupHeartbeat,
} from "./consumer-group-heartbeat.js";
export {
  type CreateAclsRequest,
  type CreateAclsRequestInput,
  type CreateAclsResponse,
  type CreateAclsResponseInput,
  createAcls,
} from "./create-acls.js";
export {
  type CreateDelegationTokenRequest,
  type CreateDelegationTokenRequestInput,
  type CreateDelegationTokenResponse,
  type CreateDelegationTokenResponseInput,
  createDelegationToken,
} from "./create-delegation-token.js";
export {
  type CreatePartitionsRequest,
  type CreatePartitionsRequestInput,
  type CreatePartitionsResponse,
  type CreatePartitionsResponseInput,
  createPartitions,
} from "./create-partitions.js";
export {
  type CreateTopicsRequest,
  type CreateTopicsRequestInput,
  type CreateTopicsResponse,
  type CreateTopicsResponseInput,
  createTopics,
} from "./create-topics.js";
export {
  type DeleteAclsRequest,
  type DeleteAclsRequestInput,
  type DeleteAclsResponse,
  type DeleteAclsResponseInput,
  deleteAcls,
} from "./delete-acls.js";
export {
  type DeleteGroupsRequest,
  type DeleteGroupsRequestInput,
  type DeleteGroupsResponse,
  type DeleteGroupsResponseInput,
  deleteGroups,
} from "./delete-groups.js";
export {
  type DeleteRecordsRequest,
  type DeleteRecordsRequestInput,
  type DeleteRecordsResponse,
  type DeleteRecordsResponseInput,
  deleteRecords,
} from "./delete-records.js";
export {
  type DeleteTopicsRequest,
  type DeleteTopicsRequestInput,
  type DeleteTopicsResponse,
  type DeleteTopicsResponseInput,
  deleteTopics,
} from "./delete-topics.js";
export {
  type DescribeAclsRequest,
  type DescribeAclsRequestInput,
  type DescribeAclsResponse,
  type DescribeAclsResponseInput,
  describeAcls,
} from "./describe-acls.js";
export {
  type DescribeClientQuotasRequest,
  type DescribeClientQuotasRequestInput,
  type DescribeClientQuotasResponse,
  type DescribeClientQuotasResponseInput,
  describeClientQuotas,
} from "./describe-client-quotas.js";
export {
  type DescribeClusterRequest,
  type DescribeClusterRequestInput,
  type DescribeClusterResponse,
  type DescribeClusterResponseInput,
  describeCluster,
} from "./describe-cluster.js";
export {
  type DescribeConfigsRequest,
  type DescribeConfigsRequestInput,
  type DescribeConfigsResponse,
  type DescribeConfigsResponseInput,
  describeConfigs,
} from "./describe-configs.js";
export {
  type DescribeDelegationTokenRequest,
  type DescribeDelegationTokenRequestInput,
  type DescribeDelegationTokenResponse,
  type DescribeDelegationTokenResponseInput,
  describeDelegationToken,
} from "./describe-delegation-token.js";
export {
  type DescribeGroupsRequest,
  type DescribeGroupsRequestInput,
  type DescribeGroupsResponse,
  type DescribeGroupsResponseInput,
  describeGroups,
} from "./describe-groups.js";
export {
  type DescribeLogDirsRequest,
  type DescribeLogDirsRequestInput,
  type DescribeLogDirsResponse,
  type DescribeLogDirsResponseInput,
  describeLogDirs,
} from "./describe-log-dirs.js";
export {
  type DescribeProducersRequest,
  type DescribeProducersRequestInput,
  type DescribeProducersResponse,
  type DescribeProducersResponseInput,
  describeProducers,
} from "./describe-producers.js";
export {
  type DescribeQuorumRequest,
  type DescribeQuorumRequestInput,
  type DescribeQuorumResponse,
  type DescribeQuorumResponseInput,
  describeQuorum,
} from "./describe-quorum.js";
export {
  type DescribeTopicPartitionsRequest,
  type DescribeTopicPartitionsRequestInput,
  type DescribeTopicPartitionsResponse,
  type DescribeTopicPartitionsResponseInput,
  describeTopicPartitions,
} from "./describe-topic-partitions.js";
export {
  type DescribeTransactionsRequest,
  type DescribeTransactionsRequestInput,
  type DescribeTransactionsResponse,
  type DescribeTransactionsResponseInput,
  describeTransactions,
} from "./describe-transactions.js";
export {
  type DescribeUserScramCredentialsRequest,
  type DescribeUserScramCredentialsRequestInput,
  type DescribeUserScramCredentialsResponse,
  type DescribeUserScramCredentialsResponseInput,
  describeUserScramCredentials,
} from "./describe-user-scram-credentials.js";
export {
  type ElectLeadersRequest,
  type ElectLeadersRequestInput,
  type ElectLeadersResponse,
  type ElectLeadersResponseInput,
  electLeaders,
} from "./elect-leaders.js";
export {
  type EndTxnRequest,
  type EndTxnRequestInput,
  type EndTxnResponse,
  type EndTxnResponseInput,
  endTxn,
} from "./end-txn.js";
export {
  type ExpireDelegationTokenRequest,
  type ExpireDelegationTokenRequestInput,
  type ExpireDelegationTokenResponse,
  type ExpireDelegationTokenResponseInput,
  expireDelegationToken,
} from "./expire-delegation-token.js";
export {
  type FetchRequest,
  type FetchRequestInput,
  type FetchResponse,
  type FetchResponseInput,
  fetch,
} from "./fetch.js";
export {
  type FindCoordinatorRequest,
  type FindCoordinatorRequestInput,
  type FindCoordinatorResponse,
  type FindCoordinatorResponseInput,
  findCoordinator,
} from "./find-coordinator.js";
export {
  type HeartbeatRequest,
  type HeartbeatRequestInput,
  type HeartbeatResponse,
  type HeartbeatResponseInput,
  heartbeat,
} from "./heartbeat.js";
export {
  type IncrementalAlterConfigsRequest,
  type IncrementalAlterConfigsRequestInput,
  type IncrementalAlterConfigsResponse,
  type IncrementalAlterConfigsResponseInput,
  incrementalAlterConfigs,
} from "./incremental-alter-configs.js";
export {
  type InitProducerIdRequest,
  type InitProducerIdRequestInput,
  type InitProducerIdResponse,
  type InitProducerIdResponseInput,
  initProducerId,
} from "./init-producer-id.js";
export {
  type JoinGroupRequest,
  type JoinGroupRequestInput,
  type JoinGroupResponse,
  type JoinGroupResponseInput,
  joinGroup,
} from "./join-group.js";
export {
  type LeaveGroupRequest,
  type LeaveGroupRequestInput,
  type LeaveGroupResponse,
  type LeaveGroupResponseInput,
  leaveGroup,
} from "./leave-group.js";
export {
  type ListConfigResourcesRequest,
  type ListConfigResourcesRequestInput,
  type ListConfigResourcesResponse,
  type ListConfigResourcesResponseInput,
  listConfigResources,
} from "./list-config-resources.js";
export {
  type ListGroupsRequest,
  type ListGroupsRequestInput,
  type ListGroupsResponse,
  type ListGroupsResponseInput,
  listGroups,
} from "./list-groups.js";
export {
  type ListOffsetsRequest,
  type ListOffsetsRequestInput,
  type ListOffsetsResponse,
  type ListOffsetsResponseInput,
  listOffsets,
} from "./list-offsets.js";
export {
  type ListPartitionReassignmentsRequest,
  type ListPartitionReassignmentsRequestInput,
  type ListPartitionReassignmentsResponse,
  type ListPartitionReassignmentsResponseInput,
  listPartitionReassignments,
} from "./list-partition-reassignments.js";
export {
  type ListTransactionsRequest,
  type ListTransactionsRequestInput,
  type ListTransactionsResponse,
  type ListTransactionsResponseInput,
  listTransactions,
} from "./list-transactions.js";
export {
  type MetadataRequest,
  type MetadataRequestInput,
  type MetadataResponse,
  type MetadataResponseInput,
  metadata,
} from "./metadata.js";
export {
  type OffsetCommitRequest,
  type OffsetCommitRequestInput,
  type OffsetCommitResponse,
  type OffsetCommitResponseInput,
  offsetCommit,
} from "./offset-commit.js";
export {
  type OffsetDeleteRequest,
  type OffsetDeleteRequestInput,
  type OffsetDeleteResponse,
  type OffsetDeleteResponseInput,
  offsetDelete,
} from "./offset-delete.js";
export {
  type OffsetFetchRequest,
  type OffsetFetchRequestInput,
  type OffsetFetchResponse,
  type OffsetFetchResponseInput,
  offsetFetch,
} from "./offset-fetch.js";
export {
  type OffsetForLeaderEpochRequest,
  type OffsetForLeaderEpochRequestInput,
  type OffsetForLeaderEpochResponse,
  type OffsetForLeaderEpochResponseInput,
  offsetForLeaderEpoch,
} from "./offset-for-leader-epoch.js";
export {
  type ProduceRequest,
  type ProduceRequestInput,
  type ProduceResponse,
  type ProduceResponseInput,
  produce,
} from "./produce.js";
export {
  type RemoveRaftVoterRequest,
  type RemoveRaftVoterRequestInput,
  type RemoveRaftVoterResponse,
  type RemoveRaftVoterResponseInput,
  removeRaftVoter,
} from "./remove-raft-voter.js";
export {
  type RenewDelegationTokenRequest,
  type RenewDelegationTokenRequestInput,
  type RenewDelegationTokenResponse,
  type RenewDelegationTokenResponseInput,
  renewDelegationToken,
} from "./renew-delegation-token.js";
export {
  type SaslAuthenticateRequest,
  type SaslAuthenticateRequestInput,
  type SaslAuthenticateResponse,
  type SaslAuthenticateResponseInput,
  saslAuthenticate,
} from "./sasl-authenticate.js";
export {
  type SaslHandshakeRequest,
  type SaslHandshakeRequestInput,
  type SaslHandshakeResponse,
  type SaslHandshakeResponseInput,
  saslHandshake,
} from "./sasl-handshake.js";
export {
  type SyncGroupRequest,
  type SyncGroupRequestInput,
  type SyncGroupResponse,
  type SyncGroupResponseInput,
  syncGroup,
} from "./sync-group.js";
export {
  type TxnOffsetCommitRequest,
  type TxnOffsetCommitRequestInput,
  type TxnOffsetCommitResponse,
  type TxnOffsetCommitResponseInput,
  txnOffsetCommit,
} from "./txn-offset-commit.js";
export {
  type UnregisterBrokerRequest,
  type UnregisterBrokerRequestInput,
  type UnregisterBrokerResponse,
  type UnregisterBrokerResponseInput,
  unregisterBroker,
} from "./unregister-broker.js";
export {
  type UpdateFeaturesRequest,
  type UpdateFeaturesRequestInput,
  type UpdateFeaturesResponse,
  type UpdateFeaturesResponseInput,
  updateFeatures,
} from "./update-features.js";
export {
  type WriteTxnMarkersRequest,
  type WriteTxnMarkersRequestInput,
  type WriteTxnMarkersResponse,
  type WriteTxnMarkersResponseInput,
  writeTxnMarkers,
} from "./write-txn-markers.js";
