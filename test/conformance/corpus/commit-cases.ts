import type { Case } from "../case.js";
import type { Body, Conversation } from "../conversation.js";
import { type Served, versionsOf } from "../served.js";
import { commitBody, joinBody, makeTopic, stableGroup, subscription, type Topic } from "./scene.js";

/** Commits and fetches of offsets, by members and by nobody; and the ends of groups. */
export const commitCases = (served: Served): readonly Case[] => [
  ...versionsOf(served, "OffsetCommit").map((version) => ({
    title: `commits v${version}`,
    run: (talk: Conversation) => commits(talk, version),
  })),
  ...versionsOf(served, "OffsetFetch").map((version) => ({
    title: `fetched offsets v${version}`,
    run: (talk: Conversation) => fetchedOffsets(talk, version),
  })),
  ...versionsOf(served, "DeleteGroups").map((version) => ({
    title: `deleted groups v${version}`,
    run: (talk: Conversation) => deletedGroups(talk, version),
  })),
  ...versionsOf(served, "DescribeGroups").map((version) => ({
    title: `described groups v${version}`,
    run: (talk: Conversation) => describedGroups(talk, version),
  })),
  ...versionsOf(served, "ListGroups").map((version) => ({
    title: `listed groups v${version}`,
    run: (talk: Conversation) => listedGroups(talk, version),
  })),
];

const offsetsOf = (
  groupId: string,
  topics: readonly Topic[] | null,
  version: number,
  partitionIndexes = [0, 1],
  more: Body = {},
) => {
  const asked = topics?.map(({ name, id }) => ({ name, topicId: id, partitionIndexes })) ?? null;
  if (version < 8) return { groupId, topics: asked, requireStable: false, ...more };
  return { groups: [{ groupId, memberId: null, memberEpoch: -1, topics: asked, ...more }], requireStable: false };
};

async function commits(talk: Conversation, version: number): Promise<void> {
  const topic = await makeTopic(talk, 2);
  const groupId = talk.name("group");
  const commit = (label: string, body: Body) => talk.ask(label, "OffsetCommit", version, body);
  const at = (partition: Body) => ({
    topics: [
      {
        name: topic.name,
        topicId: topic.id,
        partitions: [
          { partitionIndex: 0, committedOffset: 7, committedLeaderEpoch: -1, committedMetadata: "note", ...partition },
        ],
      },
    ],
  });
  await commit("of nobody", commitBody(groupId, topic));
  await commit("further", commitBody(groupId, topic, at({ committedOffset: 9 })));
  await commit("back", commitBody(groupId, topic, at({ committedOffset: 3 })));
  await commit("offset -1", commitBody(groupId, topic, at({ committedOffset: -1 })));
  await commit("offset -2", commitBody(groupId, topic, at({ committedOffset: -2 })));
  await commit("an epoch", commitBody(groupId, topic, at({ committedLeaderEpoch: 0 })));
  await commit("an epoch to come", commitBody(groupId, topic, at({ committedLeaderEpoch: 99 })));
  await commit("4096 bytes of metadata", commitBody(groupId, topic, at({ committedMetadata: "x".repeat(4096) })));
  await commit("4097 bytes of metadata", commitBody(groupId, topic, at({ committedMetadata: "x".repeat(4097) })));
  await commit("no metadata", commitBody(groupId, topic, at({ committedMetadata: null })));
  await commit("a partition that is not there", commitBody(groupId, topic, at({ partitionIndex: 2 })));
  await commit("partition -1", commitBody(groupId, topic, at({ partitionIndex: -1 })));
  await commit("an expiry", commitBody(groupId, topic, { retentionTimeMs: 1_000 }));
  await commit("a generation without a member", commitBody(groupId, topic, { generationIdOrMemberEpoch: 0 }));
  await commit("a member of a group without members", commitBody(groupId, topic, { memberId: "someone" }));
  await commit("both", commitBody(groupId, topic, { memberId: "someone", generationIdOrMemberEpoch: 3 }));
  await talk.ask("what is left", "OffsetFetch", 5, offsetsOf(groupId, [topic], 5));
  const member = await stableGroup(talk);
  const mine = { memberId: member.memberId, generationIdOrMemberEpoch: member.generationId };
  await commit("of a member", commitBody(member.groupId, topic, mine));
  await commit(
    "of a member, of the generation before",
    commitBody(member.groupId, topic, { ...mine, generationIdOrMemberEpoch: 0 }),
  );
  await commit(
    "of a member, of the generation after",
    commitBody(member.groupId, topic, { ...mine, generationIdOrMemberEpoch: 2 }),
  );
  await commit("of nobody while there are members", commitBody(member.groupId, topic));
  await commit("of a stranger", commitBody(member.groupId, topic, { ...mine, memberId: "stranger" }));
  await commit(
    "of a member without a generation",
    commitBody(member.groupId, topic, { ...mine, generationIdOrMemberEpoch: -1 }),
  );
  if (version >= 7)
    await commit(
      "of an instance that is not there",
      commitBody(member.groupId, topic, { ...mine, groupInstanceId: "it" }),
    );
  const collecting = talk.quietly("JoinGroup", 3, joinBody(member.groupId), "b");
  const beat = { groupId: member.groupId, generationId: 1, memberId: member.memberId };
  await talk.until("Heartbeat", 2, beat, (answer) => answer.number("errorCode") === 27);
  await commit("of a member during a rebalance", commitBody(member.groupId, topic, mine));
  await talk.quietly("JoinGroup", 3, joinBody(member.groupId, member.memberId));
  await collecting;
  await commit("before the sync", commitBody(member.groupId, topic, { ...mine, generationIdOrMemberEpoch: 2 }));
  await talk.ask("what is left of that group", "OffsetFetch", 5, offsetsOf(member.groupId, [topic], 5));
}

