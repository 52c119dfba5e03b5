import { apis, type FetchRequest, type FetchResponseInput, type ProtocolErrorCode } from "@ottla/protocol";
import { readOrWait } from "./delayed-fetch.js";
import { wireCode } from "./error-code.js";
import { partitionNamed, partitionWithId } from "./find-partition.js";
import type { Handler, HandlerEntry } from "./handler.js";
import { type PartitionAnswer, PartitionFetch } from "./partition-fetch.js";

// v5 log start offset; v6 KAFKA_STORAGE_ERROR (KIP-112); v7 sessions (KIP-227): every answer says "no session", which a broker may; v9 leader epochs (KIP-320);
// v10 zstd; v11 rack; v12 flexible, diverging epochs (KIP-595); v13 topic ids (KIP-516); v15 replica state; v16 leader hints
// (KIP-951), never sent: this node always leads; v17 and v18 are for followers.

const sessionless = -1;
const firstSessionEpoch = 0;

const handle: Handler<typeof apis.Fetch> = async ({ broker, connection }, request, version) => {
  const refusal = sessionError(request);
  if (refusal !== undefined) return { errorCode: wireCode(refusal), responses: [] };
  const { topics, memory } = broker;
  const fetches = request.topics.map((topicRequest) => ({
    topic: topicRequest.topic,
    topicId: topicRequest.topicId,
    partitions: topicRequest.partitions.map((partition) => {
      try {
        const { log } =
          version >= 13
            ? partitionWithId(topics, topicRequest.topicId, partition.partition)
            : partitionNamed(topics, topicRequest.topic, partition.partition);
        return new PartitionFetch(partition, log, request.isolationLevel);
      } catch (failure) {
        return new PartitionFetch(partition, undefined, request.isolationLevel, failure);
      }
    }),
  }));
  const bounds = { ...request, maxBytes: Math.min(request.maxBytes, broker.config.get("fetch.max.bytes")) };
  const all = fetches.flatMap(({ partitions }) => partitions);
  await readOrWait({ timers: broker.world.timers, memory, signal: connection.signal }, all, bounds);
  return {
    responses: fetches.map(({ topic, topicId, partitions }): FetchResponseInput["responses"][number] => ({
      topic,
      topicId,
      partitions: partitions.map((partition) => answerOf(partition, version)),
    })),
  };
};

/** Before version 6 a client does not know that a disk can fail; it looks for the leader again. */
function answerOf(partition: PartitionFetch, version: number): PartitionAnswer {
  const answer = partition.answer();
  const isHidden = version < 6 && answer.errorCode === wireCode("KAFKA_STORAGE_ERROR");
  return isHidden ? { ...answer, errorCode: wireCode("NOT_LEADER_OR_FOLLOWER") } : answer;
}

/** Nobody has a session, so a client that goes on with one is told to begin anew; closing one is fine. */
const sessionError = ({ sessionEpoch }: FetchRequest): ProtocolErrorCode | undefined =>
  sessionEpoch === sessionless || sessionEpoch === firstSessionEpoch ? undefined : "FETCH_SESSION_ID_NOT_FOUND";

export const fetchEntry: HandlerEntry<typeof apis.Fetch> = { api: apis.Fetch, handle };
