import { apis } from "@ottla/protocol";
import { describe, expect, it } from "vitest";
import { topic } from "../contract/topic.js";
import { string } from "../serde/string.js";
import type { Consumer } from "./consumer.js";
import { kindsOf, type Orders, setUp } from "./consumer.test-kit.js";

/** Reads on and on; `values` grows. A record is held as long as `hold` says. */
function reading(consumer: Consumer<Orders>, hold: (value: string) => Promise<void> | void = () => {}) {
  const values: string[] = [];
  const over = (async () => {
    for await (const record of consumer) {
      values.push(record.value);
      await hold(record.value);
    }
  })();
  over.catch(() => {});
  return { values, over };
}

/** A promise and what resolves it. */
function gate() {
  let open = () => {};
  const closed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { closed, open };
}

describe("a group of consumers", () => {
  it("moves to a second member only what it is to have, and nothing is lost, doubled or handled twice", async () => {
    const { world, group, consumer, changes } = setUp({ partitions: 4 });
    const produce = (round: number) => {
      for (let partition = 0; partition < 4; partition += 1)
        group.log("orders", partition).append(`${partition}-${round}`);
    };
    const first = consumer({}, "first");
    const one = reading(first);
    produce(0);
    await world.advance(1_000);
    const second = consumer({}, "second");
    const two = reading(second);
    for (let round = 1; round < 10; round += 1) {
      await world.advance(1_000);
      produce(round);
    }
    await world.advance(1_000);
    const moves = changes.filter((change) => /\d/.test(change));
    expect(moves).toEqual(["first assigned 0 1 2 3", "first revoked 0 1", "second assigned 0 1"]);
    expect([...one.values, ...two.values].toSorted()).toHaveLength(40);
    expect(new Set([...one.values, ...two.values]).size).toBe(40);
    expect(two.values.length).toBeGreaterThan(5);
    await world.finish(Promise.all([first.close(), second.close()]));
    expect([...group.committed.values()]).toEqual([10, 10, 10, 10]);
  });

  it("gives up everything in between when eager", async () => {
    const { world, group, consumer, changes } = setUp({ partitions: 2 });
    const options = { assignors: ["range" as const, "cooperative-sticky" as const] };
    const first = consumer(options, "first");
    const one = reading(first);
    group.log("orders", 0).append("a");
    group.log("orders", 1).append("b");
    await world.advance(1_000);
    const second = consumer(options, "second");
    const two = reading(second);
    await world.advance(5_000);
    expect(changes.slice(0, 2)).toEqual(["first assigned 0 1", "first revoked 0 1"]);
    expect(changes.slice(2).toSorted()).toEqual(["first assigned 0", "second assigned 1"]);
    expect([one.values, two.values]).toEqual([["a", "b"], []]);
    await world.finish(Promise.all([first.close(), second.close()]));
  });

  it("gives everybody back what they had when eager and sticky", async () => {
    const { world, group, consumer, changes } = setUp({ partitions: 5 });
    const members = ["a", "b"].map((name) => consumer({ assignors: ["sticky"] }, name));
    for (const member of members) reading(member);
    await world.advance(8_000);
    const held = () => members.map((member) => member.health().partitions.map(({ partition }) => partition));
    const before = held();
    expect(before.map(({ length }) => length).toSorted()).toEqual([2, 3]);
    for (let times = 0; times < 3; times += 1) {
      group.rebalance();
      await world.advance(8_000);
      expect(held()).toEqual(before);
    }
    expect(changes.filter((change) => change.startsWith("a revoked")).length).toBeGreaterThanOrEqual(3);
    await world.finish(Promise.all(members.map((member) => member.close())));
  });

  it("is told why members come and go (KIP-800)", async () => {
    const { world, cluster, group, log, consumer } = setUp();
    log.append("a", "b");
    const member = consumer({ maxPollIntervalMs: 5_000 });
    const iterator = member[Symbol.asyncIterator]();
    await world.finish(iterator.next());
    group.rebalance();
    await world.advance(6_000);
    await world.finish(iterator.next());
    await world.finish(member.close());
    // It was closed by its own loop, which it does not wait for.
    await world.advance(10_000);
    const reasons = (api: (typeof apis)["JoinGroup"] | (typeof apis)["LeaveGroup"]) =>
      cluster.requests(api).map(({ body }) => JSON.stringify(body).match(/"reason":"([^"]*)"/)?.[1]);
    expect(reasons(apis.JoinGroup)).toEqual(expect.arrayContaining(["the consumer joins", "the consumer joins again"]));
    expect(reasons(apis.LeaveGroup)).toEqual([
      "the application did not ask for the next record in time",
      "the consumer is closed",
    ]);
  });

  it("commits a partition before it gives it up, once its record is handled", async () => {
    const { world, group, consumer, changes } = setUp();
    const held = gate();
    const first = consumer({ assignors: ["range"], autoCommitIntervalMs: 60_000 }, "first");
    const one = reading(first, (value) => (value === "b" ? held.closed : undefined));
    group.log("orders").append("a", "b", "c");
    await world.advance(1_000);
    group.rebalance();
    await world.advance(10_000);
    expect(changes).toEqual(["first assigned 0"]);
    expect(group.commits).toEqual([]);
    held.open();
    await world.advance(1_000);
    expect(group.commits).toMatchObject([{ offset: 2 }]);
    expect(changes).toEqual(["first assigned 0", "first revoked 0", "first assigned 0"]);
    expect(one.values).toEqual(["a", "b", "c"]);
    await world.finish(first.close());
  });

  it("waits for a handler no longer than drainTimeoutMs; its record comes again", async () => {
    const { world, group, consumer, changes } = setUp();
    const held = gate();
    let isHolding = true;
    const reader = consumer({ assignors: ["range"], drainTimeoutMs: 2_000 });
    const one = reading(reader, (value) => (value === "b" && isHolding ? held.closed : undefined));
    group.log("orders").append("a", "b");
    await world.advance(1_000);
    group.rebalance();
    await world.advance(6_000);
    expect(changes).toEqual(["assigned 0", "revoked 0", "assigned 0"]);
    expect(group.committed.get("orders-0")).toBe(1);
    isHolding = false;
    held.open();
    await world.advance(1_000);
    expect(one.values).toEqual(["a", "b", "b"]);
    await world.finish(reader.close());
    expect(group.committed.get("orders-0")).toBe(2);
  });

  it("keeps beating while a handler runs, and while it waits for one to revoke", async () => {
    const { world, cluster, group, consumer } = setUp();
    const held = gate();
    const reader = consumer({ assignors: ["range"], heartbeatIntervalMs: 1_000 });
    reading(reader, () => held.closed);
    group.log("orders").append("a");
    await world.advance(10_000);
    expect(cluster.requests(apis.Heartbeat).length).toBeGreaterThanOrEqual(9);
    group.rebalance();
    const before = cluster.requests(apis.Heartbeat).length;
    await world.advance(10_000);
    expect(cluster.requests(apis.Heartbeat).length - before).toBeGreaterThanOrEqual(9);
    held.open();
    await world.finish(reader.close());
  });

  it("loses its partitions when the group went on without it: nothing is committed, and it joins anew", async () => {
    const { world, group, consumer, changes } = setUp();
    const held = gate();
    const reader = consumer({ autoCommitIntervalMs: 1_000 });
    const one = reading(reader, (value) => (value === "b" ? held.closed : undefined));
    group.log("orders").append("a", "b");
    await world.advance(2_000);
    for (const memberId of group.memberIds) group.expel(memberId);
    await world.advance(10_000);
    expect(changes).toEqual(["assigned 0", "lost 0", "assigned 0"]);
    const commits = group.commits.length;
    held.open();
    await world.advance(100);
    expect(one.values).toEqual(["a", "b", "b"]);
    await world.finish(reader.close());
    expect(group.commits.slice(commits).map(({ offset }) => offset)).toEqual([2]);
  });

  it("ends with a typed error when another member takes its name", async () => {
    const { world, group, consumer, changes } = setUp();
    const reader = consumer({ groupInstanceId: "i" });
    const { over } = reading(reader);
    await world.advance(1_000);
    group.refusals.set("Heartbeat", ["FENCED_INSTANCE_ID"]);
    await expect(world.finish(over)).rejects.toMatchObject({
      name: "GroupMembershipError",
      code: "FENCED_INSTANCE_ID",
    });
    expect(changes).toEqual(["assigned 0", "lost 0"]);
    await world.finish(reader.close());
  });

  it("keeps a static member's place when it closes", async () => {
    const { world, group, cluster, consumer } = setUp();
    const reader = consumer({ groupInstanceId: "i" });
    reading(reader);
    await world.advance(1_000);
    await world.finish(reader.close());
    expect(cluster.requests(apis.LeaveGroup)).toEqual([]);
    expect(group.memberIds).toHaveLength(1);
  });

  it("finds a coordinator that moved, and tries again what it refused", async () => {
    const { world, group, log, consumer, events } = setUp();
    log.append("a");
    group.refusals.set("JoinGroup", ["COORDINATOR_LOAD_IN_PROGRESS", "NOT_COORDINATOR"]);
    group.refusals.set("SyncGroup", ["REBALANCE_IN_PROGRESS"]);
    const reader = consumer();
    const { values } = reading(reader);
    await world.advance(3_000);
    expect(values).toEqual(["a"]);
    group.refusals.set("Heartbeat", ["NOT_COORDINATOR", "COORDINATOR_NOT_AVAILABLE"]);
    group.refusals.set("OffsetCommit", ["NOT_COORDINATOR", "REBALANCE_IN_PROGRESS"]);
    await world.advance(20_000);
    expect(group.committed.get("orders-0")).toBe(1);
    expect(kindsOf(events)).not.toContain("commitFailed");
    await world.finish(reader.close());
  });

  it("speaks to a coordinator that the metadata lacks: a broker that was down when it was asked for, and is back", async () => {
    const nodes = [1, 2];
    const { world, cluster, group, log, consumer } = setUp({ nodes });
    cluster.on(apis.FindCoordinator, ({ coordinatorKeys: [key = ""] }) => ({
      coordinators: [{ key, nodeId: 2, ...cluster.address(2), errorCode: 0 }],
    }));
    nodes.pop();
    log.append("a");
    const reader = consumer();
    const { values } = reading(reader);
    await world.advance(20_000);
    expect(values).toEqual(["a"]);
    expect(group.committed.get("orders-0")).toBe(1);
    expect(cluster.requests(apis.Heartbeat).length).toBeGreaterThan(3);
    await world.finish(reader.close());
    expect(group.memberIds).toEqual([]);
  });

  it("divides new partitions soon after they are made", async () => {
    const { world, cluster, group, consumer, changes } = setUp({ partitions: 1 });
    const reader = consumer();
    const { values } = reading(reader);
    await world.advance(1_000);
    cluster.topics.delete("orders");
    cluster.topic("orders", 2);
    group.log("orders", 1).append("b");
    await world.advance(310_000);
    expect(changes).toEqual(["assigned 0", "assigned 1"]);
    expect(values).toEqual(["b"]);
    await world.finish(reader.close());
  });

  it("waits for a topic that is not there yet", async () => {
    const { world, cluster, group, consumer, changes } = setUp();
    cluster.topics.clear();
    const reader = consumer();
    const { values } = reading(reader);
    await world.advance(10_000);
    expect(changes).toEqual(["assigned"]);
    cluster.topic("orders", 1);
    group.log("orders").append("a");
    await world.advance(6_000);
    expect(changes).toEqual(["assigned", "assigned 0"]);
    expect(values).toEqual(["a"]);
    await world.finish(reader.close());
  });

  it("waits also for another member's topic while its leader reads none of it", async () => {
    const { world, cluster, consumer, changes } = setUp();
    cluster.topic("others", 1);
    const leader = consumer({ topics: [topic("others", { value: string() })] as never }, "leader");
    reading(leader);
    await world.advance(1_000);
    cluster.topics.delete("orders");
    const member = consumer({}, "member");
    reading(member);
    await world.advance(10_000);
    const ofMember = () => changes.filter((each) => each.startsWith("member"));
    expect(ofMember()).toEqual(["member assigned"]);
    cluster.topic("orders", 1);
    await world.advance(6_000);
    expect(ofMember()).toEqual(["member assigned", "member assigned 0"]);
    await world.finish(Promise.all([leader.close(), member.close()]));
  });
});

