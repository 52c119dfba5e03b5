import { apis } from "@ottla/protocol";
import { describe, expect, it } from "vitest";
import { topic } from "../contract/topic.js";
import { Kafka } from "../kafka.js";
import { string } from "../serde/string.js";
import { gate, orders, read, setUp } from "./consumer.test-kit.js";
import { topicsMatching } from "./subscription.js";

const first = { topic: "orders", partition: 0 } as const;

/** Brokers that know times: each record's is its offset times ten. */
function setUpWithTimes() {
  const all = setUp({ partitions: 2 });
  const asked: number[] = [];
  all.cluster.on(apis.ListOffsets, ({ topics }) => ({
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex, timestamp }) => {
        asked.push(timestamp);
        const { startOffset, endOffset } = all.group.log(name, partitionIndex);
        const found = Math.ceil(timestamp / 10);
        const ofTime = found < endOffset ? found : -1;
        const offset = timestamp === -1 ? endOffset : timestamp === -2 ? startOffset : ofTime;
        return { partitionIndex, errorCode: 0, timestamp: -1, offset };
      }),
    })),
  }));
  return { ...all, asked };
}

describe("where reading begins", () => {
  it("is the first record of a time, or the end where there is none", async () => {
    const { world, group, consumer, asked } = setUpWithTimes();
    group.log("orders", 0).append("a0", "a1", "a2", "a3");
    group.log("orders", 1).append("b0");
    const reader = consumer({ from: { timestamp: 15 } });
    const values = read(reader, 3);
    await world.advance(5_000);
    group.log("orders", 1).append("b1");
    expect((await world.finish(values)).toSorted()).toEqual(["a2", "a3", "b1"]);
    expect(asked).toContain(15);
    await world.finish(reader.close());
  });
});

describe("partitions that the consumer is told", () => {
  const alone = ({ cluster, world }: ReturnType<typeof setUp>) => new Kafka({ brokers: cluster.bootstrap, world });

  it("are read without a group, each from where it says", async () => {
    const all = setUpWithTimes();
    all.group.log("orders", 0).append("a0", "a1", "a2");
    all.group.log("orders", 1).append("b0", "b1", "b2");
    const assign = [
      { ...first, from: 2n },
      { topic: "orders", partition: 1, from: { timestamp: 10 } },
    ];
    const reader = alone(all).consumer({ topics: [orders], assign });
    expect((await all.world.finish(read(reader, 3))).toSorted()).toEqual(["a2", "b1", "b2"]);
    await all.world.advance(3_600_000);
    expect(reader.health()).toMatchObject({ membership: "stable", partitions: [{ lag: 0n }, { lag: 0n }] });
    await expect(reader.commit()).rejects.toThrow(/no groupId/);
    await all.world.finish(reader.close());
    expect(all.cluster.requests(apis.JoinGroup)).toEqual([]);
    expect(all.cluster.requests(apis.OffsetCommit)).toEqual([]);
    expect(all.world.network.openConnections).toBe(0);
  });

  it("are read on from a group's commits, and committed for it without a member", async () => {
    const all = setUp();
    all.cluster.on(apis.OffsetCommit, ({ generationIdOrMemberEpoch, memberId, topics }) => {
      expect([generationIdOrMemberEpoch, memberId]).toEqual([-1, ""]);
      for (const { partitions } of topics) {
        for (const { committedOffset } of partitions) all.group.committed.set("orders-0", committedOffset);
      }
      return {
        topics: topics.map(({ name, partitions }) => ({
          name,
          partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode: 0 })),
        })),
      };
    });
    all.log.append("a", "b", "c");
    all.group.committed.set("orders-0", 1);
    const reader = alone(all).consumer({ groupId: "g", topics: [orders], assign: [first] });
    expect(await all.world.finish(read(reader, 2))).toEqual(["b", "c"]);
    await all.world.finish(reader.close());
    expect(all.group.committed.get("orders-0")).toBe(3);
    expect(all.cluster.requests(apis.JoinGroup)).toEqual([]);
  });

  it("must be of the topics that are read", () => {
    const all = setUp();
    const assign = [{ topic: "other", partition: 0 }];
    expect(() => alone(all).consumer({ topics: [orders], assign })).toThrow(/not among `topics`/);
    expect(() => alone(all).consumer({ topics: [orders] } as never)).toThrow(/groupId: it is missing/);
  });
});

