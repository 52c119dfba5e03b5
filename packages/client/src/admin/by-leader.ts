import { KafkaProtocolError } from "@ottla/protocol";
import type { TopicMetadata } from "../cluster/topic-metadata.js";
import type { AdminCluster, AdminOptions } from "./admin-retry.js";
import { isWorthAnother } from "./answer-error.js";
import { groupedByTopic } from "./grouped-by-topic.js";

interface Place {
  readonly topic: string;
  readonly partition: number;
}

/** The partitions of one topic in a request to one broker. */
export interface LeaderShare<P> {
  readonly topic: string;
  readonly partitions: readonly P[];
}

/**
 * Asks the leader of each partition, one request per broker, and again for partitions whose leader moved. Answers what
 * `ask` said of each, in the order given; an error that stays is an answer too.
 */
export async function byLeader<P extends Place, R>(
  admin: AdminCluster,
  partitions: readonly P[],
  options: AdminOptions | undefined,
  ask: (
    node: number,
    shares: readonly LeaderShare<P>[],
    signal: AbortSignal | undefined,
  ) => Promise<readonly (Place & { readonly answer: R | KafkaProtocolError })[]>,
): Promise<readonly (R | Error)[]> {
  const { cluster } = admin;
  const answers = new Map<string, R | Error>();
  const missing = (): P[] => partitions.filter((place) => !isFinal(answers.get(keyOf(place))));
  const topics = [...new Set(partitions.map(({ topic }) => topic))];
  const round = async (signal: AbortSignal | undefined): Promise<void> => {
    // Not from the cache: partitions may have been added since.
    await cluster.refresh(topics, { signal });
    const shares = new Map<number, P[]>();
    for (const place of missing()) {
      const leader = cluster.leaderOf(place.topic, place.partition);
      if (leader !== undefined) shares.set(leader.nodeId, [...(shares.get(leader.nodeId) ?? []), place]);
      else answers.set(keyOf(place), whyNoLeader(place, cluster.topic(place.topic)));
    }
    for (const [node, places] of shares) {
      try {
        for (const { topic, partition, answer } of await ask(node, groupedByTopic(places), signal)) {
          answers.set(keyOf({ topic, partition }), answer);
        }
      } catch (error) {
        if (signal?.aborted || !(error instanceof Error)) throw error;
        for (const place of places) answers.set(keyOf(place), error);
      }
    }
    const unanswered = missing()[0];
    if (unanswered === undefined) return;
    throw answers.get(keyOf(unanswered)) ?? noLeader(unanswered);
  };
  try {
    await admin.retrying(options, round);
  } catch (error) {
    // What is still not answered keeps its error; a failure before any answer is the caller's.
    if (options?.signal?.aborted || answers.size === 0) throw error;
  }
  return partitions.map((place) => answers.get(keyOf(place)) ?? noLeader(place));
}

const keyOf = ({ topic, partition }: Place): string => `${topic}-${partition}`;

const isFinal = (answer: unknown): boolean => answer !== undefined && !isWorthAnother(answer);

const whyNoLeader = (place: Place, topic: TopicMetadata | undefined): KafkaProtocolError => {
  if (topic === undefined || topic.error !== undefined) return topic?.error ?? noLeader(place);
  const count = topic.partitions.length;
  if (place.partition < count) return noLeader(place);
  return new KafkaProtocolError(
    "UNKNOWN_TOPIC_OR_PARTITION",
    `"${place.topic}" has ${count} partitions, not ${place.partition}`,
  );
};

const noLeader = ({ topic, partition }: Place): KafkaProtocolError =>
  new KafkaProtocolError("LEADER_NOT_AVAILABLE", `${topic}-${partition}`);