async function fetchedOffsets(talk: Conversation, version: number): Promise<void> {
  const [topic, other] = [await makeTopic(talk, 2), await makeTopic(talk)];
  const groupId = talk.name("group");
  await talk.quietly("OffsetCommit", 6, commitBody(groupId, topic));
  await talk.quietly("OffsetCommit", 6, commitBody(groupId, other, {}, 12));
  const ask = (label: string, body: Body) => talk.ask(label, "OffsetFetch", version, body);
  await ask("some", offsetsOf(groupId, [topic], version));
  await ask("of two topics", offsetsOf(groupId, [topic, other], version, [0]));
  if (version >= 2) await ask("all", offsetsOf(groupId, null, version));
  await ask("of no topics", offsetsOf(groupId, [], version));
  await ask("of no partitions", offsetsOf(groupId, [topic], version, []));
  await ask("of partitions that are not there", offsetsOf(groupId, [topic], version, [5, -1]));
  await ask("of a topic twice", offsetsOf(groupId, [other, other], version, [0]));
  await ask("of a partition twice", offsetsOf(groupId, [other], version, [0, 0]));
  await ask(
    "of a topic that is not there",
    offsetsOf(groupId, [{ name: talk.name("nobody"), id: "c3RyYW5nZS1pZGVudGl0eQ" }], version),
  );
  await ask("of a group that is not there", offsetsOf(talk.name("group"), [topic], version));
  if (version >= 2) await ask("all of a group that is not there", offsetsOf(talk.name("group"), null, version));
  await ask("of the group without a name", offsetsOf("", [topic], version));
  if (version >= 7) await ask("stable ones", { ...offsetsOf(groupId, [topic], version), requireStable: true });
  if (version < 8) return;
  const [group] = offsetsOf(groupId, null, version).groups ?? [];
  const [empty] = offsetsOf(talk.name("group"), null, version).groups ?? [];
  await ask("of two groups", { groups: [group, empty], requireStable: false });
  await ask("of a group twice", { groups: [group, group], requireStable: false });
  await ask("of no groups", { groups: [], requireStable: false });
  const member = { memberId: "someone", memberEpoch: 3 };
  await ask("by a member nobody knows", offsetsOf(groupId, [topic], version, [0], member));
  const stable = await stableGroup(talk);
  await ask(
    "by a member",
    offsetsOf(stable.groupId, [topic], version, [0], { memberId: stable.memberId, memberEpoch: 1 }),
  );
  await ask(
    "by a member of an epoch before",
    offsetsOf(stable.groupId, [topic], version, [0], { memberId: stable.memberId, memberEpoch: 0 }),
  );
  await ask("by a member nobody knows, where there are some", offsetsOf(stable.groupId, [topic], version, [0], member));
}

