import { consumerProtocol, encodeBatch, type RecordInput, zeroUuid } from "@ottla/protocol";
import type { Answer } from "../answer.js";
import type { Conversation } from "../conversation.js";

/** The time of every record that is not about time. */
export const someTime = 1_700_000_000_000;

export interface Topic {
  readonly name: string;
  readonly id: string;
}

type Configs = Readonly<Record<string, string>>;

export const newTopic = (name: string, numPartitions = 1, configs: Configs = {}) => ({
  name,
  numPartitions,
  replicationFactor: 1,
  assignments: [],
  configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
});

/** A topic that every partition of can be written to. */
export async function makeTopic(talk: Conversation, partitions = 1, configs: Configs = {}): Promise<Topic> {
  const name = talk.name("topic");
  await talk.quietly("CreateTopics", talk.upTo("CreateTopics", 7), {
    topics: [newTopic(name, partitions, configs)],
    timeoutMs: 10_000,
  });
  return settledTopic(talk, name, partitions);
}

/** Waits until Metadata shows so many partitions with a leader, and ListOffsets finds each there. */
export async function settledTopic(talk: Conversation, name: string, partitions = 1): Promise<Topic> {
  const ask = { topics: [{ topicId: zeroUuid, name }], allowAutoTopicCreation: false };
  const described = await talk.until("Metadata", talk.upTo("Metadata", 12), ask, (answer) => {
    const found = answer.list("topics", 0, "partitions");
    return found.length === partitions && found.every((one) => one.number("errorCode") === 0);
  });
  const ends = Array.from({ length: partitions }, (_, partitionIndex) => ({ partitionIndex, timestamp: -1 }));
  await talk.until("ListOffsets", 4, { replicaId: -1, topics: [{ name, partitions: ends }] }, (answer) =>
    answer.list("topics", 0, "partitions").every((one) => one.number("errorCode") === 0),
  );
  return { name, id: described.text("topics", 0, "topicId") };
}

type BatchOptions = NonNullable<Parameters<typeof encodeBatch>[1]>;

/** A batch with a record for each text. */
export const batchOf = (
  texts: readonly string[],
  options: BatchOptions & { record?: Partial<RecordInput> } = {},
): Buffer =>
  encodeBatch(
    texts.map((one, index) => ({
      key: Buffer.from("k"),
      value: Buffer.from(one),
      timestamp: someTime + index,
      ...options.record,
    })),
    options,
  );

export const produceBody = (
  { name, id }: Topic,
  records: Uint8Array | null,
  more: Readonly<Record<string, unknown>> = {},
) => ({
  transactionalId: null,
  acks: -1,
  timeoutMs: 5_000,
  topicData: [{ name, topicId: id, partitionData: [{ index: 0, records }] }],
  ...more,
});

/** Writes a batch on the way to something else. */
export async function write(talk: Conversation, topic: Topic, records: Uint8Array): Promise<Answer> {
  return talk.quietly("Produce", 9, produceBody(topic, records));
}

export const fetchBody = (
  { name, id }: Topic,
  partition: Readonly<Record<string, unknown>> = {},
  bounds: Readonly<Record<string, unknown>> = {},
) => ({
  replicaId: -1,
  maxWaitMs: 0,
  minBytes: 0,
  maxBytes: 1_000_000,
  isolationLevel: 0,
  sessionId: 0,
  sessionEpoch: -1,
  topics: [
    {
      topic: name,
      topicId: id,
      partitions: [
        {
          partition: 0,
          currentLeaderEpoch: -1,
          fetchOffset: 0,
          lastFetchedEpoch: -1,
          logStartOffset: -1,
          partitionMaxBytes: 100_000,
          ...partition,
        },
      ],
    },
  ],
  forgottenTopicsData: [],
  rackId: "",
  ...bounds,
});

// Kafka never answers the join of a "consumer" whose metadata is not that protocol's: its timer fails on it.
export const subscription = consumerProtocol.encodeSubscription({ topics: ["anything"] });

export const joinBody = (groupId: string, memberId = "", more: Readonly<Record<string, unknown>> = {}) => ({
  groupId,
  sessionTimeoutMs: 60_000,
  rebalanceTimeoutMs: 60_000,
  memberId,
  groupInstanceId: null,
  protocolType: "consumer",
  protocols: [{ name: "range", metadata: subscription }],
  reason: null,
  ...more,
});

export interface Member {
  readonly groupId: string;
  readonly memberId: string;
  readonly generationId: number;
}

/** A group with one member, joined and synced. */
export async function stableGroup(talk: Conversation, more: Readonly<Record<string, unknown>> = {}): Promise<Member> {
  const groupId = talk.name("group");
  const first = await talk.quietly("JoinGroup", 5, joinBody(groupId, "", more));
  const memberId = first.text("memberId");
  const joined =
    first.number("errorCode") === 79 ? await talk.quietly("JoinGroup", 5, joinBody(groupId, memberId, more)) : first;
  const generationId = joined.number("generationId");
  const assignments = [{ memberId, assignment: Buffer.from("yours") }];
  await talk.quietly("SyncGroup", 3, {
    groupId,
    generationId,
    memberId,
    groupInstanceId: more.groupInstanceId ?? null,
    assignments,
  });
  return { groupId, memberId, generationId };
}

export const commitBody = (
  groupId: string,
  { name, id }: Topic,
  more: Readonly<Record<string, unknown>> = {},
  offset = 7,
) => ({
  groupId,
  generationIdOrMemberEpoch: -1,
  memberId: "",
  groupInstanceId: null,
  retentionTimeMs: -1,
  topics: [
    {
      name,
      topicId: id,
      partitions: [{ partitionIndex: 0, committedOffset: offset, committedLeaderEpoch: -1, committedMetadata: "note" }],
    },
  ],
  ...more,
});

export interface TransactionalProducer {
  readonly transactionalId: string;
  readonly producerId: number;
  readonly producerEpoch: number;
}

/** A producer with a fresh transactional id. */
export async function transactionalProducer(
  talk: Conversation,
  version = 3,
  timeoutMs = 60_000,
): Promise<TransactionalProducer> {
  const transactionalId = talk.name("transactions");
  const body = { transactionalId, transactionTimeoutMs: timeoutMs, producerId: -1, producerEpoch: -1 };
  const made = await talk.until(
    "InitProducerId",
    version,
    body,
    (answer) => ![14, 15, 16, 51].includes(answer.number("errorCode")),
  );
  return { transactionalId, producerId: made.number("producerId"), producerEpoch: made.number("producerEpoch") };
}
