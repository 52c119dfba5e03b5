import { apis, type FetchRequest, type FetchResponseInput } from "@ottla/protocol";
import type { BrokerServices } from "../broker-services.js";
import type { BeginFetch, FetchRound, TopicAnswer } from "../fetch-session/fetch-round.js";
import type { FetchSession } from "../fetch-session/fetch-session.js";
import { namedPartitions, updateSession } from "../fetch-session/named-partition.js";
import { NamedRound } from "../fetch-session/named-round.js";
import { SessionRound } from "../fetch-session/session-round.js";
import { longestTopicName } from "../topics/topic-name.js";
import { readOrWait } from "./delayed-fetch.js";
import { errorOf, wireCode } from "./error-code.js";
import { partitionNamed, partitionWithId } from "./find-partition.js";
import type { Handler, HandlerEntry, RequestContext } from "./handler.js";
import { checkIsolationLevel } from "./isolation-level.js";
import { type FetchReader, type PartitionAnswer, PartitionFetch } from "./partition-fetch.js";

// v5 log start offset; v6 KAFKA_STORAGE_ERROR (KIP-112); v7 sessions (KIP-227); v9 leader epochs (KIP-320); v10 zstd; v11 rack;
// v12 flexible, diverging epochs (KIP-595); v13 topic ids (KIP-516); v15 replica state; v16 leader hints (KIP-951), never sent:
// this node always leads; v17 and v18 are for followers.

type TopicAnswers = NonNullable<FetchResponseInput["responses"]>[number];

const firstEpoch = 0;
const lastEpoch = -1;
const firstVersionWithSessions = 7;
const firstVersionWithTopicIds = 13;

const handle: Handler<typeof apis.Fetch> = (context, request, version) => {
  const { sessionId, sessionEpoch, isolationLevel } = request;
  try {
    checkIsolationLevel(isolationLevel);
  } catch (failure) {
    return refused(context.broker, request, version, failure);
  }
  if (sessionEpoch !== firstEpoch && sessionEpoch !== lastEpoch) return fetchOn(context, request, version);
  context.broker.fetchSessions.close(sessionId);
  return fetchNamed(context, request, version);
};

/** An answer of nothing else, and before topic ids also for each partition. */
function refused(broker: BrokerServices, request: FetchRequest, version: number, failure: unknown): FetchResponseInput {
  const { errorCode } = errorOf(failure);
  if (usesTopicIds(version)) return { errorCode, responses: [] };
  const reader = readerOf(broker, request);
  const named = namedPartitions(request.topics, false);
  const round = new NamedRound(named, (each) => new PartitionFetch(each.request, undefined, reader, failure));
  return { errorCode, responses: byTopic(round.answers(), version) };
}

/** A fetch that names all that it wants. Its answer may begin a session. */
async function fetchNamed(
  context: RequestContext,
  request: FetchRequest,
  version: number,
): Promise<FetchResponseInput> {
  const named = namedPartitions(request.topics, usesTopicIds(version));
  const round = new NamedRound(named, beginFetch(context.broker, request, version));
  await read(context, round, request);
  const isWanted = request.sessionEpoch === firstEpoch && version >= firstVersionWithSessions;
  // What is no name would be remembered as long as the session, so who asks for that is answered in full each time.
  const isModest = named.every(({ topic }) => topic.length <= longestTopicName);
  const session = isWanted && isModest ? openSession(context, request, version, named.length) : undefined;
  if (session === undefined) return { responses: byTopic(round.answers(), version) };
  let answers: readonly TopicAnswer[] = [];
  context.broker.fetchSessions.update(session, () => {
    answers = round.answers(session);
  });
  return { sessionId: session.id, responses: byTopic(answers, version) };
}

const openSession = ({ broker, connection }: RequestContext, request: FetchRequest, version: number, size: number) =>
  broker.fetchSessions.open(
    {
      size,
      isPrivileged: isReplica(request),
      usesTopicIds: usesTopicIds(version),
      isolationLevel: request.isolationLevel,
    },
    connection.signal,
  );

/** A fetch that goes on with a session: it names what changed since the last one, and its answer says what did. */
async function fetchOn(context: RequestContext, request: FetchRequest, version: number): Promise<FetchResponseInput> {
  const { fetchSessions } = context.broker;
  let session: FetchSession;
  try {
    session = updateSession(fetchSessions, request, usesTopicIds(version));
  } catch (failure) {
    return { errorCode: errorOf(failure).errorCode, responses: [] };
  }
  if (session.size === 0) {
    fetchSessions.close(session.id);
    return { responses: [] };
  }
  const round = new SessionRound(session, beginFetch(context.broker, request, version));
  await read(context, round, request);
  const sessionId = session.id;
  try {
    return { sessionId, responses: byTopic(round.answers(), version) };
  } catch (failure) {
    return { errorCode: errorOf(failure).errorCode, sessionId, responses: [] };
  }
}

const usesTopicIds = (version: number): boolean => version >= firstVersionWithTopicIds;

const isReplica = ({ replicaId, replicaState }: FetchRequest): boolean =>
  Math.max(replicaId, replicaState.replicaId) >= 0;

function read({ broker, connection }: RequestContext, round: FetchRound, request: FetchRequest): Promise<void> {
  const { world, memory, config } = broker;
  const maxBytes = Math.min(request.maxBytes, config.get("fetch.max.bytes"));
  const bounds = { maxBytes, minBytes: Math.min(request.minBytes, maxBytes), maxWaitMs: request.maxWaitMs };
  return readOrWait({ timers: world.timers, memory, signal: connection.signal }, round, bounds);
}

function beginFetch(broker: BrokerServices, request: FetchRequest, version: number): BeginFetch {
  const { topics } = broker;
  const find = usesTopicIds(version) ? partitionWithId : partitionNamed;
  const reader = readerOf(broker, request);
  return ({ topic, request: partition }) => {
    try {
      return new PartitionFetch(partition, find(topics, topic, partition.partition).log, reader);
    } catch (failure) {
      return new PartitionFetch(partition, undefined, reader, failure);
    }
  };
}

const readerOf = ({ readBuffers }: BrokerServices, request: FetchRequest): FetchReader => ({
  isolationLevel: request.isolationLevel,
  maxBytes: request.maxBytes,
  isReplica: isReplica(request),
  allocate: readBuffers.take,
});

/** Partitions of one topic that come after each other share its entry. */
function byTopic(answers: readonly TopicAnswer[], version: number): TopicAnswers[] {
  const topics: { readonly topic: string; readonly partitions: PartitionAnswer[] }[] = [];
  for (const { topic, answer } of answers) {
    const last = topics.at(-1);
    const shown = asKnownIn(version, answer);
    if (last?.topic === topic) last.partitions.push(shown);
    else topics.push({ topic, partitions: [shown] });
  }
  return topics.map(({ topic, partitions }) =>
    usesTopicIds(version) ? { topicId: topic, partitions } : { topic, partitions },
  );
}

/** Before version 6 a client does not know that a disk can fail; it looks for the leader again. */
function asKnownIn(version: number, answer: PartitionAnswer): PartitionAnswer {
  const isHidden = version < 6 && answer.errorCode === wireCode("KAFKA_STORAGE_ERROR");
  return isHidden ? { ...answer, errorCode: wireCode("NOT_LEADER_OR_FOLLOWER") } : answer;
}

export const fetchEntry: HandlerEntry<typeof apis.Fetch> = { api: apis.Fetch, handle };
