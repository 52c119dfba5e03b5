import type { Answer } from "../answer.js";
import type { Case } from "../case.js";
import type { Body, Conversation } from "../conversation.js";
import type { Served } from "../served.js";
import { batchOf, commitBody, fetchBody, makeTopic, produceBody, stableGroup, type Topic } from "./scene.js";

// Markers have the time of now, which is so long after that of the records that Kafka would begin a new segment for them.
const oneSegment = { "segment.ms": "1000000000000" };

/** Which versions a client speaks: those of the protocol before KIP-890, and those of it. */
interface Era {
  readonly name: string;
  readonly init: number;
  readonly add: number;
  readonly produce: number;
  readonly end: number;
  readonly addOffsets: number;
  readonly commit: number;
}

const eras: readonly Era[] = [
  { name: "of old clients", init: 0, add: 0, produce: 3, end: 0, addOffsets: 0, commit: 0 },
  { name: "before KIP-890", init: 4, add: 3, produce: 11, end: 3, addOffsets: 3, commit: 3 },
  { name: "of errors that abort", init: 5, add: 3, produce: 11, end: 4, addOffsets: 4, commit: 4 },
  { name: "of KIP-890", init: 5, add: 5, produce: 12, end: 5, addOffsets: 4, commit: 5 },
];

/** Transactions from their beginning to their end, as each generation of clients goes through them. */
export const transactionCases = (served: Served): readonly Case[] =>
  "EndTxn" in served
    ? eras.flatMap((era) => Object.entries(stories).map(([title, story]) => caseOf(title, era, story)))
    : [];

const caseOf = (title: string, era: Era, story: (producer: Producer) => Promise<void>): Case => ({
  title: `transactions ${era.name}: ${title}`,
  run: (talk) => story(new Producer(talk, era)),
});

/** One transactional producer, and what it says. */
class Producer {
  readonly talk: Conversation;
  readonly era: Era;
  readonly transactionalId: string;
  id = -1;
  epoch = -1;
  readonly #sequences = new Map<string, number>();

  constructor(talk: Conversation, era: Era, transactionalId = talk.name("transactions")) {
    this.talk = talk;
    this.era = era;
    this.transactionalId = transactionalId;
  }

  get isNew(): boolean {
    return this.era.end >= 5;
  }

