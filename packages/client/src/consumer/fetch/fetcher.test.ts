import { apis } from "@ottla/protocol";
import { describe, expect, it } from "vitest";
import { kindsOf, read, setUp } from "../consumer.test-kit.js";

const sessionEpochs = (fetches: readonly { readonly sessionEpoch: number }[]) =>
  fetches.map(({ sessionEpoch }) => sessionEpoch);

describe("fetches in a session", () => {
  it("name a partition once, and again only when its position moves", async () => {
    const { world, group, consumer } = setUp({ partitions: 3 });
    const reader = consumer();
    const reading = read(reader, 2);
    await world.advance(2_000);
    group.log("orders", 1).append("a");
    await world.advance(600);
    group.log("orders", 2).append("b");
    expect(await world.finish(reading)).toEqual(["a", "b"]);
    const [first, ...rest] = group.fetches;
    expect(first).toMatchObject({ sessionEpoch: 0, named: ["orders-0", "orders-1", "orders-2"] });
    expect(sessionEpochs(rest)).toEqual(rest.map((_, index) => index + 1));
    expect(rest.flatMap(({ named }) => named)).toEqual(["orders-1"]);
    await world.finish(reader.close());
  });

  it.each(["FETCH_SESSION_ID_NOT_FOUND", "INVALID_FETCH_SESSION_EPOCH", "FETCH_SESSION_TOPIC_ID_ERROR"] as const)(
    "begin anew after %s at once, and lose nothing",
    async (code) => {
      const { world, group, log, consumer, events } = setUp();
      log.append("a");
      const reader = consumer();
      const reading = read(reader, 3);
      await world.advance(700);
      group.source.refusals.push(code);
      log.append("b");
      await world.advance(20);
      log.append("c");
      expect(await world.finish(reading)).toEqual(["a", "b", "c"]);
      expect(kindsOf(events)).toEqual(["offsetReset", "retrying"]);
      expect(group.fetches.filter(({ sessionEpoch }) => sessionEpoch === 0)).toHaveLength(2);
      await world.finish(reader.close());
    },
  );

  it("are paced while a broker refuses every session", async () => {
    const { world, group, log, consumer, events } = setUp();
    log.append("a");
    for (let count = 0; count < 6; count += 1) group.source.refusals.push("INVALID_FETCH_SESSION_EPOCH");
    const reader = consumer();
    const began = world.clock.monotonic();
    expect(await world.finish(read(reader, 1))).toEqual(["a"]);
    expect(world.clock.monotonic() - began).toBeGreaterThan(500);
    expect(events.filter(({ kind }) => kind === "retrying")).toHaveLength(6);
    await world.finish(reader.close());
  });

  it("go on after a restart of the broker, which has forgotten them, and without room for any", async () => {
    const { world, group, log, consumer } = setUp();
    log.append("a");
    const reader = consumer();
    const reading = read(reader, 3);
    await world.advance(700);
    group.source.sessions.clear();
    group.source.hasRoom = false;
    log.append("b");
    await world.advance(1_000);
    log.append("c");
    expect(await world.finish(reading)).toEqual(["a", "b", "c"]);
    expect(group.fetches.slice(-2).map(({ sessionEpoch }) => sessionEpoch)).toEqual([0, 0]);
    await world.finish(reader.close());
  });

  it("lose no record when answers are lost", async () => {
    const { world, cluster, log, consumer } = setUp();
    const values = Array.from({ length: 30 }, (_, index) => `${index}`);
    let count = 0;
    cluster.fault = ({ api }) => {
      if (api !== "Fetch") return undefined;
      count += 1;
      return count % 3 === 0 ? "loseAnswer" : undefined;
    };
    const reader = consumer();
    const reading = read(reader, values.length);
    for (const value of values) {
      log.append(value);
      await world.advance(50);
    }
    expect(await world.finish(reading)).toEqual(values);
    cluster.fault = () => undefined;
    await world.finish(reader.close());
  });
});

