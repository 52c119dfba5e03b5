import { zeroUuid } from "@ottla/protocol";
import type { Case } from "../case.js";
import type { Body, Conversation } from "../conversation.js";
import { strangeId } from "../mutations.js";
import { type Served, versionsOf } from "../served.js";
import { batchOf, fetchBody, makeTopic, type Topic, write } from "./scene.js";

/** Places and bounds of one fetch, by what they are. */
const places: Readonly<Record<string, readonly [partition: Body, bounds?: Body]>> = {
  "the beginning": [{ fetchOffset: 0 }],
  "inside of a batch": [{ fetchOffset: 1 }],
  "the second batch": [{ fetchOffset: 3 }],
  "the end": [{ fetchOffset: 9 }],
  "beyond the end": [{ fetchOffset: 10 }],
  "offset -1": [{ fetchOffset: -1 }],
  "offset -2": [{ fetchOffset: -2 }],
  "a partition's 0 bytes": [{ partitionMaxBytes: 0 }],
  "a partition's 1 byte": [{ partitionMaxBytes: 1 }],
  "a partition's 100 bytes": [{ partitionMaxBytes: 100 }],
  "a partition's 200 bytes": [{ partitionMaxBytes: 200 }],
  "1 byte in all": [{}, { maxBytes: 1 }],
  "0 bytes in all": [{}, { maxBytes: 0 }],
  "waiting 10 ms at the end": [{ fetchOffset: 9 }, { maxWaitMs: 10, minBytes: 1 }],
  "waiting 10 ms for much": [{}, { maxWaitMs: 10, minBytes: 1_000_000 }],
  "committed only": [{}, { isolationLevel: 1 }],
  "isolation 2": [{}, { isolationLevel: 2 }],
  "the leader epoch": [{ currentLeaderEpoch: 0 }],
  "a leader epoch to come": [{ currentLeaderEpoch: 1 }],
  "leader epoch -2": [{ currentLeaderEpoch: -2 }],
  "the last epoch": [{ lastFetchedEpoch: 0 }],
  "a last epoch to come": [{ lastFetchedEpoch: 5 }],
  "the end and the last epoch": [{ fetchOffset: 9, lastFetchedEpoch: 0 }],
  "beyond the end and the last epoch": [{ fetchOffset: 12, lastFetchedEpoch: 0 }],
  "a partition that is not there": [{ partition: 1 }],
  "partition -1": [{ partition: -1 }],
};

export const fetchCases = (served: Served): readonly Case[] =>
  versionsOf(served, "Fetch").flatMap((version) => [
    { title: `fetches v${version}`, run: (talk: Conversation) => fetches(talk, version) },
    ...(version >= 7
      ? [{ title: `fetch sessions v${version}`, run: (talk: Conversation) => session(talk, version) }]
      : []),
    ...(version >= 7
      ? [{ title: `fetch session errors v${version}`, run: (talk: Conversation) => sessionErrors(talk, version) }]
      : []),
  ]);

async function fetches(talk: Conversation, version: number): Promise<void> {
  const topic = await makeTopic(talk);
  for (const texts of [
    ["a", "b", "c"],
    ["d", "e", "f"],
    ["g", "h", "i"],
  ])
    await write(talk, topic, batchOf(texts));
  for (const [label, [partition, bounds]] of Object.entries(places)) {
    await talk.ask(label, "Fetch", version, fetchBody(topic, partition, bounds));
  }
  const body = fetchBody(topic);
  const [asked] = body.topics;
  await talk.ask("the topic twice", "Fetch", version, { ...body, topics: [asked, asked] });
  const [partition] = asked?.partitions ?? [];
  await talk.ask("the partition twice", "Fetch", version, {
    ...body,
    topics: [{ ...asked, partitions: [partition, partition] }],
  });
  await talk.ask("no topic", "Fetch", version, { ...body, topics: [] });
  const stranger = { name: talk.name("nobody"), id: strangeId };
  await talk.ask("a topic that is not there", "Fetch", version, fetchBody(stranger));
  await talk.ask("that beside one that is", "Fetch", version, {
    ...body,
    topics: [...fetchBody(stranger).topics, asked],
  });
  await talk.ask("no topic's name or id", "Fetch", version, fetchBody({ name: "", id: zeroUuid }));
  await talk.quietly("DeleteRecords", 1, {
    topics: [{ name: topic.name, partitions: [{ partitionIndex: 0, offset: 4 }] }],
    timeoutMs: 5_000,
  });
  await talk.ask("below the log's start", "Fetch", version, fetchBody(topic, { fetchOffset: 3 }));
  await talk.ask("the log's start", "Fetch", version, fetchBody(topic, { fetchOffset: 4 }));
}