async function deletedGroups(talk: Conversation, version: number): Promise<void> {
  const topic = await makeTopic(talk, 2);
  const groupId = talk.name("group");
  await talk.quietly("OffsetCommit", 6, commitBody(groupId, topic));
  const { groupId: busy, memberId } = await stableGroup(talk);
  await talk.quietly("OffsetCommit", 6, commitBody(busy, topic, { memberId, generationIdOrMemberEpoch: 1 }));
  const drop = (label: string, ...groupsNames: string[]) => talk.ask(label, "DeleteGroups", version, { groupsNames });
  const offsets = (label: string, group: string, name: string, ...partitions: number[]) =>
    talk.ask(label, "OffsetDelete", 0, {
      groupId: group,
      topics: [{ name, partitions: partitions.map((partitionIndex) => ({ partitionIndex })) }],
    });
  await drop("one with members", busy);
  await offsets("offsets of members that read the topic not", busy, topic.name, 0);
  await offsets("offsets of what members read", busy, "anything", 0);
  await offsets("of a partition without", groupId, topic.name, 1);
  await offsets("of a partition that is not there", groupId, topic.name, 7);
  await offsets("of a topic that is not there", groupId, talk.name("nobody"), 0);
  await offsets("of a group that is not there", talk.name("group"), topic.name, 0);
  await offsets("of the group without a name", "", topic.name, 0);
  await offsets("of a partition twice", groupId, topic.name, 0, 0);
  await talk.ask("what is left", "OffsetFetch", 5, offsetsOf(groupId, null, 5));
  await talk.ask("the group of no offsets", "DescribeGroups", 5, { groups: [groupId] });
  await talk.quietly("OffsetCommit", 6, commitBody(groupId, topic));
  await drop("one without", groupId);
  await drop("it again", groupId);
  await drop("one that is not there", talk.name("group"));
  await drop("the one without a name", "");
  await drop("none");
  await drop("one that is not there, twice", `${groupId}-2`, `${groupId}-2`);
  await talk.ask("what is left then", "OffsetFetch", 5, offsetsOf(groupId, null, 5));
}

async function describedGroups(talk: Conversation, version: number): Promise<void> {
  const { groupId } = await stableGroup(talk);
  const empty = talk.name("group");
  await talk.quietly("OffsetCommit", 6, commitBody(empty, await makeTopic(talk)));
  const ask = (label: string, ...groups: string[]) =>
    talk.ask(label, "DescribeGroups", version, { groups, includeAuthorizedOperations: false });
  await ask("one", groupId);
  await ask("one of offsets only", empty);
  await ask("one that is not there", talk.name("group"));
  await ask("the one without a name", "");
  await ask("none");
  await ask("two", groupId, empty);
  await ask("one twice", groupId, groupId);
  if (version < 3) return;
  await talk.ask("with operations", "DescribeGroups", version, {
    groups: [groupId, ""],
    includeAuthorizedOperations: true,
  });
}

async function listedGroups(talk: Conversation, version: number): Promise<void> {
  await stableGroup(talk);
  await stableGroup(talk, { protocolType: "connect", protocols: [{ name: "sessioned", metadata: subscription }] });
  await talk.quietly("OffsetCommit", 6, commitBody(talk.name("group"), await makeTopic(talk)));
  await talk.ask("all", "ListGroups", version, {});
  if (version < 4) return;
  for (const states of [
    ["Stable"],
    ["Empty"],
    ["empty"],
    ["stable", "EMPTY"],
    ["Nonsense"],
    [""],
    ["Dead"],
    ["PreparingRebalance"],
    ["Assigning"],
  ]) {
    await talk.ask(`states ${states.join(" and ")}`, "ListGroups", version, { statesFilter: states });
  }
  if (version < 5) return;
  for (const types of [
    ["classic"],
    ["Classic"],
    ["consumer"],
    ["share"],
    ["streams"],
    ["nonsense"],
    [""],
    ["classic", "consumer"],
  ]) {
    await talk.ask(`types ${types.join(" and ")}`, "ListGroups", version, { typesFilter: types });
  }
  await talk.ask("a state and a type", "ListGroups", version, { statesFilter: ["Empty"], typesFilter: ["classic"] });
}
