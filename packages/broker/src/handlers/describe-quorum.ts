import { apis, type DescribeQuorumResponseInput, zeroUuid } from "@ottla/protocol";
import { metadataTopic } from "../topics/metadata-topic.js";
import { errorFields } from "./error-code.js";
import type { Handler, HandlerEntry, RequestContext } from "./handler.js";

// v1 times of the voters (KIP-836); v2 directory ids and the voters' addresses (KIP-853). This node is the only voter.

type PartitionAnswer = DescribeQuorumResponseInput["topics"][number]["partitions"][number];

const handle: Handler<typeof apis.DescribeQuorum> = (context, { topics }, version) => {
  const [first, ...others] = topics;
  const isQuorum =
    first?.topicName === metadataTopic &&
    others.length === 0 &&
    first.partitions.length === 1 &&
    first.partitions[0]?.partitionIndex === 0;
  const partitionOf = (partitionIndex: number) =>
    isQuorum ? quorum(context, version) : unknown(partitionIndex, version);
  return {
    errorCode: 0,
    ...(version < 2 ? {} : { errorMessage: "" }),
    topics: topics.map(({ topicName, partitions }) => ({
      topicName,
      partitions: partitions.map(({ partitionIndex }) => partitionOf(partitionIndex)),
    })),
    ...(version < 2 ? {} : { nodes: isQuorum ? [nodeOf(context)] : [] }),
  };
};

function quorum({ broker }: RequestContext, version: number): PartitionAnswer {
  const { highWatermark, logEndOffset, leaderEpoch } = broker.topics.metadata.log;
  const now = broker.world.clock.now();
  return {
    partitionIndex: 0,
    errorCode: 0,
    ...(version < 2 ? {} : { errorMessage: "" }),
    leaderId: broker.nodeId,
    leaderEpoch,
    highWatermark,
    currentVoters: [
      {
        replicaId: broker.nodeId,
        ...(version < 2 ? {} : { replicaDirectoryId: zeroUuid }),
        logEndOffset,
        ...(version < 1 ? {} : { lastFetchTimestamp: now, lastCaughtUpTimestamp: now }),
      },
    ],
    observers: [],
  };
}

const unknown = (partitionIndex: number, version: number): PartitionAnswer => {
  const { errorCode, errorMessage } = errorFields(
    "UNKNOWN_TOPIC_OR_PARTITION",
    `The quorum is of ${metadataTopic}-0, asked for alone.`,
  );
  return {
    partitionIndex,
    errorCode,
    ...(version < 2 ? {} : { errorMessage }),
    leaderId: 0,
    leaderEpoch: 0,
    highWatermark: 0,
    currentVoters: [],
    observers: [],
  };
};

/** The node speaks to itself, so clients are told the listener that they came by. */
const nodeOf = ({ broker, connection }: RequestContext) => {
  const { host, port } = broker.advertised(connection.listener);
  return { nodeId: broker.nodeId, listeners: [{ name: connection.listener, host, port }] };
};

export const describeQuorumEntry: HandlerEntry<typeof apis.DescribeQuorum> = { api: apis.DescribeQuorum, handle };
