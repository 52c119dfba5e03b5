import { apis, type ElectLeadersRequest, type ElectLeadersResponseInput } from "@ottla/protocol";
import type { BrokerServices } from "../broker-services.js";
import { errorFields } from "./error-code.js";
import type { Handler, HandlerEntry } from "./handler.js";

// v1 unclean elections (KIP-460); v2 flexible. The one replica leads already, so no election is ever needed.

type PartitionAnswer = ElectLeadersResponseInput["replicaElectionResults"][number]["partitionResult"][number];

const preferred = 0;
const unclean = 1;

const handle: Handler<typeof apis.ElectLeaders> = ({ broker }, request, version) => {
  const { electionType, topicPartitions } = request;
  if (electionType !== preferred && electionType !== unclean) return unknownType(request);
  return {
    throttleTimeMs: 0,
    ...(version < 1 ? {} : { errorCode: 0 }),
    replicaElectionResults:
      topicPartitions === null
        ? // Asked for all, only those where something was to be done are told.
          [...broker.topics.all()].map(({ name }) => ({ topic: name, partitionResult: [] }))
        : topicPartitions.map(({ topic, partitions }) => ({
            topic,
            partitionResult: partitions.map((partition) => elect(broker, topic, partition)),
          })),
  };
};

function elect({ topics }: BrokerServices, name: string, partitionId: number): PartitionAnswer {
  const topic = topics.get(name);
  if (topic === undefined) {
    return { partitionId, ...errorFields("UNKNOWN_TOPIC_OR_PARTITION", `There is no topic ${name}.`) };
  }
  if (topic.partitions[partitionId] === undefined) {
    return {
      partitionId,
      ...errorFields("UNKNOWN_TOPIC_OR_PARTITION", `There is no partition ${name}-${partitionId}.`),
    };
  }
  return {
    partitionId,
    ...errorFields("ELECTION_NOT_NEEDED", `${name}-${partitionId} has the leader it should have.`),
  };
}

function unknownType({ electionType, topicPartitions }: ElectLeadersRequest): ElectLeadersResponseInput {
  const error = errorFields("INVALID_REQUEST", `Election type ${electionType} is not known.`);
  return {
    throttleTimeMs: 0,
    errorCode: error.errorCode,
    replicaElectionResults: (topicPartitions ?? []).map(({ topic, partitions }) => ({
      topic,
      partitionResult: partitions.map((partitionId) => ({ partitionId, ...error })),
    })),
  };
}

export const electLeadersEntry: HandlerEntry<typeof apis.ElectLeaders> = { api: apis.ElectLeaders, handle };