describe("pausing", () => {
  it("holds back records that are there, in a loop, and fetches nothing", async () => {
    const { world, group, log, consumer } = setUp();
    log.append("a", "b", "c");
    const reader = consumer();
    const values: string[] = [];
    const over = (async () => {
      for await (const { value } of reader) {
        values.push(value);
        if (value === "a") reader.pause(first);
      }
    })();
    await world.advance(5_000);
    const fetches = group.fetches.length;
    await world.advance(20_000);
    expect(values).toEqual(["a"]);
    expect(group.fetches.length - fetches).toBeLessThanOrEqual(1);
    expect(reader.assignment()).toEqual([first]);
    reader.resume([first]);
    await world.advance(1_000);
    expect(values).toEqual(["a", "b", "c"]);
    await world.finish(reader.close());
    await over;
  });

  it("ends with a fetch, where nothing had been fetched meanwhile", async () => {
    const { world, group, log, consumer } = setUp();
    const reader = consumer();
    const values: string[] = [];
    const over = (async () => {
      for await (const { value } of reader) values.push(value);
    })();
    await world.advance(1_000);
    reader.pause(first);
    await world.advance(5_000);
    const fetches = group.fetches.length;
    log.append("a");
    await world.advance(60_000);
    expect(group.fetches).toHaveLength(fetches);
    reader.resume(first);
    await world.advance(1_000);
    expect(values).toEqual(["a"]);
    await world.finish(reader.close());
    await over;
  });

  it("holds back records that wait for their handlers, in order, and no other partition's", async () => {
    const { world, group, consumer } = setUp({ partitions: 2 });
    group.log("orders", 0).append("a0", "a1", "a2", "a3");
    group.log("orders", 1).append("b0", "b1");
    const reader = consumer();
    const values: string[] = [];
    const running = reader.run({
      orders: ({ value }) => {
        values.push(value);
        if (value === "a0") reader.pause(first);
      },
    });
    await world.advance(10_000);
    expect(values.toSorted()).toEqual(["a0", "b0", "b1"]);
    reader.resume(first);
    await world.advance(1_000);
    expect(values.filter((value) => value.startsWith("a"))).toEqual(["a0", "a1", "a2", "a3"]);
    reader.pause(first);
    await world.finish(reader.close());
    await running;
    expect(group.committed.get("orders-0")).toBe(4);
  });

  it("is for partitions that are read", async () => {
    const { world, consumer } = setUp();
    const reader = consumer();
    expect(() => reader.pause(first)).toThrow(expect.objectContaining({ code: "PARTITION_NOT_ASSIGNED" }));
    await world.finish(reader.close());
  });
});

