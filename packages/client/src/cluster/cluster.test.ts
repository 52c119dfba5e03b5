import { apis, protocolErrors } from "@ottla/protocol";
import { describe, expect, it } from "vitest";
import { ScriptedCluster } from "../network/scripted-cluster.test-kit.js";
import { delay } from "../world/delay.js";
import { ManualWorld } from "../world/manual-world.test-kit.js";
import { Cluster } from "./cluster.js";
import type { ClusterOptions } from "./cluster-options.js";

const setUp = (nodes: readonly number[] = [1], options: Partial<ClusterOptions> = {}) => {
  const world = new ManualWorld();
  const scripted = new ScriptedCluster(world.network, nodes);
  const cluster = new Cluster(world, { brokers: scripted.bootstrap, ...options });
  return { world, scripted, cluster };
};

describe("cluster", () => {
  it("asks once for topics that are asked for together, and not again while they are fresh", async () => {
    const { world, scripted, cluster } = setUp();
    for (const name of ["a", "b", "c"]) scripted.topic(name, 2);
    const asked = ["a", "b", "c"].map((name) => cluster.topics([name]));
    const found = await world.finish(Promise.all(asked));
    expect(found.map((topics) => [...topics.values()].map(({ partitions }) => partitions.length))).toEqual([
      [2],
      [2],
      [2],
    ]);
    await world.finish(cluster.topics(["a", "b"]));
    expect(scripted.requests(apis.Metadata)).toHaveLength(1);
    cluster.invalidate("a");
    await world.finish(cluster.topics(["a", "b"]));
    await world.advance(300_001);
    await world.finish(cluster.topics(["a", "b"]));
    expect(scripted.requests(apis.Metadata).map(({ body }) => body)).toMatchObject([
      { topics: [{ name: "a" }, { name: "b" }, { name: "c" }] },
      { topics: [{ name: "a" }] },
      { topics: [{ name: "a" }, { name: "b" }] },
    ]);
  });

  it("answers for what came while a refresh was under way with the next one", async () => {
    const { world, scripted, cluster } = setUp();
    scripted.topic("a", 1);
    const first = cluster.refresh(["a"]);
    await Promise.resolve();
    await Promise.resolve();
    await Promise.resolve();
    const [log] = scripted.topics.get("a")?.partitions ?? [];
    scripted.afterwards = ({ api }) => {
      if (api === "Metadata") log?.moveTo(1);
    };
    const others = [cluster.refresh(["a"]), cluster.refresh()];
    await world.finish(Promise.all([first, ...others]));
    expect(scripted.requests(apis.Metadata)).toHaveLength(2);
    expect(cluster.leaderOf("a", 0)).toEqual({ nodeId: 1, epoch: 1 });
  });

  it("gives a topic that is not there with its error, and creates none unless it may", async () => {
    const { world, scripted, cluster } = setUp([1], { allowAutoTopicCreation: false });
    const topics = await world.finish(cluster.topics(["nowhere"]));
    expect(topics.get("nowhere")).toMatchObject({ partitions: [], error: { code: "UNKNOWN_TOPIC_OR_PARTITION" } });
    expect(scripted.requests(apis.Metadata)[0]?.body).toMatchObject({ allowAutoTopicCreation: false });
    expect(cluster.leaderOf("nowhere", 0)).toBeUndefined();
  });

  it("begins with whichever broker of its list is there", async () => {
    const { world, cluster } = setUp([2], { brokers: ["broker-9:9092", "broker-8:9092", "broker-2:9092"] });
    await world.finish(cluster.refresh([]));
    expect(cluster.nodes).toMatchObject([{ nodeId: 2 }]);
    expect(cluster.clusterId).toBe("scripted");
  });

  it("begins anew with its list when all brokers of the metadata are gone, and not when told otherwise", async () => {
    const lookAgain = async (metadataRecovery: "rebootstrap" | "none") => {
      const { world, scripted, cluster } = setUp([1, 2], { brokers: ["broker-1:9092"], metadataRecovery });
      scripted.on(apis.Metadata, () => ({
        brokers: [{ nodeId: 2, ...scripted.address(2), rack: null }],
        clusterId: "scripted",
        controllerId: 2,
        topics: [],
      }));
      await world.finish(cluster.refresh([]));
      expect(cluster.nodes).toMatchObject([{ nodeId: 2 }]);
      scripted.fault = ({ node }) => (node === 2 ? "disconnect" : undefined);
      scripted.drop(2);
      await world.settle();
      return world.finish(cluster.refresh([]));
    };
    await lookAgain("rebootstrap");
    await expect(lookAgain("none")).rejects.toMatchObject({ code: "CONNECTION_FAILED" });
  });

  it("takes nothing for known when a broker says so, or none has answered for long", async () => {
    const { world, scripted, cluster } = setUp([1, 2], { brokers: ["broker-1:9092"], rebootstrapTriggerMs: 40_000 });
    scripted.topic("a", 2);
    await world.finish(cluster.topics(["a"]));
    scripted.on(apis.Metadata, () => ({
      errorCode: protocolErrors.REBOOTSTRAP_REQUIRED.wire,
      brokers: [],
      topics: [],
    }));
    await expect(world.finish(cluster.refresh(["a"]))).rejects.toMatchObject({ code: "REBOOTSTRAP_REQUIRED" });
    expect(cluster.nodes).toEqual([]);
    scripted.on(apis.Metadata, () => ({
      brokers: [{ nodeId: 2, ...scripted.address(2), rack: null }],
      topics: [],
    }));
    await world.finish(cluster.refresh(["a"]));
    expect(cluster.nodes).toHaveLength(1);
    scripted.fault = ({ api }) => (api === "Metadata" ? "ignore" : undefined);
    await expect(world.finish(cluster.refresh(["a"]))).rejects.toMatchObject({ code: "REQUEST_TIMEOUT" });
    expect(cluster.nodes).toHaveLength(1);
    await world.advance(20_000);
    await expect(world.finish(cluster.refresh(["a"]))).rejects.toMatchObject({ code: "REQUEST_TIMEOUT" });
    expect(cluster.nodes).toEqual([]);
    scripted.fault = () => undefined;
    await world.finish(cluster.refresh(["a"]));
    expect(cluster.nodes).toHaveLength(1);
  });

  it("does not wait for one that accepts and says nothing", async () => {
    const { world, scripted, cluster } = setUp([1, 2, 3], {
      brokers: ["broker-1:9092", "broker-2:9092", "broker-3:9092"],
    });
    scripted.fault = ({ node }) => (node === 3 ? undefined : "ignore");
    const began = world.clock.monotonic();
    await world.finish(cluster.refresh([]));
    expect(world.clock.monotonic() - began).toBeLessThan(3_000);
    expect(cluster.nodes).toHaveLength(3);
    await cluster.close();
    await world.settle();
    expect([world.network.openConnections, world.pendingTimers]).toEqual([0, 0]);
  });

  it("waits for one that is slow when there is no other", async () => {
    const { world, scripted, cluster } = setUp([1], { brokers: ["broker-1:9092", "broker-9:9092"] });
    scripted.on(apis.ApiVersions, async () => {
      await delay(world.timers, 5_000);
      return { errorCode: 0, apiKeys: Object.values(apis).map((api) => ({ ...api, apiKey: api.key })) };
    });
    await world.finish(cluster.refresh([]));
    expect(cluster.nodes).toHaveLength(1);
  });

  it("names the brokers it tried when none is there", async () => {
    const { world, cluster } = setUp([1], { brokers: ["broker-8:9092", "broker-9:9092"] });
    await expect(world.finish(cluster.refresh([]))).rejects.toMatchObject({
      code: "CONNECTION_FAILED",
      message: expect.stringContaining("broker-8:9092, broker-9:9092"),
    });
  });

  it("looks for a group's coordinator once, until told that it moved or the way there breaks", async () => {
    const { world, scripted, cluster } = setUp([1, 2]);
    let node = 1;
    scripted.on(apis.FindCoordinator, () => {
      const place = { key: "g", nodeId: node, ...scripted.address(node), errorCode: 0 };
      return { coordinators: [place] };
    });
    scripted.on(apis.Heartbeat, () => ({ errorCode: 0 }));
    const beat = () => {
      const body = { groupId: "g", generationId: 1, memberId: "m" };
      return world.finish(cluster.request({ group: "g" }, apis.Heartbeat, body));
    };
    await beat();
    await beat();
    node = 2;
    cluster.invalidateGroup("g");
    await beat();
    node = 1;
    scripted.fault = ({ api }) => (api === "Heartbeat" ? "disconnect" : undefined);
    await expect(beat()).rejects.toMatchObject({ code: "CONNECTION_LOST" });
    scripted.fault = () => undefined;
    await beat();
    expect(scripted.requests(apis.Heartbeat).map((seen) => seen.node)).toEqual([1, 1, 2, 2, 1]);
    expect(scripted.requests(apis.FindCoordinator)).toHaveLength(3);
  });

  it("asks for a coordinator the way brokers before 2.8 are asked", async () => {
    const { world, scripted, cluster } = setUp();
    scripted.versions.set("FindCoordinator", { minVersion: 0, maxVersion: 2 });
    expect(await world.finish(cluster.coordinatorOf("g"))).toBe(1);
    expect(scripted.requests(apis.FindCoordinator)[0]).toMatchObject({ version: 2, body: { key: "g" } });
  });

  it("keeps the newer leader when a broker that is behind answers", async () => {
    const { world, scripted, cluster } = setUp([1, 2]);
    const [log] = scripted.topic("a", 1);
    log?.moveTo(2);
    await world.finish(cluster.topics(["a"]));
    expect(cluster.leaderOf("a", 0)).toEqual({ nodeId: 2, epoch: 1 });
    if (log !== undefined) Object.assign(log, { leader: 1, epoch: 0 });
    await world.finish(cluster.refresh(["a"]));
    expect(cluster.leaderOf("a", 0)).toEqual({ nodeId: 2, epoch: 1 });
    expect(cluster.noteLeader("a", 0, { leaderId: 1, leaderEpoch: 1 }, [])).toBe(false);
    expect(cluster.noteLeader("a", 0, { leaderId: 1, leaderEpoch: 2 }, [])).toBe(true);
    expect(cluster.leaderOf("a", 0)).toEqual({ nodeId: 1, epoch: 2 });
  });

  it("lets who waits give up, and rejects everything once closed", async () => {
    const { world, scripted, cluster } = setUp();
    scripted.fault = ({ api }) => (api === "Metadata" ? "ignore" : undefined);
    const stop = new AbortController();
    const given = expect(cluster.topics(["a"], { signal: stop.signal })).rejects.toThrow("enough");
    const waiting = expect(cluster.topics(["b"])).rejects.toMatchObject({ code: "CONNECTION_LOST" });
    await world.settle();
    stop.abort(new Error("enough"));
    await given;
    await cluster.close();
    await cluster.close();
    await waiting;
    await expect(cluster.refresh([])).rejects.toMatchObject({ code: "CLOSED" });
    await world.settle();
    expect(world.network.openConnections).toBe(0);
    expect(world.pendingTimers).toBe(0);
  });

  it.each([
    { title: "no brokers", options: { brokers: [] } },
    { title: "a broker without a port", options: { brokers: ["localhost"] } },
    { title: "a timeout of zero", options: { brokers: ["a:1"], requestTimeoutMs: 0 } },
    {
      title: "a backoff that is not a number",
      options: { brokers: ["a:1"], reconnectBackoffMs: { base: 1, max: Number.NaN } },
    },
  ])("refuses $title", ({ options }) => {
    expect(() => new Cluster(new ManualWorld(), options)).toThrow("INVALID_CONFIG");
  });
});
