import {
  apis,
  consumerProtocol,
  decodeResponse,
  encodeRequest,
  errorCodeOf,
  type JoinGroupRequestInput,
  type OffsetCommitRequestInput,
  type ProtocolErrorCode,
  zeroUuid,
} from "@ottla/protocol";
import { describe, expect, it } from "vitest";
import { clientOf, createTopic, memoryBroker, type TestTopic, untilBegun } from "../broker.test-kit.js";
import type { RawClient } from "../server/raw-client.test-kit.js";

const group = "billing";
const subscription = (topic: string) => consumerProtocol.encodeSubscription({ topics: [topic], ownedPartitions: [] });
const joinBody = (overrides: Partial<JoinGroupRequestInput> = {}): JoinGroupRequestInput => ({
  groupId: group,
  sessionTimeoutMs: 10_000,
  rebalanceTimeoutMs: 10_000,
  memberId: "",
  protocolType: "consumer",
  protocols: [{ name: "range", metadata: subscription("orders") }],
  ...overrides,
});

async function join(client: RawClient, overrides: Partial<JoinGroupRequestInput> = {}, version = 5) {
  const first = await client.request(apis.JoinGroup, version, joinBody(overrides));
  if (errorCodeOf(first.errorCode) !== "MEMBER_ID_REQUIRED") return first;
  return client.request(apis.JoinGroup, version, joinBody({ ...overrides, memberId: first.memberId }));
}

const sync = (client: RawClient, memberId: string, generationId: number, given: Record<string, string> = {}) => {
  const assignments = Object.entries(given).map(([id, text]) => ({ memberId: id, assignment: Buffer.from(text) }));
  return client.request(apis.SyncGroup, 3, { groupId: group, generationId, memberId, assignments });
};

async function stableMember(client: RawClient): Promise<string> {
  const { memberId, generationId } = await join(client);
  await sync(client, memberId, generationId, { [memberId]: "all" });
  return memberId;
}

type CommittedPartition = OffsetCommitRequestInput["topics"][number]["partitions"][number];
const partition = (overrides: Partial<CommittedPartition> = {}): CommittedPartition => ({
  partitionIndex: 0,
  committedOffset: 5,
  committedMetadata: "note",
  ...overrides,
});

async function commit(
  client: RawClient,
  version: number,
  { name, id }: TestTopic,
  partitions: readonly CommittedPartition[] = [partition()],
  overrides: Partial<OffsetCommitRequestInput> = {},
): Promise<readonly ProtocolErrorCode[]> {
  const topic = version >= 10 ? { topicId: id, partitions } : { name, partitions };
  const body = { groupId: group, memberId: "", topics: [topic], ...overrides };
  const { topics } = await client.request(apis.OffsetCommit, version, body);
  return topics.flatMap((answer) => answer.partitions.map(({ errorCode }) => errorCodeOf(errorCode)));
}

async function fetchAll(client: RawClient, groupId = group) {
  const { groups } = await client.request(apis.OffsetFetch, 8, { groups: [{ groupId, topics: null }] });
  return groups[0]?.topics.map(({ name, partitions }) => [name, partitions.map((each) => each.committedOffset)]);
}

const describeOne = async (client: RawClient, groupId = group, version = 6) => {
  const { groups } = await client.request(apis.DescribeGroups, version, { groups: [groupId] });
  return groups[0];
};

describe("FindCoordinator", () => {
  it.each([0, 1, 2, 3])("tells this node, in version %i", async (version) => {
    const { broker, client } = await memoryBroker();
    const found = await client.request(apis.FindCoordinator, version, { key: group });
    expect(found).toMatchObject({ errorCode: 0, nodeId: broker.nodeId, host: "127.0.0.1", port: broker.port });
  });
  it.each([4, 5, 6])("tells it for several groups, in version %i", async (version) => {
    const { broker, client } = await memoryBroker();
    const { coordinators } = await client.request(apis.FindCoordinator, version, { coordinatorKeys: ["a", "b"] });
    expect(coordinators.map(({ key, port, errorCode }) => [key, port, errorCode])).toEqual([
      ["a", broker.port, 0],
      ["b", broker.port, 0],
    ]);
  });
  it("creates the topic of offsets", async () => {
    const { client } = await memoryBroker();
    await client.request(apis.FindCoordinator, 0, { key: group });
    const { topics } = await client.request(apis.Metadata, 1, { topics: null });
    expect(topics).toMatchObject([{ name: "__consumer_offsets", isInternal: true }]);
    expect(topics[0]?.partitions).toHaveLength(4);
  });
  it("tells the address of the listener it was asked on", async () => {
    const { broker } = await memoryBroker({
      listeners: [
        { name: "INSIDE", port: 0 },
        { name: "OUTSIDE", port: 0, advertised: { host: "kafka.example", port: 9 } },
      ],
    });
    const bound = broker.listeners.get("INSIDE");
    const inside = await clientOf(broker);
    const found = await inside.request(apis.FindCoordinator, 2, { key: group });
    expect(found).toMatchObject({ host: bound?.host, port: bound?.port });
  });
  it("refuses other kinds of coordinators", async () => {
    const { client } = await memoryBroker();
    const found = await client.request(apis.FindCoordinator, 3, { key: "tx", keyType: 3 });
    expect(found).toMatchObject({ errorCode: 42, nodeId: -1, host: "", port: -1 });
  });
});

