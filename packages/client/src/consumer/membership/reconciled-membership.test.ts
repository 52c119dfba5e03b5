import { describe, expect, it } from "vitest";
import { kindsOf, read, setUp as setUpGroup } from "../consumer.test-kit.js";
import { ScriptedCoordinator } from "./scripted-coordinator.test-kit.js";

function setUp(options: Parameters<typeof setUpGroup>[0] = {}) {
  const made = setUpGroup(options);
  const coordinator = new ScriptedCoordinator(made.cluster);
  const consumer: typeof made.consumer = (own, name) => made.consumer({ groupProtocol: "consumer", ...own }, name);
  return { ...made, coordinator, consumer };
}

describe("a member of a group whose coordinator divides it", () => {
  it("joins, reads, commits under its epoch, and leaves", async () => {
    const { world, coordinator, log, consumer, changes } = setUp();
    log.append("a", "b");
    const reader = consumer({ rebalanceTimeoutMs: 60_000, rack: "r1", serverAssignor: "range" });
    expect(await world.finish(read(reader, 2))).toEqual(["a", "b"]);
    expect(reader.groupMetadata()).toMatchObject({ generation: 1 });
    expect(reader.health().membership).toBe("stable");
    await world.finish(reader.close());
    expect(coordinator.committed.get("orders-0")).toBe(2);
    expect(coordinator.members.size).toBe(0);
    expect(changes).toEqual(["assigned 0", "revoked 0"]);
    const [joined, acknowledged] = coordinator.heartbeats;
    expect(joined).toMatchObject({
      memberEpoch: 0,
      rebalanceTimeoutMs: 60_000,
      rackId: "r1",
      serverAssignor: "range",
      subscribedTopicNames: ["orders"],
      topicPartitions: [],
    });
    expect(acknowledged).toMatchObject({
      memberId: joined?.memberId,
      memberEpoch: 1,
      rebalanceTimeoutMs: -1,
      serverAssignor: null,
      subscribedTopicNames: null,
      topicPartitions: [{ partitions: [0] }],
    });
    expect(coordinator.heartbeats.at(-1)).toMatchObject({ memberEpoch: -1 });
    await world.advance(10_000);
    expect(world.pendingTimers).toBe(0);
  });

  it("finds a coordinator that moved before it leaves", async () => {
    const { world, coordinator, log, consumer } = setUp();
    log.append("a");
    const reader = consumer();
    expect(await world.finish(read(reader, 1))).toEqual(["a"]);
    await world.finish(reader.commit());
    coordinator.refusals.set("ConsumerGroupHeartbeat", ["NOT_COORDINATOR", "COORDINATOR_LOAD_IN_PROGRESS"]);
    await world.finish(reader.close());
    expect(coordinator.members.size).toBe(0);
  });

  it("sends nothing but itself while nothing changes", async () => {
    const { world, coordinator, consumer } = setUp();
    const reader = consumer();
    void read(reader, 1);
    await world.advance(500);
    const before = coordinator.heartbeats.length;
    await world.advance(3_500);
    const beats = coordinator.heartbeats.slice(before);
    expect(beats.length).toBeGreaterThanOrEqual(3);
    for (const beat of beats) expect(beat).toMatchObject({ subscribedTopicNames: null, topicPartitions: null });
    await world.finish(reader.close());
  });

  it("gives up and commits what another is to have, and only that", async () => {
    const { world, group, coordinator, consumer, changes } = setUp({ partitions: 4 });
    for (let partition = 0; partition < 4; partition += 1) group.log("orders", partition).append(`${partition}a`);
    const first = consumer({}, "first");
    await world.finish(read(first, 4));
    const second = consumer({}, "second");
    void read(second, 10);
    await world.advance(5_000);
    const had = changes.filter((change) => change.startsWith("first revoked"));
    const got = changes.filter((change) => change.startsWith("second assigned"));
    expect([had.length, got.length]).toEqual([1, 1]);
    expect(had[0]?.slice("first revoked".length)).toBe(got[0]?.slice("second assigned".length));
    expect([first, second].map((each) => each.health().partitions.length)).toEqual([2, 2]);
    for (const { partition } of second.health().partitions) {
      expect(coordinator.committed.get(`orders-${partition}`)).toBe(1);
    }
    await world.finish(first.close());
    await world.advance(5_000);
    expect(second.health().partitions).toHaveLength(4);
    await world.finish(second.close());
  });

  it.each(["FENCED_MEMBER_EPOCH", "UNKNOWN_MEMBER_ID"] as const)("by %s loses all, and joins anew", async (code) => {
    const { world, coordinator, log, consumer, changes } = setUp();
    log.append("a");
    const reader = consumer();
    await world.finish(read(reader, 1));
    coordinator.expel([...coordinator.members.keys()][0] ?? "");
    coordinator.refusals.set("ConsumerGroupHeartbeat", [code]);
    await world.advance(3_000);
    expect(changes).toEqual(["assigned 0", "lost 0", "assigned 0"]);
    const ids = new Set(coordinator.heartbeats.map(({ memberId }) => memberId));
    expect(ids.size).toBe(1);
    await world.finish(reader.close());
  });

  it("tells everything again after an answer that was lost", async () => {
    const { world, cluster, coordinator, consumer, events } = setUp();
    const reader = consumer();
    void read(reader, 1);
    await world.advance(500);
    let isLost = false;
    cluster.fault = ({ api }) => {
      if (api !== "ConsumerGroupHeartbeat" || isLost) return undefined;
      isLost = true;
      return "loseAnswer";
    };
    await world.advance(5_000);
    const full = coordinator.heartbeats.filter(({ subscribedTopicNames }) => subscribedTopicNames !== null);
    expect(full).toHaveLength(2);
    expect(full[1]).toMatchObject({ memberEpoch: 1, topicPartitions: [{ partitions: [0] }] });
    expect(kindsOf(events)).toContain("retrying");
    expect(reader.health().membership).toBe("stable");
    await world.finish(reader.close());
  });

  it("commits again under the epoch that came meanwhile", async () => {
    const { world, coordinator, log, consumer } = setUp();
    log.append("a");
    const reader = consumer();
    await world.finish(read(reader, 1));
    coordinator.refusals.set("OffsetCommit", ["STALE_MEMBER_EPOCH"]);
    await world.finish(reader.close());
    expect(coordinator.committed.get("orders-0")).toBe(1);
  });

  it("looks for its offsets again when its epoch was too old for them", async () => {
    const { world, coordinator, log, consumer } = setUp();
    log.append("a", "b");
    coordinator.committed.set("orders-0", 1);
    coordinator.refusals.set("OffsetFetch", ["STALE_MEMBER_EPOCH"]);
    const reader = consumer();
    expect(await world.finish(read(reader, 1))).toEqual(["b"]);
    await world.finish(reader.close());
  });

  it("keeps a static member's place while it is away", async () => {
    const { world, coordinator, consumer } = setUp();
    const one = consumer({ groupInstanceId: "i" });
    void read(one, 1);
    await world.advance(500);
    await world.finish(one.close());
    expect(coordinator.heartbeats.at(-1)).toMatchObject({ memberEpoch: -2, instanceId: "i" });
    expect([...coordinator.members.values()]).toMatchObject([{ epoch: -2 }]);
    const two = consumer({ groupInstanceId: "i" });
    void read(two, 1);
    await world.advance(500);
    expect(two.health().partitions).toHaveLength(1);
    // A third, while the second is alive, waits until the second could be dead, and then says so.
    const three = consumer({ groupInstanceId: "i", sessionTimeoutMs: 10_000 });
    const reading = expect(read(three, 1)).rejects.toMatchObject({
      name: "GroupMembershipError",
      code: "UNRELEASED_INSTANCE_ID",
    });
    await world.advance(40_000);
    await reading;
    await world.finish(Promise.all([two.close(), three.close()]));
  });

  it.each([
    { title: "has never heard of it", version: undefined },
    { title: "has only the early form of it", version: { minVersion: 0, maxVersion: 0 } },
  ])("says what to do when the broker $title", async ({ version }) => {
    const { world, cluster, coordinator, consumer } = setUp();
    if (version === undefined) coordinator.refusals.set("ConsumerGroupHeartbeat", ["UNSUPPORTED_VERSION"]);
    else cluster.versions.set("ConsumerGroupHeartbeat", version);
    const reader = consumer();
    await expect(world.finish(read(reader, 1))).rejects.toThrow(
      /UNSUPPORTED_VERSION.*group "g".*KIP-848.*use groupProtocol: "classic"/,
    );
    await world.finish(reader.close());
  });

  it("leaves when the application takes too long, and comes back", async () => {
    const { world, coordinator, log, consumer, changes } = setUp();
    log.append("a", "b");
    const reader = consumer({ maxPollIntervalMs: 5_000 });
    const iterator = reader[Symbol.asyncIterator]();
    await world.finish(iterator.next());
    await world.advance(6_000);
    expect(changes).toEqual(["assigned 0", "lost 0"]);
    expect(coordinator.members.size).toBe(0);
    expect((await world.finish(iterator.next())).value).toMatchObject({ value: "a" });
    await world.finish(reader.close());
  });

  it.each([
    { groupProtocol: "consumer", assignors: ["range"] } as const,
    { groupProtocol: "classic", serverAssignor: "range" } as const,
  ])("is not mixed with what belongs to the other protocol: %o", (options) => {
    expect(() => setUp().consumer(options)).toThrow(/means nothing with groupProtocol/);
  });
});
