export { ByteReader } from "./bytes/reader.js";
export { ByteWriter } from "./bytes/writer.js";
export { crc32c } from "./checksum/crc32c.js";
export { murmur2 } from "./checksum/murmur2.js";
export { type Compression, compress, decompress } from "./compression/compression.js";
export {
  type ConsumerAssignment,
  type ConsumerAssignmentInput,
  type ConsumerSubscription,
  type ConsumerSubscriptionInput,
  consumerProtocol,
} from "./consumer-protocol/consumer-protocol.js";
export { CorruptBatchError } from "./errors/corrupt-batch-error.js";
export { KafkaProtocolError } from "./errors/kafka-protocol-error.js";
export { MalformedMessageError } from "./errors/malformed-message.js";
export { errorCodeOf, type ProtocolErrorCode, protocolErrors } from "./errors/protocol-errors.js";
export { FrameSplitter } from "./frames/frame-splitter.js";
export {
  decodeResponse,
  encodeRequest,
  encodeResponse,
  encodeUnsupportedApiVersions,
  peekCorrelationId,
  peekRequest,
  type RequestHeader,
  readRequestHeader,
} from "./frames/header.js";
export {
  type AddOffsetsToTxnRequest,
  type AddOffsetsToTxnRequestInput,
  type AddOffsetsToTxnResponse,
  type AddOffsetsToTxnResponseInput,
  addOffsetsToTxn,
} from "./messages/add-offsets-to-txn.js";
export {
  type AddPartitionsToTxnRequest,
  type AddPartitionsToTxnRequestInput,
  type AddPartitionsToTxnResponse,
  type AddPartitionsToTxnResponseInput,
  addPartitionsToTxn,
} from "./messages/add-partitions-to-txn.js";
export {
  type AddRaftVoterRequest,
  type AddRaftVoterRequestInput,
  type AddRaftVoterResponse,
  type AddRaftVoterResponseInput,
  addRaftVoter,
} from "./messages/add-raft-voter.js";
export {
  type AlterConfigsRequest,
  type AlterConfigsRequestInput,
  type AlterConfigsResponse,
  type AlterConfigsResponseInput,
  alterConfigs,
} from "./messages/alter-configs.js";
export {
  type AlterPartitionReassignmentsRequest,
  type AlterPartitionReassignmentsRequestInput,
  type AlterPartitionReassignmentsResponse,
  type AlterPartitionReassignmentsResponseInput,
  alterPartitionReassignments,
} from "./messages/alter-partition-reassignments.js";
export {
  type AlterReplicaLogDirsRequest,
  type AlterReplicaLogDirsRequestInput,
  type AlterReplicaLogDirsResponse,
  type AlterReplicaLogDirsResponseInput,
  alterReplicaLogDirs,
} from "./messages/alter-replica-log-dirs.js";
export {
  type ApiVersionsRequest,
  type ApiVersionsRequestInput,
  type ApiVersionsResponse,
  type ApiVersionsResponseInput,
  apiVersions,
} from "./messages/api-versions.js";
export { type ApiName, apis } from "./messages/apis.js";
export {
  type CreateAclsRequest,
  type CreateAclsRequestInput,
  type CreateAclsResponse,
  type CreateAclsResponseInput,
  createAcls,
} from "./messages/create-acls.js";
export {
  type CreateDelegationTokenRequest,
  type CreateDelegationTokenRequestInput,
  type CreateDelegationTokenResponse,
  type CreateDelegationTokenResponseInput,
  createDelegationToken,
} from "./messages/create-delegation-token.js";
export {
  type CreatePartitionsRequest,
  type CreatePartitionsRequestInput,
  type CreatePartitionsResponse,
  type CreatePartitionsResponseInput,
  createPartitions,
} from "./messages/create-partitions.js";
export {
  type CreateTopicsRequest,
  type CreateTopicsRequestInput,
  type CreateTopicsResponse,
  type CreateTopicsResponseInput,
  createTopics,
} from "./messages/create-topics.js";
export {
  type DeleteAclsRequest,
  type DeleteAclsRequestInput,
  type DeleteAclsResponse,
  type DeleteAclsResponseInput,
  deleteAcls,
} from "./messages/delete-acls.js";
export {
  type DeleteGroupsRequest,
  type DeleteGroupsRequestInput,
  type DeleteGroupsResponse,
  type DeleteGroupsResponseInput,
  deleteGroups,
} from "./messages/delete-groups.js";
export {
  type DeleteRecordsRequest,
  type DeleteRecordsRequestInput,
  type DeleteRecordsResponse,
  type DeleteRecordsResponseInput,
  deleteRecords,
} from "./messages/delete-records.js";
export {
  type DeleteTopicsRequest,
  type DeleteTopicsRequestInput,
  type DeleteTopicsResponse,
  type DeleteTopicsResponseInput,
  deleteTopics,
} from "./messages/delete-topics.js";
export {
  type DescribeAclsRequest,
  type DescribeAclsRequestInput,
  type DescribeAclsResponse,
  type DescribeAclsResponseInput,
  describeAcls,
} from "./messages/describe-acls.js";
export {
  type DescribeClusterRequest,
  type DescribeClusterRequestInput,
  type DescribeClusterResponse,
  type DescribeClusterResponseInput,
  describeCluster,
} from "./messages/describe-cluster.js";
export {
  type DescribeConfigsRequest,
  type DescribeConfigsRequestInput,
  type DescribeConfigsResponse,
  type DescribeConfigsResponseInput,
  describeConfigs,
} from "./messages/describe-configs.js";
export {
  type DescribeDelegationTokenRequest,
  type DescribeDelegationTokenRequestInput,
  type DescribeDelegationTokenResponse,
  type DescribeDelegationTokenResponseInput,
  describeDelegationToken,
} from "./messages/describe-delegation-token.js";
export {
  type DescribeGroupsRequest,
  type DescribeGroupsRequestInput,
  type DescribeGroupsResponse,
  type DescribeGroupsResponseInput,
  describeGroups,
} from "./messages/describe-groups.js";
export {
  type DescribeLogDirsRequest,
  type DescribeLogDirsRequestInput,
  type DescribeLogDirsResponse,
  type DescribeLogDirsResponseInput,
  describeLogDirs,
} from "./messages/describe-log-dirs.js";
export {
  type DescribeProducersRequest,
  type DescribeProducersRequestInput,
  type DescribeProducersResponse,
  type DescribeProducersResponseInput,
  describeProducers,
} from "./messages/describe-producers.js";
export {
  type DescribeQuorumRequest,
  type DescribeQuorumRequestInput,
  type DescribeQuorumResponse,
  type DescribeQuorumResponseInput,
  describeQuorum,
} from "./messages/describe-quorum.js";
export {
  type DescribeTopicPartitionsRequest,
  type DescribeTopicPartitionsRequestInput,
  type DescribeTopicPartitionsResponse,
  type DescribeTopicPartitionsResponseInput,
  describeTopicPartitions,
} from "./messages/describe-topic-partitions.js";
export {
  type DescribeTransactionsRequest,
  type DescribeTransactionsRequestInput,
  type DescribeTransactionsResponse,
  type DescribeTransactionsResponseInput,
  describeTransactions,
} from "./messages/describe-transactions.js";
export {
  type ElectLeadersRequest,
  type ElectLeadersRequestInput,
  type ElectLeadersResponse,
  type ElectLeadersResponseInput,
  electLeaders,
} from "./messages/elect-leaders.js";
export {
  type EndTxnRequest,
  type EndTxnRequestInput,
  type EndTxnResponse,
  type EndTxnResponseInput,
  endTxn,
} from "./messages/end-txn.js";
export {
  type ExpireDelegationTokenRequest,
  type ExpireDelegationTokenRequestInput,
  type ExpireDelegationTokenResponse,
  type ExpireDelegationTokenResponseInput,
  expireDelegationToken,
} from "./messages/expire-delegation-token.js";
export {
  type FetchRequest,
  type FetchRequestInput,
  type FetchResponse,
  type FetchResponseInput,
  fetch,
} from "./messages/fetch.js";
export {
  type FindCoordinatorRequest,
  type FindCoordinatorRequestInput,
  type FindCoordinatorResponse,
  type FindCoordinatorResponseInput,
  findCoordinator,
} from "./messages/find-coordinator.js";
export {
  type HeartbeatRequest,
  type HeartbeatRequestInput,
  type HeartbeatResponse,
  type HeartbeatResponseInput,
  heartbeat,
} from "./messages/heartbeat.js";
export {
  type IncrementalAlterConfigsRequest,
  type IncrementalAlterConfigsRequestInput,
  type IncrementalAlterConfigsResponse,
  type IncrementalAlterConfigsResponseInput,
  incrementalAlterConfigs,
} from "./messages/incremental-alter-configs.js";
export {
  type InitProducerIdRequest,
  type InitProducerIdRequestInput,
  type InitProducerIdResponse,
  type InitProducerIdResponseInput,
  initProducerId,
} from "./messages/init-producer-id.js";
export {
  type JoinGroupRequest,
  type JoinGroupRequestInput,
  type JoinGroupResponse,
  type JoinGroupResponseInput,
  joinGroup,
} from "./messages/join-group.js";
export {
  type LeaveGroupRequest,
  type LeaveGroupRequestInput,
  type LeaveGroupResponse,
  type LeaveGroupResponseInput,
  leaveGroup,
} from "./messages/leave-group.js";
export {
  type ListConfigResourcesRequest,
  type ListConfigResourcesRequestInput,
  type ListConfigResourcesResponse,
  type ListConfigResourcesResponseInput,
  listConfigResources,
} from "./messages/list-config-resources.js";
export {
  type ListGroupsRequest,
  type ListGroupsRequestInput,
  type ListGroupsResponse,
  type ListGroupsResponseInput,
  listGroups,
} from "./messages/list-groups.js";
export {
  type ListOffsetsRequest,
  type ListOffsetsRequestInput,
  type ListOffsetsResponse,
  type ListOffsetsResponseInput,
  listOffsets,
} from "./messages/list-offsets.js";
export {
  type ListPartitionReassignmentsRequest,
  type ListPartitionReassignmentsRequestInput,
  type ListPartitionReassignmentsResponse,
  type ListPartitionReassignmentsResponseInput,
  listPartitionReassignments,
} from "./messages/list-partition-reassignments.js";
export {
  type ListTransactionsRequest,
  type ListTransactionsRequestInput,
  type ListTransactionsResponse,
  type ListTransactionsResponseInput,
  listTransactions,
} from "./messages/list-transactions.js";
export {
  type MetadataRequest,
  type MetadataRequestInput,
  type MetadataResponse,
  type MetadataResponseInput,
  metadata,
} from "./messages/metadata.js";
export {
  type OffsetCommitRequest,
  type OffsetCommitRequestInput,
  type OffsetCommitResponse,
  type OffsetCommitResponseInput,
  offsetCommit,
} from "./messages/offset-commit.js";
export {
  type OffsetDeleteRequest,
  type OffsetDeleteRequestInput,
  type OffsetDeleteResponse,
  type OffsetDeleteResponseInput,
  offsetDelete,
} from "./messages/offset-delete.js";
export {
  type OffsetFetchRequest,
  type OffsetFetchRequestInput,
  type OffsetFetchResponse,
  type OffsetFetchResponseInput,
  offsetFetch,
} from "./messages/offset-fetch.js";
export {
  type OffsetForLeaderEpochRequest,
  type OffsetForLeaderEpochRequestInput,
  type OffsetForLeaderEpochResponse,
  type OffsetForLeaderEpochResponseInput,
  offsetForLeaderEpoch,
} from "./messages/offset-for-leader-epoch.js";
export {
  type ProduceRequest,
  type ProduceRequestInput,
  type ProduceResponse,
  type ProduceResponseInput,
  produce,
} from "./messages/produce.js";
export {
  type RemoveRaftVoterRequest,
  type RemoveRaftVoterRequestInput,
  type RemoveRaftVoterResponse,
  type RemoveRaftVoterResponseInput,
  removeRaftVoter,
} from "./messages/remove-raft-voter.js";
export {
  type RenewDelegationTokenRequest,
  type RenewDelegationTokenRequestInput,
  type RenewDelegationTokenResponse,
  type RenewDelegationTokenResponseInput,
  renewDelegationToken,
} from "./messages/renew-delegation-token.js";
export {
  type SaslAuthenticateRequest,
  type SaslAuthenticateRequestInput,
  type SaslAuthenticateResponse,
  type SaslAuthenticateResponseInput,
  saslAuthenticate,
} from "./messages/sasl-authenticate.js";
export {
  type SaslHandshakeRequest,
  type SaslHandshakeRequestInput,
  type SaslHandshakeResponse,
  type SaslHandshakeResponseInput,
  saslHandshake,
} from "./messages/sasl-handshake.js";
export {
  type SyncGroupRequest,
  type SyncGroupRequestInput,
  type SyncGroupResponse,
  type SyncGroupResponseInput,
  syncGroup,
} from "./messages/sync-group.js";
export {
  type TxnOffsetCommitRequest,
  type TxnOffsetCommitRequestInput,
  type TxnOffsetCommitResponse,
  type TxnOffsetCommitResponseInput,
  txnOffsetCommit,
} from "./messages/txn-offset-commit.js";
export {
  type UnregisterBrokerRequest,
  type UnregisterBrokerRequestInput,
  type UnregisterBrokerResponse,
  type UnregisterBrokerResponseInput,
  unregisterBroker,
} from "./messages/unregister-broker.js";
export {
  type UpdateFeaturesRequest,
  type UpdateFeaturesRequestInput,
  type UpdateFeaturesResponse,
  type UpdateFeaturesResponseInput,
  updateFeatures,
} from "./messages/update-features.js";
export {
  type WriteTxnMarkersRequest,
  type WriteTxnMarkersRequestInput,
  type WriteTxnMarkersResponse,
  type WriteTxnMarkersResponseInput,
  writeTxnMarkers,
} from "./messages/write-txn-markers.js";
export { batchesIn } from "./records/batches-in.js";
export type { ControlRecord } from "./records/control-record.js";
export { encodeBatch, encodeControlBatch } from "./records/encode-batch.js";
export type { KafkaRecord, RecordHeader, RecordInput } from "./records/record.js";
export { RecordBatch } from "./records/record-batch.js";
export {
  type BatchHeaderOptions,
  RecordBatchBuilder,
  type RecordBatchBuilderOptions,
  recordSize,
} from "./records/record-batch-builder.js";
export { emptiedBatch, type RetainedBatch, type RetainOptions, retainRecords } from "./records/retain-records.js";
export { type Api, api, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "./schema/api.js";
export { zeroUuid } from "./schema/defaults.js";
export type { Decoded, Encodable, Field, FieldOptions, Fields } from "./schema/field.js";
export { isInVersion } from "./schema/is-in-version.js";
export { Message } from "./schema/message.js";
export {
  array,
  bool,
  bytes,
  float64,
  int8,
  int16,
  int32,
  int64,
  records,
  string,
  struct,
  uint16,
  uint32,
  uuid,
} from "./schema/types.js";
export type { VersionRange, VersionRangeText } from "./schema/version-range.js";
