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
import { type PartitionAnswer, PartitionFetch } from "./partition-fetch.js";

// v5 log start offset; v6 KAFKA_STORAGE_ERROR (KIP-112); v7 sessions (KIP-227); v9 leader epochs (KIP-320); v10 zstd; v11 rack;
// v12 flexible, diverging epochs (KIP-595); v13 topic ids (KIP-516); v15 replica state; v16 leader hints (KIP-951), never sent:
// this node always leads; v17 and v18 are for followers.

type TopicAnswers = NonNullable<FetchResponseInput["responses"]>[number];

const firstEpoch = 0;
const lastEpoch = -1;
const firstVersionWithSessions = 7;
const firstVersionWithTopicIds = 13;

const handle: Handler<typeof apis.Fetch> = (context, request, version) => {
  const { sessionId, sessionEpoch } = request;
  if (sessionEpoch !== firstEpoch && sessionEpoch !== lastEpoch) return fetchOn(context, request, version);
  context.broker.fetchSessions.close(sessionId);
  return fetchNamed(context, request, version);
};

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

function beginFetch({ topics }: BrokerServices, { isolationLevel }: FetchRequest, version: number): BeginFetch {
  const find = usesTopicIds(version) ? partitionWithId : partitionNamed;
  return ({ topic, request }) => {
    try {
      return new PartitionFetch(request, find(topics, topic, request.partition).log, isolationLevel);
    } catch (failure) {
      return new PartitionFetch(request, undefined, isolationLevel, failure);
    }
  };
}

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