describe("an application that is too slow", () => {
  it("makes its consumer leave the group, with an event, and join again when it asks for more", async () => {
    const { world, group, consumer, events, changes } = setUp();
    const held = gate();
    group.log("orders").append("a", "b");
    const reader = consumer({ maxPollIntervalMs: 10_000, autoCommitIntervalMs: 60_000 });
    let isHolding = true;
    const { values } = reading(reader, () => (isHolding ? held.closed : undefined));
    await world.advance(9_000);
    expect(group.memberIds).toHaveLength(1);
    await world.advance(2_000);
    expect(group.memberIds).toHaveLength(0);
    expect(changes).toEqual(["assigned 0", "lost 0"]);
    expect(events.at(-1)).toMatchObject({ kind: "pollTimeout", error: { code: "MAX_POLL_INTERVAL_EXCEEDED" } });
    await world.advance(60_000);
    expect(group.memberIds).toHaveLength(0);
    isHolding = false;
    held.open();
    await world.advance(1_000);
    expect(changes).toEqual(["assigned 0", "lost 0", "assigned 0"]);
    expect(values).toEqual(["a", "a", "b"]);
    await world.finish(reader.close());
  });

  it("does so also in run, and one that only waits for records does not", async () => {
    const { world, group, consumer, events, changes } = setUp();
    const held = gate();
    let isHolding = true;
    const values: string[] = [];
    const reader = consumer({ maxPollIntervalMs: 10_000 });
    const running = reader.run({
      orders: async ({ value }) => {
        values.push(value);
        if (isHolding) await held.closed;
      },
    });
    await world.advance(60_000);
    expect(kindsOf(events)).toEqual(["offsetReset"]);
    group.log("orders").append("a", "b");
    await world.advance(25_000);
    expect(changes).toEqual(["assigned 0", "lost 0"]);
    isHolding = false;
    held.open();
    await world.advance(1_000);
    expect(changes).toEqual(["assigned 0", "lost 0", "assigned 0"]);
    expect(values).toEqual(["a", "a", "b"]);
    await world.finish(reader.close());
    await running;
  });

  it("does so when nobody reads any more", async () => {
    const { world, group, consumer } = setUp();
    group.log("orders").append("a");
    const reader = consumer({ maxPollIntervalMs: 10_000 });
    const iterator = reader[Symbol.asyncIterator]();
    await world.finish(iterator.next());
    await iterator.return?.();
    await world.advance(21_000);
    expect(group.memberIds).toEqual([]);
    await world.finish(reader.close());
  });
});