describe("a member's life", () => {
  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])("goes from JoinGroup v%i to leaving", async (version) => {
    const { client } = await memoryBroker();
    const joined = await join(client, {}, version);
    expect(joined).toMatchObject({ errorCode: 0, generationId: 1, protocolName: "range", leader: joined.memberId });
    expect(joined.members.map(({ memberId }) => memberId)).toEqual([joined.memberId]);
    expect(joined.protocolType).toBe(version >= 7 ? "consumer" : null);
    const { memberId } = joined;
    const member = { groupId: group, generationId: 1, memberId };
    const synced = await client.request(apis.SyncGroup, 5, {
      ...member,
      protocolType: "consumer",
      protocolName: "range",
      assignments: [{ memberId, assignment: Buffer.from("all") }],
    });
    expect(synced).toMatchObject({ errorCode: 0, protocolType: "consumer", protocolName: "range" });
    expect(String(synced.assignment)).toBe("all");
    for (const beat of [0, 1, 2, 3, 4]) expect((await client.request(apis.Heartbeat, beat, member)).errorCode).toBe(0);
    expect(await client.request(apis.LeaveGroup, 1, { groupId: group, memberId })).toMatchObject({ errorCode: 0 });
    expect(await describeOne(client)).toMatchObject({ groupState: "Empty", protocolType: "consumer", members: [] });
  });
  it("is shared by two, the second parked until the first joins again, without holding up others", async () => {
    const { broker, client: first } = await memoryBroker();
    const second = await clientOf(broker);
    const a = await stableMember(first);
    const joining = join(second, {}, 3);
    await untilBegun(broker, first, "JoinGroup", 3);
    const beat = { groupId: group, generationId: 1, memberId: a };
    expect(errorCodeOf((await first.request(apis.Heartbeat, 3, beat)).errorCode)).toBe("REBALANCE_IN_PROGRESS");
    const again = await join(first, { memberId: a });
    const joined = await joining;
    expect([again.generationId, joined.generationId, joined.leader]).toEqual([2, 2, a]);
    expect(again.members.map(({ memberId }) => memberId)).toEqual([a, joined.memberId]);
    const waiting = sync(second, joined.memberId, 2);
    await untilBegun(broker, first, "SyncGroup", 2);
    await sync(first, a, 2, { [a]: "left", [joined.memberId]: "right" });
    expect(String((await waiting).assignment)).toBe("right");
  });
  it("ends with its connection's broker, told so", async () => {
    const { broker, client } = await memoryBroker();
    const other = await clientOf(broker);
    await stableMember(client);
    const parked = join(other, {}, 3);
    await untilBegun(broker, client, "JoinGroup", 3);
    const closing = broker.close();
    expect(errorCodeOf((await parked).errorCode)).toBe("COORDINATOR_NOT_AVAILABLE");
    await closing;
  });
});