describe("a fetch that a broker holds", () => {
  it("does not hold up what comes after it", async () => {
    const { world, group, consumer } = setUp({ partitions: 2 });
    const reader = consumer({ maxWaitMs: 20_000 });
    const other = consumer({ maxWaitMs: 20_000 });
    const reading = read(reader, 2);
    void read(other, 10).catch(() => {});
    await world.advance(10_000);
    const [theirs] = other.health().partitions;
    expect(reader.health().partitions).toHaveLength(1);
    await world.finish(other.close());
    group.log("orders", theirs?.partition).append("new");
    group.log("orders", theirs?.partition).append("and more");
    const began = world.clock.monotonic();
    expect(await world.finish(reading)).toEqual(["new", "and more"]);
    // A heartbeat tells of the rebalance.
    expect(world.clock.monotonic() - began).toBeLessThan(4_000);
    const aside = group.fetches.filter(({ sessionEpoch }) => sessionEpoch === -1);
    expect(aside.map(({ partitions }) => partitions)).toEqual(
      expect.arrayContaining([[`orders-${theirs?.partition}`]]),
    );
    expect(aside.length).toBeLessThan(5);
    await world.finish(reader.close());
  });

  it("is given up after requestTimeoutMs beyond the time that it may take, and made again elsewhere", async () => {
    const { world, cluster, log, consumer, events } = setUp();
    log.append("a");
    let isMute = true;
    cluster.fault = ({ api }) => (api === "Fetch" && isMute ? "swallowAnswer" : undefined);
    const reader = consumer({ maxWaitMs: 2_000 });
    const reading = read(reader, 1);
    await world.advance(31_000);
    expect(kindsOf(events)).not.toContain("retrying");
    isMute = false;
    await world.advance(2_000);
    expect(await world.finish(reading)).toEqual(["a"]);
    expect(events.at(-1)).toMatchObject({ kind: "retrying", error: { code: "REQUEST_TIMEOUT" } });
    await world.finish(reader.close());
  });
});

