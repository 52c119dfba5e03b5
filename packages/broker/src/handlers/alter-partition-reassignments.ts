import { apis, KafkaProtocolError } from "@ottla/protocol";
import type { BrokerServices } from "../broker-services.js";
import { checkReplicas } from "./create-topics.js";
import { type ErrorFields, errorFields, errorOf, noError } from "./error-code.js";
import type { Handler, HandlerEntry } from "./handler.js";

// v1 may insist on the replication factor (KIP-860). A partition can be told to be where it is, and nowhere else.

const handle: Handler<typeof apis.AlterPartitionReassignments> = ({ broker }, request) => ({
  throttleTimeMs: 0,
  allowReplicationFactorChange: request.allowReplicationFactorChange,
  errorCode: 0,
  // Kafka says nothing in two ways.
  errorMessage: request.topics.length === 0 ? "" : null,
  responses: request.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex, replicas }) => ({
      partitionIndex,
      ...reassign(broker, name, partitionIndex, replicas),
    })),
  })),
});

function reassign(
  { topics, nodeId }: BrokerServices,
  name: string,
  partition: number,
  replicas: readonly number[] | null,
): ErrorFields {
  try {
    const topic = topics.get(name);
    if (topic === undefined) {
      throw new KafkaProtocolError("UNKNOWN_TOPIC_OR_PARTITION", `Unable to find a topic named ${name}.`);
    }
    if (topic.partitions[partition] === undefined) {
      throw new KafkaProtocolError("UNKNOWN_TOPIC_OR_PARTITION", `Unable to find partition ${name}:${partition}.`);
    }
    if (replicas === null) {
      return errorFields("NO_REASSIGNMENT_IN_PROGRESS");
    }
    checkReplicas(nodeId, replicas);
    return noError;
  } catch (failure) {
    return errorOf(failure);
  }
}

export const alterPartitionReassignmentsEntry: HandlerEntry<typeof apis.AlterPartitionReassignments> = {
  api: apis.AlterPartitionReassignments,
  handle,
};