const again = (topic: Topic, sessionId: number, sessionEpoch: number, more: Body = {}) => ({
  ...fetchBody(topic, {}, { sessionId, sessionEpoch }),
  topics: [],
  ...more,
});

async function session(talk: Conversation, version: number): Promise<void> {
  const topic = await makeTopic(talk, 2);
  const other = await makeTopic(talk);
  await write(talk, topic, batchOf(["a", "b"]));
  const opened = await talk.ask("opens", "Fetch", version, fetchBody(topic, {}, { sessionEpoch: 0 }));
  const id = opened.number("sessionId");
  let epoch = 0;
  const next = async (label: string, more: Body = {}) => {
    epoch += 1;
    await talk.ask(label, "Fetch", version, again(topic, id, epoch, more));
  };
  const at = (of: Topic, partition: Body) => ({ topics: fetchBody(of, partition).topics });
  await next("the same again");
  await next("goes on behind", at(topic, { fetchOffset: 2 }));
  await next("nothing new");
  await write(talk, topic, batchOf(["c"]));
  await next("something new");
  await next("that again");
  await next("another partition", at(topic, { partition: 1 }));
  await next("another topic", at(other, {}));
  await write(talk, other, batchOf(["d"]));
  await next("something new there");
  await next("a partition that is not there", at(topic, { partition: 7 }));
  await next("it again");
  await next("a topic that is not there", at({ name: talk.name("nobody"), id: strangeId }, {}));
  await next("that again, too");
  const gone = [{ topic: other.name, topicId: other.id, partitions: [0] }];
  await next("forgets a topic", { forgottenTopicsData: gone });
  await next("without it");
  await next("forgets it twice", { forgottenTopicsData: gone });
  await next("an offset out of range", at(topic, { fetchOffset: 99 }));
  await next("that again");
  await next("in range again", at(topic, { fetchOffset: 1 }));
  await talk.ask("closes", "Fetch", version, again(topic, id, -1));
  await next("after its end");
}

async function sessionErrors(talk: Conversation, version: number): Promise<void> {
  const topic = await makeTopic(talk);
  await write(talk, topic, batchOf(["a"]));
  await talk.ask("a session nobody opened", "Fetch", version, again(topic, 123_456_789, 1));
  await talk.ask("a negative session", "Fetch", version, again(topic, -1, 1));
  await talk.ask("epoch 1 of no session", "Fetch", version, again(topic, 0, 1));
  await talk.ask("opens an empty one", "Fetch", version, again(topic, 0, 0));
  const opened = await talk.ask("opens", "Fetch", version, fetchBody(topic, {}, { sessionEpoch: 0 }));
  const id = opened.number("sessionId");
  await talk.ask("epoch 2 before 1", "Fetch", version, again(topic, id, 2));
  await talk.ask("epoch 1", "Fetch", version, again(topic, id, 1));
  await talk.ask("epoch 1 again", "Fetch", version, again(topic, id, 1));
  await talk.ask("epoch -2", "Fetch", version, again(topic, id, -2));
  await talk.ask("epoch 2, from another connection", "Fetch", version, again(topic, id, 2), "other");
  await talk.ask("opens one in its place", "Fetch", version, fetchBody(topic, {}, { sessionId: id, sessionEpoch: 0 }));
  await talk.ask("the first after that", "Fetch", version, again(topic, id, 3));
  await talk.ask("closes one that is not there", "Fetch", version, again(topic, 123_456_789, -1));
  await talk.ask("forgets without a session", "Fetch", version, {
    ...fetchBody(topic),
    forgottenTopicsData: [{ topic: topic.name, topicId: topic.id, partitions: [0] }],
  });
}