describe("seeking", () => {
  it("reads on from an offset, the start, the end or a time, and commits what comes of that", async () => {
    const { world, group, consumer } = setUpWithTimes();
    group.log("orders", 0).append("a0", "a1", "a2", "a3");
    const reader = consumer();
    const values: string[] = [];
    const targets = [1n, { timestamp: 20 }, "earliest", "latest"] as const;
    let next = 0;
    const over = (async () => {
      for await (const { value } of reader) {
        values.push(value);
        const to = value === "a3" ? targets[next++] : undefined;
        if (to !== undefined) await reader.seek({ ...first, to });
      }
    })();
    await world.advance(20_000);
    expect(values.join(" ")).toBe("a0 a1 a2 a3 a1 a2 a3 a2 a3 a0 a1 a2 a3");
    await world.finish(reader.close());
    await over;
    expect(group.committed.get("orders-0")).toBe(4);
  });

  it("drops records that wait for their handlers, and goes past one that cannot be decoded", async () => {
    const { world, group, log, consumer } = setUp();
    log.append("a", "b", "c", "!d", "e");
    const reader = consumer();
    const values: string[] = [];
    const held = gate();
    const running = reader.run({
      orders: async ({ value }) => {
        values.push(value);
        if (value === "a") await held.opened;
      },
    });
    running.catch(() => {});
    await world.advance(1_000);
    await reader.seek([{ ...first, to: 2n }]);
    held.open();
    await expect(world.finish(running)).rejects.toMatchObject({ code: "DESERIALIZATION_FAILED" });
    expect(values).toEqual(["a"]);
    await reader.seek({ ...first, to: 4n });
    const rest = reader.run({ orders: ({ value }) => void values.push(value) });
    await world.advance(6_000);
    expect(values).toEqual(["a", "e"]);
    expect(group.committed.get("orders-0")).toBe(5);
    await world.finish(reader.close());
    await rest;
  });

  it("wins over the committed offset that is being looked up", async () => {
    const { world, cluster, group, log, consumer } = setUp();
    log.append("a", "b", "c");
    group.committed.set("orders-0", 1);
    let seeking: Promise<void> | undefined;
    const reader = consumer();
    cluster.afterwards = ({ api }) => {
      if (api === "OffsetFetch") seeking ??= reader.seek({ ...first, to: 2n });
    };
    expect(await world.finish(read(reader, 1))).toEqual(["c"]);
    await seeking;
    await world.finish(reader.close());
  });
});

describe("a pattern of topics", () => {
  it("finds topics that are there and those that come, each by its contract", async () => {
    const { world, cluster, group } = setUp();
    cluster.topic("__orders", 1);
    cluster.topic("other", 1);
    group.log("orders").append("a");
    group.log("other").append("x");
    const kafka = new Kafka({ brokers: cluster.bootstrap, world });
    const contractOf = (name: string) => topic(name, { value: string() });
    const reader = kafka.consumer({
      groupId: "g",
      topics: topicsMatching(/orders/g, contractOf),
      patternRefreshMs: 10_000,
    });
    const seen: string[] = [];
    const running = reader.run((record) => void seen.push(`${record.topic} ${record.value}`));
    await world.advance(5_000);
    cluster.topic("eu.orders", 2);
    group.log("eu.orders", 1).append("b");
    await world.advance(20_000);
    expect(seen).toEqual(["orders a", "eu.orders b"]);
    expect(
      reader
        .assignment()
        .map((each) => `${each.topic}-${each.partition}`)
        .toSorted(),
    ).toEqual(["eu.orders-0", "eu.orders-1", "orders-0"]);
    cluster.topics.delete("eu.orders");
    await world.advance(40_000);
    expect(reader.assignment()).toEqual([first]);
    await world.finish(reader.close());
    await running;
    // The broker still waits with the answer to a fetch.
    await world.advance(1_000);
    expect(world.pendingTimers).toBe(0);
  });

  it("may be a regular expression alone: then records are bytes", async () => {
    const { world, cluster, log } = setUp();
    log.append("k:a");
    const kafka = new Kafka({ brokers: cluster.bootstrap, world });
    const reader = kafka.consumer({ groupId: "g", topics: /^ord/ });
    const records = reader[Symbol.asyncIterator]();
    const next = await world.finish(records.next());
    expect([next.value?.topic, next.value?.key, next.value?.value]).toEqual([
      "orders",
      Buffer.from("k"),
      Buffer.from("k:a"),
    ]);
    await world.finish(reader.close());
  });
});

describe("lag", () => {
  it("is what the last fetch said, less what is done", async () => {
    const { world, log, consumer } = setUp();
    log.append("a", "b", "c");
    const reader = consumer();
    expect(reader.lag()).toEqual([]);
    await world.finish(read(reader, 2));
    expect(reader.lag()).toEqual([{ ...first, lag: 1n, highWatermark: 3n }]);
    await world.finish(reader.close());
  });
});