describe("closing", () => {
  it("finds a coordinator that moved before it leaves: the others get its partitions at once, not when its session ends", async () => {
    const { world, cluster, group, consumer, events } = setUp({ partitions: 2 });
    const [first, second] = [consumer(), consumer()];
    reading(first);
    const { values } = reading(second);
    await world.advance(5_000);
    expect(group.memberIds).toHaveLength(2);
    group.refusals.set("LeaveGroup", ["NOT_COORDINATOR", "COORDINATOR_LOAD_IN_PROGRESS"]);
    const searches = cluster.requests(apis.FindCoordinator).length;
    const began = world.clock.monotonic();
    await world.finish(first.close());
    expect(world.clock.monotonic() - began).toBeLessThan(1_000);
    expect(group.memberIds).toHaveLength(1);
    expect(cluster.requests(apis.FindCoordinator).length).toBeGreaterThan(searches);
    group.log("orders", 0).append("a");
    group.log("orders", 1).append("b");
    await world.advance(5_000);
    expect(values.toSorted()).toEqual(["a", "b"]);
    expect(kindsOf(events)).not.toContain("commitFailed");
    await world.finish(second.close());
  });

  it("ends in bounded time when no broker answers", async () => {
    const { world, cluster, group, consumer } = setUp();
    group.log("orders").append("a");
    const reader = consumer();
    const { over } = reading(reader);
    await world.advance(1_000);
    cluster.fault = () => "ignore";
    const began = world.clock.monotonic();
    await world.finish(reader.close());
    expect(world.clock.monotonic() - began).toBeLessThan(25_000);
    await over;
  });

  it("ends in bounded time when there never was a broker", async () => {
    const { world, cluster, consumer } = setUp();
    cluster.fault = () => "ignore";
    const reader = consumer();
    const { over } = reading(reader);
    await world.advance(60_000);
    const began = world.clock.monotonic();
    await world.finish(reader.close());
    expect(world.clock.monotonic() - began).toBeLessThan(1_000);
    await over;
  });

  it("does not wait for other members while it is joining", async () => {
    const { world, group, consumer } = setUp();
    const first = consumer();
    const slow = gate();
    reading(first, () => slow.closed);
    group.log("orders").append("a");
    await world.advance(1_000);
    const second = consumer({ assignors: ["range", "cooperative-sticky"] });
    reading(second);
    await world.advance(100);
    const began = world.clock.monotonic();
    await world.finish(second.close());
    expect(world.clock.monotonic() - began).toBeLessThan(1_000);
    slow.open();
    await world.finish(first.close());
  });

  it("in the body of its own loop does not wait for itself: the record is done, committed, and the loop over", async () => {
    const { world, group, consumer } = setUp();
    group.log("orders").append("a");
    const reader = consumer();
    const began = world.clock.monotonic();
    const { over } = reading(reader, async () => {
      await world.settle();
      await reader.close();
    });
    await world.finish(over);
    expect(world.clock.monotonic() - began).toBeLessThan(1_000);
    expect(group.committed.get("orders-0")).toBe(1);
    expect(group.memberIds).toEqual([]);
    expect(world.network.openConnections).toBe(0);
  });
});