describe("a log that was cut below what was read of it", () => {
  it.each([
    { how: "by the check after the leader changed", isChecked: true },
    { how: "by the fetch, where nobody may check", isChecked: false },
  ])("is found $how; reading goes on where it became another", async ({ isChecked }) => {
    const { world, cluster, group, log, consumer, events } = setUp({ nodes: [1, 2] });
    if (!isChecked) cluster.versions.set("OffsetForLeaderEpoch", { minVersion: 2, maxVersion: 2 });
    log.append("a", "b");
    log.append("lost", "lost too");
    const reader = consumer();
    const iterator = reader[Symbol.asyncIterator]();
    const next = async () => (await world.finish(iterator.next())).value?.value;
    const seen = [await next(), await next(), await next(), await next()];
    const fifth = iterator.next();
    await world.advance(700);
    group.source.elect("orders", 0, 2, 2);
    log.append("c");
    log.append("d");
    log.append("e");
    await world.advance(2_000);
    seen.push((await world.finish(fifth)).value?.value, await next(), await next());
    expect(seen).toEqual(["a", "b", "lost", "lost too", "c", "d", "e"]);
    const told = events.filter(({ kind }) => kind === "logTruncated");
    expect(told).toMatchObject([
      { topic: "orders", partition: 0, error: { code: "LOG_TRUNCATED", offset: 4n, leaderEpoch: 0, divergesAt: 2n } },
    ]);
    void iterator.next();
    await world.finish(reader.close());
    expect(group.committed.get("orders-0")).toBe(5);
  });

  it("stops its partition where that is asked for, once what was fetched is handed out", async () => {
    const { world, group, log, consumer } = setUp({ nodes: [1, 2] });
    log.append("a", "b", "lost");
    const reader = consumer({ onTruncation: "stop" });
    const iterator = reader[Symbol.asyncIterator]();
    expect((await world.finish(iterator.next())).value?.value).toBe("a");
    group.source.elect("orders", 0, 2, 2);
    await world.advance(2_000);
    expect((await world.finish(iterator.next())).value?.value).toBe("b");
    expect((await world.finish(iterator.next())).value?.value).toBe("lost");
    await expect(world.finish(iterator.next())).rejects.toMatchObject({
      name: "LogTruncatedError",
      message: expect.stringMatching(/topic orders, partition 0.*offset 3.*leader epoch 0.*offset 2/),
    });
    await world.finish(reader.close());
  });

  it("is found by the epoch of a commit when reading begins", async () => {
    const { world, cluster, group, log, consumer, events } = setUp();
    log.append("a", "b", "c");
    const first = consumer();
    await world.finish(read(first, 3));
    await world.finish(first.close());
    const commits = cluster.requests(apis.OffsetCommit).map(({ body }) => body);
    expect(commits.at(-1)).toMatchObject({ topics: [{ partitions: [{ committedLeaderEpoch: 0 }] }] });
    cluster.on(apis.OffsetFetch, ({ groups }) => ({
      groups: groups.map(({ groupId }) => ({
        groupId,
        topics: [
          {
            name: "orders",
            partitions: [
              { partitionIndex: 0, committedOffset: 3, committedLeaderEpoch: 0, metadata: "", errorCode: 0 },
            ],
          },
        ],
      })),
    }));
    group.source.elect("orders", 0, 1, 1);
    log.append("x", "y", "z");
    const second = consumer();
    expect(await world.finish(read(second, 3))).toEqual(["x", "y", "z"]);
    expect(kindsOf(events)).toContain("logTruncated");
    await world.finish(second.close());
  });

  it("with nothing of that epoch left is begun where `from` says", async () => {
    const { world, group, log, consumer, events } = setUp({ nodes: [1, 2] });
    log.append("a");
    group.source.elect("orders", 0, 1);
    log.append("b");
    const reader = consumer();
    const reading = read(reader, 3);
    await world.advance(700);
    // All of the first two epochs is gone, and the new leader has never heard of them.
    log.endOf = (asked) => (asked >= 2 ? { epoch: asked, endOffset: log.endOffset } : { epoch: -1, endOffset: -1 });
    group.source.elect("orders", 0, 2, 0);
    log.append("x");
    expect(await world.finish(reading)).toEqual(["a", "b", "x"]);
    expect(kindsOf(events)).toEqual(expect.arrayContaining(["logTruncated", "offsetReset"]));
    await world.finish(reader.close());
  });

  it("is not taken for a topic that was made anew, which is read from where `from` says", async () => {
    const { world, cluster, log, consumer, events } = setUp();
    log.append("a", "b", "c");
    const reader = consumer();
    const reading = read(reader, 5);
    await world.advance(700);
    log.beginEpoch(0, 0);
    const { partitions = [] } = cluster.topics.get("orders") ?? {};
    cluster.topics.set("orders", { id: Buffer.alloc(16, 9).toString("base64url"), partitions });
    log.append("new", "newer");
    expect(await world.finish(reading)).toEqual(["a", "b", "c", "new", "newer"]);
    expect(kindsOf(events)).not.toContain("logTruncated");
    expect(events.filter(({ kind }) => kind === "offsetReset")).toMatchObject([{ to: 0n }, { from: 3n, to: 0n }]);
    await world.finish(reader.close());
  });

  it("is not suspected when it is the metadata that is old", async () => {
    const { world, cluster, group, log, consumer, events } = setUp({ nodes: [1, 2] });
    group.source.elect("orders", 0, 2);
    log.append("a", "b");
    const first = consumer();
    await world.finish(read(first, 2));
    await world.finish(first.close());
    cluster.on(apis.OffsetFetch, ({ groups }) => ({
      groups: groups.map(({ groupId }) => {
        const partition = {
          partitionIndex: 0,
          committedOffset: 1,
          committedLeaderEpoch: 1,
          metadata: "",
          errorCode: 0,
        };
        return { groupId, topics: [{ name: "orders", partitions: [partition] }] };
      }),
    }));
    // One that has not heard of the election says who leads.
    const [place] = cluster.topics.get("orders")?.partitions ?? [];
    if (place !== undefined) Object.assign(place, { leader: 1, epoch: 0 });
    const second = consumer();
    const reading = read(second, 1);
    await world.advance(1_500);
    if (place !== undefined) Object.assign(place, { leader: 2, epoch: 1 });
    expect(await world.finish(reading)).toEqual(["b"]);
    expect(kindsOf(events)).not.toContain("logTruncated");
    await world.finish(second.close());
  });

  it("is found where brokers know no topic ids and fetches no epochs", async () => {
    const { world, cluster, group, log, consumer, events } = setUp({ nodes: [1, 2] });
    cluster.hasTopicIds = false;
    cluster.versions.set("Fetch", { minVersion: 4, maxVersion: 11 });
    log.append("a", "b", "lost");
    const reader = consumer();
    const reading = read(reader, 5);
    await world.advance(700);
    group.source.elect("orders", 0, 2, 2);
    log.append("c", "d");
    expect(await world.finish(reading)).toEqual(["a", "b", "lost", "c", "d"]);
    expect(kindsOf(events)).toContain("logTruncated");
    expect(group.fetches.some(({ sessionEpoch }) => sessionEpoch > 0)).toBe(true);
    await world.finish(reader.close());
  });

  it("is not suspected after a change of leaders that lost nothing", async () => {
    const { world, cluster, group, log, consumer, events } = setUp({ nodes: [1, 2] });
    log.append("a");
    const reader = consumer();
    const reading = read(reader, 2);
    await world.advance(700);
    group.source.elect("orders", 0, 2);
    log.append("b");
    expect(await world.finish(reading)).toEqual(["a", "b"]);
    expect(kindsOf(events)).not.toContain("logTruncated");
    expect(cluster.requests(apis.OffsetForLeaderEpoch)).toHaveLength(1);
    await world.finish(reader.close());
  });
});