  get #whoAmI() {
    return { transactionalId: this.transactionalId, producerId: this.id, producerEpoch: this.epoch };
  }

  /** Asks for its id until the coordinator is done with what was open before, then keeps what it is told. */
  async init(label: string, more: Body = {}): Promise<Answer> {
    const body = {
      transactionalId: this.transactionalId,
      transactionTimeoutMs: 60_000,
      producerId: -1,
      producerEpoch: -1,
      ...more,
    };
    const told = await this.talk.until(
      "InitProducerId",
      this.era.init,
      body,
      (answer) => answer.number("errorCode") !== 51,
    );
    this.talk.note(label, told.at());
    if (told.number("errorCode") !== 0) return told;
    this.id = told.number("producerId");
    this.epoch = told.number("producerEpoch");
    this.#sequences.clear();
    return told;
  }

  add(label: string, topic: Topic, partitions: readonly number[] = [0], more: Body = {}): Promise<Answer> {
    const topics = [{ name: topic.name, partitions }];
    const old = {
      v3AndBelowTransactionalId: this.transactionalId,
      v3AndBelowProducerId: this.id,
      v3AndBelowProducerEpoch: this.epoch,
      v3AndBelowTopics: topics,
    };
    const body =
      this.era.add <= 3
        ? { ...old, ...more }
        : { transactions: [{ ...this.#whoAmI, verifyOnly: false, topics, ...more }] };
    return this.settled(label, "AddPartitionsToTxn", this.era.add, body);
  }

  /** Adds the partition first where clients of the time do. */
  async send(label: string, topic: Topic, more: Body = {}, index = 0): Promise<Answer> {
    if (!this.isNew) await this.add(`${label}: the partition`, topic, [index]);
    return this.produce(label, topic, more, index);
  }

  async produce(label: string, topic: Topic, more: Body = {}, index = 0): Promise<Answer> {
    const key = `${topic.name} ${index}`;
    const baseSequence = this.#sequences.get(key) ?? 0;
    const records = batchOf([label], {
      producerId: this.id,
      producerEpoch: this.epoch,
      baseSequence,
      isTransactional: true,
    });
    const topicData = [{ name: topic.name, topicId: topic.id, partitionData: [{ index, records }] }];
    const body = produceBody(topic, null, { transactionalId: this.transactionalId, topicData, ...more });
    const answer = await this.settled(label, "Produce", this.era.produce, body);
    if (answer.number("responses", 0, "partitionResponses", 0, "errorCode") === 0)
      this.#sequences.set(key, baseSequence + 1);
    return answer;
  }

  async end(label: string, committed: boolean, more: Body = {}): Promise<Answer> {
    const answer = await this.settled(label, "EndTxn", this.era.end, { ...this.#whoAmI, committed, ...more });
    if (this.isNew && answer.number("errorCode") === 0 && answer.number("producerEpoch") >= 0) {
      if (answer.number("producerEpoch") !== this.epoch) this.#sequences.clear();
      this.id = answer.number("producerId");
      this.epoch = answer.number("producerEpoch");
    }
    return answer;
  }

  addOffsets(label: string, groupId: string): Promise<Answer> {
    return this.settled(label, "AddOffsetsToTxn", this.era.addOffsets, { ...this.#whoAmI, groupId });
  }

  commitOffsets(label: string, groupId: string, topic: Topic, offset: number, more: Body = {}): Promise<Answer> {
    return this.settled(label, "TxnOffsetCommit", this.era.commit, {
      ...commitBody(groupId, topic, {}, offset),
      ...this.#whoAmI,
      ...more,
    });
  }

  describe(label: string): Promise<Answer> {
    return this.talk.ask(label, "DescribeTransactions", 0, { transactionalIds: [this.transactionalId] });
  }

  /** Asks while the coordinator is busy with the transaction before, as clients do; the last answer is the one that counts. */
  async settled(label: string, name: string, version: number, body: Body): Promise<Answer> {
    const answer = await this.talk.until(
      name,
      version,
      body,
      (one) => !JSON.stringify(one.at()).includes('"errorCode":51'),
    );
    this.talk.note(label, answer.at());
    return answer;
  }
}

async function read(talk: Conversation, label: string, topic: Topic): Promise<void> {
  for (const isolationLevel of [0, 1])
    await talk.ask(`${label}, isolation ${isolationLevel}`, "Fetch", 12, fetchBody(topic, {}, { isolationLevel }));
  for (const isolationLevel of [0, 1]) {
    const partitions = [{ partitionIndex: 0, timestamp: -1 }];
    await talk.ask(`${label}, end at isolation ${isolationLevel}`, "ListOffsets", 5, {
      replicaId: -1,
      isolationLevel,
      topics: [{ name: topic.name, partitions }],
    });
  }
}

/** Waits until what was written to a partition is decided: markers are written after the end is answered. */
async function decided(talk: Conversation, { name }: Topic): Promise<void> {
  const ends = (isolationLevel: number) => ({
    replicaId: -1,
    isolationLevel,
    topics: [{ name, partitions: [{ partitionIndex: 0, timestamp: -1 }] }],
  });
  const end = (await talk.quietly("ListOffsets", 5, ends(0))).number("topics", 0, "partitions", 0, "offset");
  await talk.until("ListOffsets", 5, ends(1), (answer) => answer.number("topics", 0, "partitions", 0, "offset") >= end);
}

const stories: Readonly<Record<string, (producer: Producer) => Promise<void>>> = {
  async "commit, abort, commit"(producer) {
    const { talk } = producer;
    const topic = await makeTopic(talk, 1, oneSegment);
    await producer.init("begins");
    await producer.send("first", topic);
    await producer.produce("second of the same", topic);
    await producer.describe("while it is open");
    await read(talk, "while it is open", topic);
    await producer.end("commits", true);
    await decided(talk, topic);
    await read(talk, "committed", topic);
    await producer.send("to be aborted", topic);
    await producer.end("aborts", false);
    await decided(talk, topic);
    await read(talk, "aborted", topic);
    await producer.send("third", topic);
    await producer.end("commits again", true);
    await decided(talk, topic);
    await read(talk, "at last", topic);
    await producer.describe("at last");
    await talk.ask("its producers", "DescribeProducers", 0, { topics: [{ name: topic.name, partitionIndexes: [0] }] });
  },
  async "ends that are wrong"(producer) {
    const topic = await makeTopic(producer.talk, 1, oneSegment);
    await producer.init("begins");
    await producer.end("commits nothing", true);
    await producer.end("aborts nothing", false);
    await producer.send("something", topic);
    await producer.end("of an epoch before", true, { producerEpoch: producer.epoch - 1 });
    await producer.end("of an epoch after", true, { producerEpoch: producer.epoch + 1 });
    await producer.end("of another producer", true, { producerId: producer.id + 100_000 });
    await producer.end("of nobody", true, { transactionalId: producer.talk.name("nobody") });
    const before = { producerId: producer.id, producerEpoch: producer.epoch };
    await producer.end("commits", true);
    await producer.end("commits again, as before", true, before);
    await producer.end("aborts what is committed", false, before);
    await producer.send("more", topic);
    const again = { producerId: producer.id, producerEpoch: producer.epoch };
    await producer.end("aborts", false);
    await producer.end("aborts again, as before", false, again);
    await producer.end("commits what is aborted", true, again);
  },
  async "a second instance fences the first"(producer) {
    const { talk, era } = producer;
    const topic = await makeTopic(talk, 1, oneSegment);
    await producer.init("the first begins");
    await producer.send("of the first", topic);
    const second = new Producer(talk, era, producer.transactionalId);
    await second.init("the second begins");
    await decided(talk, topic);
    await read(talk, "after that", topic);
    await producer.produce("of the first, fenced", topic);
    await producer.add("a partition of the first, fenced", topic);
    await producer.end("end of the first, fenced", true);
    await second.send("of the second", topic);
    await second.end("end of the second", true);
    await decided(talk, topic);
    await read(talk, "at last", topic);
  },
  async "an epoch that is bumped by its producer"(producer) {
    if (producer.era.init < 3) return;
    const { talk } = producer;
    const topic = await makeTopic(talk, 1, oneSegment);
    await producer.init("begins");
    const first = { producerId: producer.id, producerEpoch: producer.epoch };
    await producer.init("bumps", first);
    await producer.init("bumps as before", first);
    await producer.init("bumps with an epoch to come", { producerId: producer.id, producerEpoch: producer.epoch + 5 });
    await producer.init("bumps with another id", { producerId: producer.id + 100_000, producerEpoch: 0 });
    await producer.send("something", topic);
    await producer.init("bumps in the middle", { producerId: producer.id, producerEpoch: producer.epoch });
    await decided(talk, topic);
    await read(talk, "after that", topic);
  },
  async "partitions that are wrong"(producer) {
    const topic = await makeTopic(producer.talk, 2, oneSegment);
    const stranger = { name: producer.talk.name("nobody"), id: "" };
    await producer.init("begins");
    await producer.add("one that is not there", topic, [5]);
    await producer.add("one beside it", topic, [0, 5]);
    await producer.add("a topic that is not there", stranger);
    await producer.add("two", topic, [0, 1]);
    await producer.add("the same again", topic, [0, 1]);
    await producer.add("none", topic, []);
    await producer.produce("to one of them", topic);
    await producer.produce("to another", topic, {}, 1);
    await producer.produce("without the transactional id", topic, { transactionalId: null });
    await producer.produce("with acks 1", topic, { acks: 1 });
    await producer.produce("with another transactional id", topic, { transactionalId: producer.talk.name("nobody") });
    await producer.end("commits", true);
    await producer.produce("without beginning", topic);
  },
  async offsets(producer) {
    const { talk } = producer;
    const topic = await makeTopic(talk, 1, oneSegment);
    const groupId = talk.name("group");
    const fetch = (label: string, requireStable: boolean) =>
      talk.ask(label, "OffsetFetch", 7, {
        groupId,
        topics: [{ name: topic.name, partitionIndexes: [0] }],
        requireStable,
      });
    await producer.init("begins");
    if (!producer.isNew) await producer.addOffsets("the group", groupId);
    await producer.commitOffsets("offset 5", groupId, topic, 5);
    await fetch("while it is open", false);
    await fetch("while it is open, stable", true);
    await talk.ask("a commit beside it", "OffsetCommit", 6, commitBody(groupId, topic, {}, 4));
    await producer.end("commits", true);
    const stable = { groupId, topics: [{ name: topic.name, partitionIndexes: [0] }], requireStable: true };
    const isStable = (answer: Answer) => answer.number("topics", 0, "partitions", 0, "errorCode") === 0;
    await talk.until("OffsetFetch", 7, stable, isStable);
    await fetch("committed", true);
    if (!producer.isNew) await producer.addOffsets("the group again", groupId);
    await producer.commitOffsets("offset 9", groupId, topic, 9);
    await producer.end("aborts", false);
    await talk.until("OffsetFetch", 7, stable, isStable);
    await fetch("aborted", true);
    await producer.commitOffsets("without the group", talk.name("group"), topic, 1);
    await producer.commitOffsets("a partition that is not there", groupId, topic, 1, {
      topics: [{ name: topic.name, partitions: [{ partitionIndex: 5, committedOffset: 1, committedMetadata: "" }] }],
    });
    if (producer.era.commit < 3) return;
    const member = await stableGroup(talk);
    if (!producer.isNew) await producer.addOffsets("the group of a member", member.groupId);
    const mine = { memberId: member.memberId, generationIdOrMemberEpoch: 1 };
    await producer.commitOffsets("by the member", member.groupId, topic, 2, mine);
    await producer.commitOffsets("by the generation before", member.groupId, topic, 2, {
      ...mine,
      generationIdOrMemberEpoch: 0,
    });
    await producer.commitOffsets("by a stranger", member.groupId, topic, 2, { ...mine, memberId: "stranger" });
    await producer.commitOffsets("by nobody", member.groupId, topic, 2);
  },
  async timeouts(producer) {
    const { talk } = producer;
    for (const transactionTimeoutMs of [0, -1, 1, 900_000, 900_001, 2_147_483_647]) {
      await producer.init(`a timeout of ${transactionTimeoutMs} ms`, { transactionTimeoutMs });
    }
    await producer.init("an empty id", { transactionalId: "" });
    await producer.init("a long id", { transactionalId: talk.name("long", 300) });
  },
};
