import { type FetchRequest, KafkaProtocolError } from "@ottla/protocol";
import type { PartitionRequest } from "../handlers/partition-fetch.js";
import { longestTopicName } from "../topics/topic-name.js";
import type { FetchSession } from "./fetch-session.js";
import type { FetchSessions } from "./fetch-sessions.js";

/** A partition that a request names. */
export interface NamedPartition {
  /** The topic's id or name, whichever the version has. */
  readonly topic: string;
  readonly request: PartitionRequest;
}

export const partitionKey = (topic: string, partition: number): string => `${topic}/${partition}`;

/** Each once, in the order in which they are first named; what is said of them last counts. */
export function namedPartitions(topics: FetchRequest["topics"], usesTopicIds: boolean): readonly NamedPartition[] {
  const named = new Map<string, NamedPartition>();
  for (const { topic: name, topicId, partitions } of topics) {
    const topic = usesTopicIds ? topicId : name;
    for (const request of partitions) named.set(partitionKey(topic, request.partition), { topic, request });
  }
  return [...named.values()];
}

/**
 * The session that a request goes on with, with what the request changes in it.
 *
 * @throws {@link KafkaProtocolError} `FETCH_SESSION_ID_NOT_FOUND`, `INVALID_FETCH_SESSION_EPOCH`, `FETCH_SESSION_TOPIC_ID_ERROR`
 */
export function updateSession(sessions: FetchSessions, request: FetchRequest, usesTopicIds: boolean): FetchSession {
  const session = sessions.get(request.sessionId);
  if (session.epoch !== request.sessionEpoch) {
    const text = `Fetch session ${session.id} is at epoch ${session.epoch}, asked with ${request.sessionEpoch}`;
    throw new KafkaProtocolError("INVALID_FETCH_SESSION_EPOCH", text);
  }
  if (session.usesTopicIds !== usesTopicIds) {
    const text = `Fetch session ${session.id} was begun with topic ${session.usesTopicIds ? "ids" : "names"}`;
    throw new KafkaProtocolError("FETCH_SESSION_TOPIC_ID_ERROR", text);
  }
  const named = namedPartitions(request.topics, usesTopicIds);
  if (named.some(({ topic }) => topic.length > longestTopicName)) {
    sessions.close(session.id);
    throw new KafkaProtocolError("FETCH_SESSION_ID_NOT_FOUND", "A fetch session takes no topic with too long a name");
  }
  sessions.update(session, () => {
    session.setIsolationLevel(request.isolationLevel);
    for (const partition of named) session.put(partition);
    for (const { topic, topicId, partitions } of request.forgottenTopicsData) {
      for (const partition of partitions) session.forget(usesTopicIds ? topicId : topic, partition);
    }
  });
  session.goOn();
  return session;
}
