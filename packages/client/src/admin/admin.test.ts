import { apis, protocolErrors } from "@ottla/protocol";
import { describe, expect, it } from "vitest";
import { Kafka } from "../kafka.js";
import { ScriptedCluster } from "../network/scripted-cluster.test-kit.js";
import { ManualWorld } from "../world/manual-world.test-kit.js";

const wire = (code: keyof typeof protocolErrors): number => protocolErrors[code].wire;

const setUp = (nodes: readonly number[] = [1, 2]) => {
  const world = new ManualWorld();
  const cluster = new ScriptedCluster(world.network, nodes);
  const admin = new Kafka({ brokers: cluster.bootstrap, world }).admin();
  return { world, cluster, admin };
};

describe("admin", () => {
  it("answers an outcome for each topic, failures included", async () => {
    const { world, cluster, admin } = setUp();
    cluster.on(apis.CreateTopics, ({ topics }) => ({
      topics: topics.map(({ name, numPartitions }) => ({
        name,
        errorCode: name === "old" ? wire("TOPIC_ALREADY_EXISTS") : 0,
        errorMessage: name === "old" ? "it is there" : null,
        numPartitions,
      })),
    }));
    const created = await world.finish(
      admin.topics.create([{ name: "old" }, { name: "new", partitions: 3, config: { "retention.ms": 1 } }]),
    );
    expect(created).toMatchObject([
      { name: "old", error: { code: "TOPIC_ALREADY_EXISTS", message: expect.stringContaining("it is there") } },
      { name: "new", partitions: 3, error: undefined },
    ]);
    expect(cluster.requests(apis.CreateTopics)[0]?.body).toMatchObject({
      topics: [
        { name: "old", numPartitions: -1, replicationFactor: -1 },
        { name: "new", configs: [{ name: "retention.ms", value: "1" }] },
      ],
    });
  });

  it("goes to the controller, and follows it", async () => {
    const { world, cluster, admin } = setUp();
    let answers = 0;
    cluster.on(apis.DeleteTopics, ({ topics }) => ({
      responses: topics.map(({ name }) => ({ name, errorCode: answers++ === 0 ? wire("NOT_CONTROLLER") : 0 })),
    }));
    expect(await world.finish(admin.topics.delete(["a"]))).toEqual([{ name: "a", error: undefined }]);
    expect(cluster.requests(apis.DeleteTopics)).toHaveLength(2);
  });

  it("asks each partition's leader, again where it moved, and says what cannot be had", async () => {
    const { world, cluster, admin } = setUp();
    const logs = cluster.topic("orders", 4);
    cluster.on(apis.ListOffsets, ({ topics }, _, node) => ({
      topics: topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex, timestamp }) => {
          if (logs[partitionIndex]?.leader !== node)
            return { partitionIndex, errorCode: wire("NOT_LEADER_OR_FOLLOWER") };
          if (partitionIndex === 2) return { partitionIndex, errorCode: wire("TOPIC_AUTHORIZATION_FAILED") };
          return { partitionIndex, errorCode: 0, offset: timestamp === -2 ? 0 : 10 + partitionIndex, timestamp };
        }),
      })),
    }));
    cluster.afterwards = ({ api }) => {
      if (api === "Metadata" && logs[0]?.epoch === 0) logs[0].moveTo(2);
    };
    const asked = [0, 1, 2, 9].map((partition) => ({ topic: "orders", partition, at: "latest" as const }));
    const offsets = await world.finish(admin.offsets.list([...asked, { topic: "none", partition: 0, at: 5 }]));
    expect(offsets).toMatchObject([
      { partition: 0, offset: 10n },
      { partition: 1, offset: 11n },
      { partition: 2, error: { code: "TOPIC_AUTHORIZATION_FAILED" } },
      { partition: 9, error: { code: "UNKNOWN_TOPIC_OR_PARTITION" } },
      { topic: "none", error: { code: "UNKNOWN_TOPIC_OR_PARTITION" } },
    ]);
  });

  it("works out a group's lag from its commits, its members and the logs", async () => {
    const { world, cluster, admin } = setUp([1]);
    cluster.topic("orders", 3);
    cluster.on(apis.OffsetFetch, ({ groups }) => ({
      groups: groups.map(({ groupId }) => ({
        groupId,
        topics: [
          {
            name: "orders",
            partitions: [
              { partitionIndex: 0, committedOffset: 4, metadata: "", errorCode: 0 },
              { partitionIndex: 2, committedOffset: 99, metadata: "", errorCode: 0 },
            ],
          },
        ],
      })),
    }));
    cluster.on(apis.DescribeGroups, ({ groups }) => ({
      groups: groups.map((groupId) => ({
        errorCode: 0,
        groupId,
        groupState: "Stable",
        protocolType: "consumer",
        protocolData: "range",
        members: [
          {
            memberId: "m-1",
            clientId: "c",
            clientHost: "/127.0.0.1",
            memberMetadata: Buffer.alloc(0),
            // Version 0, one topic "orders" with partitions 0 and 1, no user data.
            memberAssignment: Buffer.from(
              "0000000000010006" + "6f7264657273" + "000000020000000000000001ffffffff",
              "hex",
            ),
          },
        ],
      })),
    }));
    cluster.on(apis.ListOffsets, ({ topics }) => ({
      topics: topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex, timestamp }) => {
          return { partitionIndex, errorCode: 0, offset: timestamp === -2 ? 1 : 10 };
        }),
      })),
    }));
    expect(await world.finish(admin.lag("g"))).toMatchObject([
      { partition: 0, committed: 4n, logEndOffset: 10n, lag: 6n, member: { memberId: "m-1" } },
      { partition: 1, committed: undefined, lag: 9n, member: { memberId: "m-1" } },
      { partition: 2, committed: 99n, lag: 0n, member: undefined },
    ]);
  });

  it("waits for a coordinator that is loading, and gives up in time", async () => {
    const { world, cluster, admin } = setUp([1]);
    cluster.on(apis.FindCoordinator, () => ({
      coordinators: [{ key: "g", nodeId: -1, host: "", port: -1, errorCode: wire("COORDINATOR_NOT_AVAILABLE") }],
    }));
    const described = admin.groups.describe(["g"], { timeoutMs: 5_000 });
    await expect(world.finish(described)).rejects.toMatchObject({ code: "COORDINATOR_NOT_AVAILABLE" });
    expect(cluster.requests(apis.FindCoordinator).length).toBeGreaterThan(3);
    await admin.close();
    await admin.close();
    await world.settle();
    expect(world.pendingTimers).toBe(0);
    expect(world.network.openConnections).toBe(0);
  });

  it("stops waiting when its signal aborts", async () => {
    const { world, cluster, admin } = setUp([1]);
    cluster.fault = ({ api }) => (api === "Metadata" ? "ignore" : undefined);
    const stop = new AbortController();
    const listing = expect(admin.topics.list({ signal: stop.signal })).rejects.toThrow("enough");
    await world.settle();
    stop.abort(new Error("enough"));
    await listing;
  });
});