describe("a nearer replica", () => {
  const rack = "west";

  it("is fetched from when the leader names it, and the leader again when it fails", async () => {
    const { world, group, log, consumer } = setUp({ nodes: [1, 2] });
    group.source.replicas.set(rack, 2);
    log.append("a");
    const reader = consumer({ rack });
    const iterator = reader[Symbol.asyncIterator]();
    const next = async () => (await world.finish(iterator.next())).value?.value;
    expect(await next()).toBe("a");
    expect(group.fetches.map(({ node }) => node).slice(0, 2)).toEqual([1, 2]);
    for (const code of ["OFFSET_NOT_AVAILABLE", "OFFSET_OUT_OF_RANGE", "NOT_LEADER_OR_FOLLOWER"] as const) {
      group.source.replicaFault = () => code;
      const reading = iterator.next();
      await world.advance(600);
      group.source.replicas.clear();
      log.append(code);
      expect((await world.finish(reading)).value?.value).toBe(code);
      expect(group.fetches.at(-1)?.node).toBe(1);
      group.source.replicas.set(rack, 2);
      group.source.replicaFault = () => undefined;
    }
    void iterator.next();
    await world.finish(reader.close());
  });

  it("is left when metadata is old, and when it cannot be reached", async () => {
    const { world, cluster, group, log, consumer } = setUp({ nodes: [1, 2] });
    group.source.replicas.set(rack, 2);
    const reader = consumer({ rack });
    const reading = read(reader, 2);
    await world.advance(301_000);
    expect(group.fetches.filter(({ node }) => node === 1)).toHaveLength(2);
    cluster.fault = ({ node, api }) => (node === 2 && api === "Fetch" ? "disconnect" : undefined);
    group.source.replicas.clear();
    cluster.drop(2);
    log.append("a");
    log.append("b");
    expect(await world.finish(reading)).toEqual(["a", "b"]);
    await world.finish(reader.close());
  });

  it("is not asked for without a rack", async () => {
    const { world, group, log, consumer } = setUp({ nodes: [1, 2] });
    group.source.replicas.set(rack, 2);
    log.append("a");
    const reader = consumer();
    await world.finish(read(reader, 1));
    expect(group.fetches.every(({ node }) => node === 1)).toBe(true);
    await world.finish(reader.close());
  });
});
