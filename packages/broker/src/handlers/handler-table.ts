import { addOffsetsToTxnEntry } from "./add-offsets-to-txn.js";
import { addPartitionsToTxnEntry } from "./add-partitions-to-txn.js";
import { addRaftVoterEntry } from "./add-raft-voter.js";
import { alterConfigsEntry } from "./alter-configs.js";
import { alterPartitionReassignmentsEntry } from "./alter-partition-reassignments.js";
import { alterReplicaLogDirsEntry } from "./alter-replica-log-dirs.js";
import { apiVersionsEntry } from "./api-versions.js";
import { createAclsEntry } from "./create-acls.js";
import { createDelegationTokenEntry } from "./create-delegation-token.js";
import { createPartitionsEntry } from "./create-partitions.js";
import { createTopicsEntry } from "./create-topics.js";
import { deleteAclsEntry } from "./delete-acls.js";
import { deleteGroupsEntry } from "./delete-groups.js";
import { deleteRecordsEntry } from "./delete-records.js";
import { deleteTopicsEntry } from "./delete-topics.js";
import { describeAclsEntry } from "./describe-acls.js";
import { describeClusterEntry } from "./describe-cluster.js";
import { describeConfigsEntry } from "./describe-configs.js";
import { describeDelegationTokenEntry } from "./describe-delegation-token.js";
import { describeGroupsEntry } from "./describe-groups.js";
import { describeLogDirsEntry } from "./describe-log-dirs.js";
import { describeProducersEntry } from "./describe-producers.js";
import { describeQuorumEntry } from "./describe-quorum.js";
import { describeTopicPartitionsEntry } from "./describe-topic-partitions.js";
import { describeTransactionsEntry } from "./describe-transactions.js";
import { electLeadersEntry } from "./elect-leaders.js";
import { endTxnEntry } from "./end-txn.js";
import { expireDelegationTokenEntry } from "./expire-delegation-token.js";
import { fetchEntry } from "./fetch.js";
import { findCoordinatorEntry } from "./find-coordinator.js";
import { type HandlerTable, handlerTableOf } from "./handler.js";
import { heartbeatEntry } from "./heartbeat.js";
import { incrementalAlterConfigsEntry } from "./incremental-alter-configs.js";
import { initProducerIdEntry } from "./init-producer-id.js";
import { joinGroupEntry } from "./join-group.js";
import { leaveGroupEntry } from "./leave-group.js";
import { listConfigResourcesEntry } from "./list-config-resources.js";
import { listGroupsEntry } from "./list-groups.js";
import { listOffsetsEntry } from "./list-offsets.js";
import { listPartitionReassignmentsEntry } from "./list-partition-reassignments.js";
import { listTransactionsEntry } from "./list-transactions.js";
import { metadataEntry } from "./metadata.js";
import { offsetCommitEntry } from "./offset-commit.js";
import { offsetDeleteEntry } from "./offset-delete.js";
import { offsetFetchEntry } from "./offset-fetch.js";
import { offsetForLeaderEpochEntry } from "./offset-for-leader-epoch.js";
import { produceEntry } from "./produce.js";
import { removeRaftVoterEntry } from "./remove-raft-voter.js";
import { renewDelegationTokenEntry } from "./renew-delegation-token.js";
import { syncGroupEntry } from "./sync-group.js";
import { txnOffsetCommitEntry } from "./txn-offset-commit.js";
import { unregisterBrokerEntry } from "./unregister-broker.js";
import { updateFeaturesEntry } from "./update-features.js";
import { writeTxnMarkersEntry } from "./write-txn-markers.js";

/** Every API this broker serves. */
export const handlerTable: HandlerTable = handlerTableOf([
  produceEntry,
  fetchEntry,
  listOffsetsEntry,
  metadataEntry,
  apiVersionsEntry,
  createTopicsEntry,
  deleteTopicsEntry,
  deleteRecordsEntry,
  describeProducersEntry,
  initProducerIdEntry,
  offsetForLeaderEpochEntry,
  describeConfigsEntry,
  createPartitionsEntry,
  incrementalAlterConfigsEntry,
  describeClusterEntry,
  findCoordinatorEntry,
  joinGroupEntry,
  syncGroupEntry,
  heartbeatEntry,
  leaveGroupEntry,
  offsetCommitEntry,
  offsetFetchEntry,
  describeGroupsEntry,
  listGroupsEntry,
  deleteGroupsEntry,
  offsetDeleteEntry,
  txnOffsetCommitEntry,
  describeTopicPartitionsEntry,
  describeLogDirsEntry,
  alterReplicaLogDirsEntry,
  electLeadersEntry,
  alterPartitionReassignmentsEntry,
  listPartitionReassignmentsEntry,
  describeQuorumEntry,
  addRaftVoterEntry,
  removeRaftVoterEntry,
  unregisterBrokerEntry,
  updateFeaturesEntry,
  describeAclsEntry,
  createAclsEntry,
  deleteAclsEntry,
  createDelegationTokenEntry,
  renewDelegationTokenEntry,
  expireDelegationTokenEntry,
  describeDelegationTokenEntry,
  addOffsetsToTxnEntry,
  addPartitionsToTxnEntry,
  describeTransactionsEntry,
  endTxnEntry,
  listTransactionsEntry,
  writeTxnMarkersEntry,
  alterConfigsEntry,
  listConfigResourcesEntry,
]);
