import { apiVersionsEntry } from "./api-versions.js";
import { createPartitionsEntry } from "./create-partitions.js";
import { createTopicsEntry } from "./create-topics.js";
import { deleteGroupsEntry } from "./delete-groups.js";
import { deleteRecordsEntry } from "./delete-records.js";
import { deleteTopicsEntry } from "./delete-topics.js";
import { describeClusterEntry } from "./describe-cluster.js";
import { describeConfigsEntry } from "./describe-configs.js";
import { describeGroupsEntry } from "./describe-groups.js";
import { describeProducersEntry } from "./describe-producers.js";
import { fetchEntry } from "./fetch.js";
import { findCoordinatorEntry } from "./find-coordinator.js";
import { type HandlerTable, handlerTableOf } from "./handler.js";
import { heartbeatEntry } from "./heartbeat.js";
import { incrementalAlterConfigsEntry } from "./incremental-alter-configs.js";
import { initProducerIdEntry } from "./init-producer-id.js";
import { joinGroupEntry } from "./join-group.js";
import { leaveGroupEntry } from "./leave-group.js";
import { listGroupsEntry } from "./list-groups.js";
import { listOffsetsEntry } from "./list-offsets.js";
import { metadataEntry } from "./metadata.js";
import { offsetCommitEntry } from "./offset-commit.js";
import { offsetDeleteEntry } from "./offset-delete.js";
import { offsetFetchEntry } from "./offset-fetch.js";
import { offsetForLeaderEpochEntry } from "./offset-for-leader-epoch.js";
import { produceEntry } from "./produce.js";
import { syncGroupEntry } from "./sync-group.js";
import { txnOffsetCommitEntry } from "./txn-offset-commit.js";

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
]);
