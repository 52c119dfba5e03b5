import type { FieldScene } from "./field-cases.js";
import { commitBody, joinBody, makeTopic, stableGroup } from "./scene.js";

// A first join with these is never answered by Kafka: see the subscription in scene.ts.
const garbage = /^protocols\.metadata=(no bytes|one byte)|^protocols=first twice/;

// Commits make the group without a name, which is the same for all cases.
const nameless = /^groupId=empty/;

/** The APIs of groups and their offsets. */
export const groupFields: readonly FieldScene[] = [
  { api: "FindCoordinator", versions: [0, 3], body: (talk) => ({ key: talk.name("group"), keyType: 0 }) },
  {
    api: "FindCoordinator",
    versions: [4, 99],
    body: (talk) => ({ keyType: 0, coordinatorKeys: [talk.name("group")] }),
  },
  { api: "JoinGroup", leftAlone: garbage, isUsedUp: true, body: (talk) => joinBody(talk.name("group")) },
  {
    api: "JoinGroup",
    called: "of a static member",
    versions: [5, 99],
    leftAlone: garbage,
    isUsedUp: true,
    body: (talk) => joinBody(talk.name("group"), "", { groupInstanceId: talk.name("instance") }),
  },
  {
    api: "SyncGroup",
    isUsedUp: true,
    async body(talk) {
      const groupId = talk.name("group");
      const joined = await talk.quietly("JoinGroup", 3, joinBody(groupId));
      const memberId = joined.text("memberId");
      const generationId = joined.number("generationId");
      const assignments = [{ memberId, assignment: Buffer.from("yours") }];
      const protocol = { protocolType: "consumer", protocolName: "range" };
      return { groupId, generationId, memberId, groupInstanceId: null, ...protocol, assignments };
    },
  },
  {
    api: "Heartbeat",
    body: async (talk) => ({ ...(await stableGroup(talk)), groupInstanceId: null }),
  },
  {
    api: "LeaveGroup",
    versions: [0, 2],
    isUsedUp: true,
    async body(talk) {
      const { groupId, memberId } = await stableGroup(talk);
      return { groupId, memberId };
    },
  },
  {
    api: "LeaveGroup",
    versions: [3, 99],
    isUsedUp: true,
    async body(talk) {
      const { groupId, memberId } = await stableGroup(talk);
      return { groupId, members: [{ memberId, groupInstanceId: null, reason: null }] };
    },
  },
  {
    api: "DescribeGroups",
    async body(talk) {
      const { groupId } = await stableGroup(talk);
      return { groups: [groupId], includeAuthorizedOperations: false };
    },
  },
  {
    api: "ListGroups",
    async body(talk) {
      await stableGroup(talk);
      return { statesFilter: ["Stable"], typesFilter: ["classic"] };
    },
  },
  {
    api: "OffsetCommit",
    leftAlone: nameless,
    body: async (talk) => commitBody(talk.name("group"), await makeTopic(talk)),
  },
  {
    api: "OffsetCommit",
    called: "of a member",
    versions: [5, 99],
    async body(talk) {
      const { groupId, memberId, generationId } = await stableGroup(talk);
      return commitBody(groupId, await makeTopic(talk), { memberId, generationIdOrMemberEpoch: generationId });
    },
  },
  {
    api: "OffsetFetch",
    versions: [0, 7],
    async body(talk) {
      const [groupId, topic] = [talk.name("group"), await makeTopic(talk, 2)];
      await talk.quietly("OffsetCommit", 6, commitBody(groupId, topic));
      return { groupId, topics: [{ name: topic.name, partitionIndexes: [0] }], requireStable: false };
    },
  },
  {
    api: "OffsetFetch",
    versions: [8, 99],
    async body(talk) {
      const [groupId, topic] = [talk.name("group"), await makeTopic(talk, 2)];
      await talk.quietly("OffsetCommit", 6, commitBody(groupId, topic));
      const topics = [{ name: topic.name, topicId: topic.id, partitionIndexes: [0] }];
      return { groups: [{ groupId, memberId: null, memberEpoch: -1, topics }], requireStable: false };
    },
  },
  {
    api: "DeleteGroups",
    isUsedUp: true,
    async body(talk) {
      const groupId = talk.name("group");
      await talk.quietly("OffsetCommit", 6, commitBody(groupId, await makeTopic(talk)));
      return { groupsNames: [groupId] };
    },
  },
  {
    api: "OffsetDelete",
    isUsedUp: true,
    async body(talk) {
      const [groupId, topic] = [talk.name("group"), await makeTopic(talk)];
      await talk.quietly("OffsetCommit", 6, commitBody(groupId, topic));
      return { groupId, topics: [{ name: topic.name, partitions: [{ partitionIndex: 0 }] }] };
    },
  },
];