describe("JoinGroup", () => {
  it.each([
    { title: "an empty group id", request: { groupId: "" }, error: "INVALID_GROUP_ID" },
    { title: "a short session", request: { sessionTimeoutMs: 5999 }, error: "INVALID_SESSION_TIMEOUT" },
    { title: "a long session", request: { sessionTimeoutMs: 1_800_001 }, error: "INVALID_SESSION_TIMEOUT" },
    { title: "no protocols", request: { protocols: [] }, error: "INCONSISTENT_GROUP_PROTOCOL" },
    { title: "an unknown member", request: { memberId: "x" }, error: "UNKNOWN_MEMBER_ID" },
  ])("refuses $title", async ({ request, error }) => {
    const { client } = await memoryBroker();
    const answer = await client.request(apis.JoinGroup, 7, joinBody(request));
    expect(answer).toMatchObject({ generationId: -1, protocolType: null, protocolName: null, members: [] });
    expect(errorCodeOf(answer.errorCode)).toBe(error);
  });
  it.each(["groupId", "groupInstanceId", "protocolType", "clientId"])(
    "refuses a %s too long for a record once read",
    async (name) => {
      const { client } = await memoryBroker();
      const long = "\u0001".repeat(32_767);
      const frame = await client.exchange((correlationId) => {
        const header = { correlationId, clientId: name === "clientId" ? long : "test" };
        const request = encodeRequest(apis.JoinGroup, 7, header, joinBody(name === "clientId" ? {} : { [name]: long }));
        // No UTF-8: each byte is read as a character that takes three.
        const bytes = Buffer.concat(request);
        return bytes.fill(0xff, bytes.indexOf(long), bytes.indexOf(long) + long.length);
      });
      const answer = decodeResponse(apis.JoinGroup, 7, frame);
      expect(errorCodeOf(answer.errorCode)).toBe("INVALID_REQUEST");
    },
  );
  it("gives ids that name the client", async () => {
    const { client } = await memoryBroker();
    const answer = await client.request(apis.JoinGroup, 4, joinBody(), "shop");
    expect(answer.memberId).toMatch(/^shop-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const statics = await join(client, { groupId: "other", groupInstanceId: "till-3" });
    expect(statics.memberId).toMatch(/^till-3-/);
  });
  it("waits for further members where it is told to", async () => {
    const { client } = await memoryBroker({ config: { "group.initial.rebalance.delay.ms": 50 } });
    const before = performance.now();
    expect((await join(client, {}, 3)).generationId).toBe(1);
    expect(performance.now() - before).toBeGreaterThan(45);
  });
});

describe("SyncGroup", () => {
  it("wants protocol type and name from version 5 on", async () => {
    const { client } = await memoryBroker();
    const body = { groupId: group, generationId: 1, memberId: "m", assignments: [] };
    expect(errorCodeOf((await client.request(apis.SyncGroup, 5, body)).errorCode)).toBe("INCONSISTENT_GROUP_PROTOCOL");
    expect(errorCodeOf((await client.request(apis.SyncGroup, 4, body)).errorCode)).toBe("UNKNOWN_MEMBER_ID");
  });
});

describe("LeaveGroup", () => {
  it("answers each member by itself from version 3 on", async () => {
    const { client } = await memoryBroker();
    const memberId = await stableMember(client);
    const answer = await client.request(apis.LeaveGroup, 5, {
      groupId: group,
      members: [{ memberId: "x" }, { memberId, reason: "done" }, { memberId: "", groupInstanceId: "i" }],
    });
    expect(answer).toMatchObject({
      errorCode: 0,
      members: [
        { memberId: "x", groupInstanceId: null, errorCode: 25 },
        { memberId, groupInstanceId: null, errorCode: 0 },
        { memberId: "", groupInstanceId: "i", errorCode: 25 },
      ],
    });
  });
  it("of a group that is not there knows none of its members", async () => {
    const { client } = await memoryBroker();
    expect(await client.request(apis.LeaveGroup, 2, { groupId: group, memberId: "m" })).toMatchObject({
      errorCode: 25,
    });
    const members = [{ memberId: "m" }];
    expect(await client.request(apis.LeaveGroup, 3, { groupId: group, members })).toMatchObject({
      errorCode: 0,
      members: [{ memberId: "m", errorCode: 25 }],
    });
  });
});

describe("OffsetCommit and OffsetFetch", () => {
  it.each([2, 3, 4, 5, 6, 7, 8, 9, 10])(
    "bring back offset, epoch and text, committed in version %i",
    async (version) => {
      const { client } = await memoryBroker();
      const orders = await createTopic(client, "orders", { partitions: 2 });
      const epoch = version >= 6 ? { committedLeaderEpoch: 3 } : {};
      const committed = partition({ ...epoch, committedMetadata: "é" });
      expect(await commit(client, version, orders, [committed])).toEqual(["NONE"]);
      const found = {
        partitionIndex: 0,
        committedOffset: 5,
        committedLeaderEpoch: version >= 6 ? 3 : -1,
        metadata: "é",
        errorCode: 0,
      };
      const missing = { partitionIndex: 1, committedOffset: -1, committedLeaderEpoch: -1, metadata: "", errorCode: 0 };
      for (const read of [1, 2, 3, 4, 5, 6, 7]) {
        const topics = [{ name: "orders", partitionIndexes: [0, 1] }];
        const answer = await client.request(apis.OffsetFetch, read, { groupId: group, topics });
        const expected = read >= 5 ? found : { ...found, committedLeaderEpoch: -1 };
        expect(answer).toMatchObject({ errorCode: 0, topics: [{ name: "orders", partitions: [expected, missing] }] });
      }
      for (const read of [8, 9, 10]) {
        const named = read >= 10 ? { topicId: orders.id } : { name: "orders" };
        const topics = [{ ...named, partitionIndexes: [0, 1] }];
        const { groups } = await client.request(apis.OffsetFetch, read, {
          groups: [
            { groupId: group, topics },
            { groupId: group, topics: null },
          ],
          requireStable: true,
        });
        expect(groups).toMatchObject([
          { errorCode: 0, topics: [{ ...named, partitions: [found, missing] }] },
          { errorCode: 0, topics: [{ ...named, partitions: [found] }] },
        ]);
      }
    },
  );
  it("judge each partition by itself", async () => {
    const { client } = await memoryBroker();
    const orders = await createTopic(client, "orders");
    const long = partition({ committedMetadata: "x".repeat(4097) });
    expect(await commit(client, 8, orders, [partition({ partitionIndex: 3 }), long])).toEqual([
      "UNKNOWN_TOPIC_OR_PARTITION",
      "OFFSET_METADATA_TOO_LARGE",
    ]);
    expect(await commit(client, 8, orders, [long, partition()])).toEqual(["OFFSET_METADATA_TOO_LARGE", "NONE"]);
    expect(await commit(client, 9, { name: "missing", id: zeroUuid })).toEqual(["UNKNOWN_TOPIC_OR_PARTITION"]);
    const unknown = { name: "", id: "AAAAAAAAAAAAAAAAAAAAZw" };
    expect(await commit(client, 10, unknown)).toEqual(["UNKNOWN_TOPIC_ID"]);
    const topics = [{ topicId: unknown.id, partitionIndexes: [0] }];
    const { groups } = await client.request(apis.OffsetFetch, 10, { groups: [{ groupId: group, topics }] });
    expect(groups[0]?.topics[0]?.partitions[0]?.errorCode).toBe(100);
  });
  it("know the current members of a group, and nobody else", async () => {
    const { client } = await memoryBroker();
    const orders = await createTopic(client, "orders");
    const memberId = await stableMember(client);
    const by = (generationIdOrMemberEpoch: number, id = memberId) => ({ generationIdOrMemberEpoch, memberId: id });
    expect(await commit(client, 8, orders, [partition()], by(1))).toEqual(["NONE"]);
    expect(await commit(client, 8, orders, [partition()], by(0))).toEqual(["ILLEGAL_GENERATION"]);
    expect(await commit(client, 8, orders, [partition()], by(1, "x"))).toEqual(["UNKNOWN_MEMBER_ID"]);
    expect(await commit(client, 8, orders, [partition()], by(-1, ""))).toEqual(["UNKNOWN_MEMBER_ID"]);
    const elsewhere = { ...by(1), groupId: "missing" };
    expect(await commit(client, 8, orders, [partition()], elsewhere)).toEqual(["ILLEGAL_GENERATION"]);
    expect(await commit(client, 9, orders, [partition()], elsewhere)).toEqual(["GROUP_ID_NOT_FOUND"]);
  });
  it("forget offsets with their topic", async () => {
    const { client } = await memoryBroker();
    const orders = await createTopic(client, "orders");
    const kept = await createTopic(client, "kept");
    await commit(client, 8, orders);
    await commit(client, 8, kept);
    await client.request(apis.DeleteTopics, 5, { topicNames: ["orders"], timeoutMs: 1000 });
    expect(await fetchAll(client)).toEqual([["kept", [5]]]);
    await createTopic(client, "orders");
    expect(await fetchAll(client)).toEqual([["kept", [5]]]);
  });
  it("work for an empty group id", async () => {
    const { client } = await memoryBroker();
    const orders = await createTopic(client, "orders");
    expect(await commit(client, 8, orders, [partition()], { groupId: "" })).toEqual(["NONE"]);
    expect(await fetchAll(client, "")).toEqual([["orders", [5]]]);
  });
});

describe("DescribeGroups and ListGroups", () => {
  it("show a stable group with what its members said and got", async () => {
    const { client } = await memoryBroker();
    const memberId = await stableMember(client);
    const { groups } = await client.request(apis.DescribeGroups, 5, {
      groups: [group, "missing"],
      includeAuthorizedOperations: true,
    });
    expect(groups).toMatchObject([
      {
        errorCode: 0,
        groupId: group,
        groupState: "Stable",
        protocolType: "consumer",
        protocolData: "range",
        authorizedOperations: 3400,
        members: [{ memberId, groupInstanceId: null, clientId: "test", clientHost: "/127.0.0.1" }],
      },
      { errorCode: 0, groupId: "missing", groupState: "Dead", protocolType: "", members: [] },
    ]);
    expect(groups[0]?.members[0]?.memberMetadata).toEqual(subscription("orders"));
    expect(String(groups[0]?.members[0]?.memberAssignment)).toBe("all");
    expect(await describeOne(client, "missing")).toMatchObject({ errorCode: 69, groupState: "Dead" });
  });
  it.each([
    { title: "all", filter: {}, found: [group, "simple"] },
    { title: "those in a state, whatever its case", filter: { statesFilter: ["stable"] }, found: [group] },
    { title: "those of a type", filter: { typesFilter: ["Classic"] }, found: [group, "simple"] },
    { title: "none of another type", filter: { typesFilter: ["consumer"] }, found: [] },
    { title: "none in an unknown state", filter: { statesFilter: ["Odd"] }, found: [] },
  ])("list $title", async ({ filter, found }) => {
    const { client } = await memoryBroker();
    const orders = await createTopic(client, "orders");
    await stableMember(client);
    await commit(client, 8, orders, [partition()], { groupId: "simple" });
    const listed = await client.request(apis.ListGroups, 5, { statesFilter: [], typesFilter: [], ...filter });
    expect(listed.groups.map(({ groupId }) => groupId).sort()).toEqual(found);
    for (const each of listed.groups) {
      const isSimple = each.groupId === "simple";
      expect(each).toMatchObject({
        protocolType: isSimple ? "" : "consumer",
        groupState: isSimple ? "Empty" : "Stable",
        groupType: "classic",
      });
    }
  });
});

describe("DeleteGroups and OffsetDelete", () => {
  it("take empty groups away, and answer a name given twice once", async () => {
    const { client } = await memoryBroker();
    const orders = await createTopic(client, "orders");
    await stableMember(client);
    await commit(client, 8, orders, [partition()], { groupId: "simple" });
    const groupsNames = [group, "simple", "missing", "simple"];
    const { results } = await client.request(apis.DeleteGroups, 2, { groupsNames });
    expect(results.map(({ groupId, errorCode }) => [groupId, errorCodeOf(errorCode)])).toEqual([
      [group, "NON_EMPTY_GROUP"],
      ["simple", "NONE"],
      ["missing", "GROUP_ID_NOT_FOUND"],
    ]);
    expect(await fetchAll(client, "simple")).toEqual([]);
  });
  it("take offsets away of partitions nobody reads", async () => {
    const { client } = await memoryBroker();
    const orders = await createTopic(client, "orders");
    const old = await createTopic(client, "old");
    const memberId = await stableMember(client);
    const by = { generationIdOrMemberEpoch: 1, memberId };
    await commit(client, 8, orders, [partition()], by);
    await commit(client, 8, old, [partition()], by);
    const topics = ["orders", "old", "missing"].map((name) => ({ name, partitions: [{ partitionIndex: 0 }] }));
    const answer = await client.request(apis.OffsetDelete, 0, { groupId: group, topics });
    const errors = answer.topics.map(({ name, partitions }) => [name, errorCodeOf(partitions[0]?.errorCode ?? -1)]);
    expect(errors).toEqual([
      ["missing", "UNKNOWN_TOPIC_OR_PARTITION"],
      ["orders", "GROUP_SUBSCRIBED_TO_TOPIC"],
      ["old", "NONE"],
    ]);
    expect(await fetchAll(client)).toEqual([["orders", [5]]]);
    const unknown = await client.request(apis.OffsetDelete, 0, { groupId: "missing", topics });
    expect(unknown).toMatchObject({ errorCode: 69, topics: [] });
  });
});
