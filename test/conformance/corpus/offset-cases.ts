import type { Case } from "../case.js";
import type { Body, Conversation } from "../conversation.js";
import { type Served, versionsOf } from "../served.js";
import { batchOf, makeTopic, someTime, type Topic, write } from "./scene.js";

const lookup = ({ name }: Topic, partition: Body, more: Body = {}) => ({
  replicaId: -1,
  isolationLevel: 0,
  topics: [{ name, partitions: [{ partitionIndex: 0, currentLeaderEpoch: -1, timestamp: -1, ...partition }] }],
  timeoutMs: 1_000,
  ...more,
});

const times: Readonly<Record<string, number>> = {
  latest: -1,
  earliest: -2,
  "the highest time's": -3,
  "earliest local": -4,
  "latest tiered": -5,
  "earliest to upload": -6,
  "time -7": -7,
  "time -100": -100,
  "time 0": 0,
  "before all": someTime - 5,
  first: someTime,
  second: someTime + 1,
  "between two batches": someTime + 500,
  "the later batch": someTime + 1000,
  "inside of it": someTime + 1001,
  "after all": someTime + 5_000,
};

/** Offsets by time, deletion of records, and ends of epochs, in every version. */
export const offsetCases = (served: Served): readonly Case[] => [
  ...versionsOf(served, "ListOffsets").map((version) => ({
    title: `offsets by time v${version}`,
    run: (talk: Conversation) => byTime(talk, version),
  })),
  ...versionsOf(served, "DeleteRecords").map((version) => ({
    title: `deleted records v${version}`,
    run: (talk: Conversation) => deletedRecords(talk, version),
  })),
  ...versionsOf(served, "OffsetForLeaderEpoch").map((version) => ({
    title: `ends of epochs v${version}`,
    run: (talk: Conversation) => epochs(talk, version),
  })),
];

async function byTime(talk: Conversation, version: number): Promise<void> {
  const topic = await makeTopic(talk, 2);
  const ask = (label: string, body: Body) => talk.ask(label, "ListOffsets", version, body);
  for (const [label, timestamp] of Object.entries(times))
    await ask(`${label} of an empty log`, lookup(topic, { timestamp }));
  await write(talk, topic, batchOf(["a", "b", "c"]));
  await write(talk, topic, batchOf(["d", "e"], { record: { timestamp: someTime + 1000 } }));
  await write(talk, topic, batchOf(["f"], { record: { timestamp: someTime + 300 }, compression: "gzip" }));
  for (const [label, timestamp] of Object.entries(times)) await ask(label, lookup(topic, { timestamp }));
  for (const isolationLevel of [1, 2, -1])
    await ask(`isolation ${isolationLevel}`, lookup(topic, {}, { isolationLevel }));
  for (const replicaId of [-2, 0, 1, 5]) await ask(`replica ${replicaId}`, lookup(topic, {}, { replicaId }));
  for (const epoch of [0, 1, -2, 99]) await ask(`epoch ${epoch}`, lookup(topic, { currentLeaderEpoch: epoch }));
  for (const index of [1, 2, -1, 99_999]) await ask(`partition ${index}`, lookup(topic, { partitionIndex: index }));
  await ask("a topic that is not there", lookup({ name: talk.name("nobody"), id: "" }, {}));
  await ask("no topic", { ...lookup(topic, {}), topics: [] });
  const [asked] = lookup(topic, {}).topics;
  await ask("a topic twice", { ...lookup(topic, {}), topics: [asked, asked] });
  const both = [
    { partitionIndex: 0, timestamp: -1 },
    { partitionIndex: 0, timestamp: -2 },
    { partitionIndex: 1, timestamp: -1 },
  ];
  await ask("a partition twice", { ...lookup(topic, {}), topics: [{ name: topic.name, partitions: both }] });
  await talk.quietly("DeleteRecords", 1, deletion(topic, 2));
  for (const [label, timestamp] of Object.entries(times))
    await ask(`${label} after a deletion`, lookup(topic, { timestamp }));
}

const deletion = ({ name }: Topic, offset: number, partitionIndex = 0) => ({
  topics: [{ name, partitions: [{ partitionIndex, offset }] }],
  timeoutMs: 5_000,
});

async function deletedRecords(talk: Conversation, version: number): Promise<void> {
  const topic = await makeTopic(talk);
  const compacted = await makeTopic(talk, 1, { "cleanup.policy": "compact" });
  const both = await makeTopic(talk, 1, { "cleanup.policy": "compact,delete" });
  for (const one of [topic, compacted, both]) await write(talk, one, batchOf(["a", "b", "c", "d"]));
  const ask = (label: string, body: Body) => talk.ask(label, "DeleteRecords", version, body);
  for (const offset of [0, 2, 1, 2, 5, -2, 3, -1, 4]) await ask(`up to ${offset}`, deletion(topic, offset));
  await ask("of a compacted topic", deletion(compacted, 1));
  await ask("of a compacted topic that is deleted too", deletion(both, 1));
  await ask("of a partition that is not there", deletion(topic, 1, 4));
  await ask("of a topic that is not there", deletion({ name: talk.name("nobody"), id: "" }, 1));
  await ask("of an internal topic", deletion({ name: "__consumer_offsets", id: "" }, 0));
  await ask("of nothing", { topics: [], timeoutMs: 5_000 });
  await talk.ask("where the log begins", "ListOffsets", 5, lookup(topic, { timestamp: -2 }));
  await write(talk, topic, batchOf(["e"]));
  await talk.ask("where the log ends", "ListOffsets", 5, lookup(topic, {}));
}

async function epochs(talk: Conversation, version: number): Promise<void> {
  const topic = await makeTopic(talk);
  const ask = (label: string, partition: Body, name = topic.name) =>
    talk.ask(label, "OffsetForLeaderEpoch", version, {
      replicaId: -2,
      topics: [{ topic: name, partitions: [{ partition: 0, currentLeaderEpoch: -1, leaderEpoch: 0, ...partition }] }],
    });
  await ask("of an empty log", {});
  await write(talk, topic, batchOf(["a", "b"]));
  for (const leaderEpoch of [0, 1, -1, -2, 77]) await ask(`epoch ${leaderEpoch}`, { leaderEpoch });
  for (const currentLeaderEpoch of [0, 1, -2]) await ask(`while it is ${currentLeaderEpoch}`, { currentLeaderEpoch });
  for (const partition of [1, -1]) await ask(`of partition ${partition}`, { partition });
  await ask("of a topic that is not there", {}, talk.name("nobody"));
}
