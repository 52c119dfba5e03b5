import { apis } from "@ottla/protocol";
import { describe, expect, it } from "vitest";
import type { ConsumedRecord } from "../contract/record.js";
import { topic } from "../contract/topic.js";
import { Kafka } from "../kafka.js";
import { string } from "../serde/string.js";
import { kindsOf, type Orders, read, setUp } from "./consumer.test-kit.js";
import { partitionKey } from "./topic-partition.js";

describe("a consumer's loop", () => {
  it("gives records in order, commits what was done, and leaves when closed", async () => {
    const { world, group, log, consumer, changes } = setUp();
    log.append("a", "b");
    log.append("c");
    const reader = consumer();
    expect(await world.finish(read(reader, 3))).toEqual(["a", "b", "c"]);
    expect(group.committed.get("orders-0")).toBeUndefined();
    await world.advance(5_000);
    expect(group.committed.get("orders-0")).toBe(3);
    await world.finish(reader.close());
    expect(changes).toEqual(["assigned 0", "revoked 0"]);
    expect(group.memberIds).toEqual([]);
    expect(world.network.openConnections).toBe(0);
    // The broker still waits with the answer to a fetch.
    await world.advance(500);
    expect(world.pendingTimers).toBe(0);
  });

  it("commits on close without waiting for the interval", async () => {
    const { world, group, log, consumer } = setUp();
    log.append("a", "b");
    const reader = consumer({ autoCommitIntervalMs: 3_600_000 });
    await world.finish(read(reader, 2));
    const began = world.clock.monotonic();
    await world.finish(reader.close());
    expect(world.clock.monotonic() - began).toBeLessThan(100);
    expect(group.commits).toMatchObject([{ partition: "orders-0", offset: 2 }]);
  });

  it.each(["break", "throw"] as const)(
    "does not mark a record done that is left by %s, and gives it again",
    async (how) => {
      const { world, group, log, consumer } = setUp();
      log.append("a", "b", "c");
      const reader = consumer();
      const leave = async () => {
        for await (const record of reader) {
          if (record.value !== "b") continue;
          if (how === "break") break;
          throw new Error("mine");
        }
      };
      await world.finish(leave().catch((error: Error) => expect(error.message).toBe("mine")));
      await world.advance(5_000);
      expect(group.committed.get("orders-0")).toBe(1);
      expect(await world.finish(read(reader, 2))).toEqual(["b", "c"]);
      await world.finish(reader.close());
      expect(group.committed.get("orders-0")).toBe(3);
    },
  );

  it("commits nothing when others do, and says as whom they may", async () => {
    const { world, group, log, consumer } = setUp();
    log.append("a", "b");
    const member = consumer({ autoCommit: false, groupInstanceId: "i" });
    expect(member.groupMetadata()).toEqual({ groupId: "g", memberId: "", generation: 0, groupInstanceId: "i" });
    await world.finish(read(member, 2));
    expect(member.groupMetadata()).toMatchObject({ memberId: expect.stringMatching(/./), generation: 1 });
    await world.advance(20_000);
    await world.finish(member.close());
    expect(group.commits).toEqual([]);
  });

  it("goes on where the group has committed", async () => {
    const { world, group, log, consumer, events } = setUp();
    log.append("a", "b", "c");
    group.committed.set("orders-0", 1);
    const reader = consumer();
    expect(await world.finish(read(reader, 2))).toEqual(["b", "c"]);
    expect(events).toEqual([]);
    await world.finish(reader.close());
  });

  it("ends when the consumer is closed while it waits", async () => {
    const { world, consumer } = setUp();
    const reader = consumer();
    const all = read(reader, 1);
    await world.advance(1_000);
    const closing = reader.close();
    expect(reader.close()).toBe(closing);
    await world.finish(closing);
    expect(await all).toEqual([]);
    expect(await read(reader, 1)).toEqual([]);
  });

  it("rejects with the reason of a signal that had aborted before", async () => {
    const { world, consumer } = setUp();
    const reader = consumer({ signal: AbortSignal.abort(new Error("too late")) });
    await expect(world.finish(read(reader, 1))).rejects.toThrow("too late");
    await world.finish(reader.close());
  });

  it("rejects with the signal's reason, and closes", async () => {
    const { world, group, log, consumer } = setUp();
    log.append("a");
    const stop = new AbortController();
    const reader = consumer({ signal: stop.signal });
    const reading = (async () => {
      for await (const _ of reader);
    })();
    await world.advance(1_000);
    stop.abort(new Error("enough"));
    await expect(world.finish(reading)).rejects.toThrow("enough");
    await world.finish(reader.close());
    expect(group.committed.get("orders-0")).toBe(1);
    expect(group.memberIds).toEqual([]);
  });

  it("is the only one at a time", async () => {
    const { world, consumer } = setUp();
    const reader = consumer();
    reader[Symbol.asyncIterator]();
    expect(() => reader[Symbol.asyncIterator]()).toThrow(/being read already/);
    await expect(reader.run({ orders: () => {} })).rejects.toThrow(/being read already/);
    await world.finish(reader.close());
  });

  it("takes turns among partitions", async () => {
    const { world, group, consumer } = setUp({ partitions: 2 });
    group.log("orders", 0).append("a0");
    group.log("orders", 0).append("a1");
    group.log("orders", 1).append("b0");
    group.log("orders", 1).append("b1");
    const reader = consumer();
    const values = await world.finish(read(reader, 4));
    expect(values.toSorted()).toEqual(["a0", "a1", "b0", "b1"]);
    expect(
      values
        .slice(0, 2)
        .map(([first]) => first)
        .toSorted(),
    ).toEqual(["a", "b"]);
    await world.finish(reader.close());
  });
});

describe("where a consumer begins", () => {
  it.each([
    { from: "earliest" as const, expected: ["b", "c"], to: 1n },
    { from: "latest" as const, expected: ["new"], to: 3n },
  ])("is $from when the group has committed nothing, and it says so", async ({ from, expected, to }) => {
    const { world, log, consumer, events } = setUp();
    log.append("a");
    log.append("b", "c");
    log.deleteBefore(1);
    const reader = consumer({ from });
    const reading = read(reader, expected.length);
    await world.advance(100);
    if (from === "latest") log.append("new");
    expect(await world.finish(reading)).toEqual(expected);
    expect(events).toEqual([{ kind: "offsetReset", topic: "orders", partition: 0, from: undefined, to }]);
    await world.finish(reader.close());
  });

  it("is an error when there is no offset and none may be chosen", async () => {
    const { world, consumer } = setUp();
    const reader = consumer({ from: "none" });
    await expect(world.finish(read(reader, 1))).rejects.toMatchObject({
      code: "NO_OFFSET",
      topic: "orders",
      partition: 0,
    });
    await world.finish(reader.close());
  });

  it("is chosen anew when retention has passed the committed offset, and the next commit is of there", async () => {
    const { world, group, log, consumer, events } = setUp();
    log.append("a", "b");
    log.append("c");
    log.deleteBefore(2);
    group.committed.set("orders-0", 1);
    const reader = consumer();
    expect(await world.finish(read(reader, 1))).toEqual(["c"]);
    expect(events).toEqual([{ kind: "offsetReset", topic: "orders", partition: 0, from: 1n, to: 2n }]);
    await world.finish(reader.close());
    expect(group.committed.get("orders-0")).toBe(3);
  });

  it("is chosen anew only when what was fetched before is handed out", async () => {
    const { world, log, consumer, events } = setUp();
    log.append("a", "b");
    const reader = consumer();
    const iterator = reader[Symbol.asyncIterator]();
    expect((await world.finish(iterator.next())).value?.value).toBe("a");
    log.fault = (offset) => (offset < 3 ? "OFFSET_OUT_OF_RANGE" : undefined);
    log.append("c");
    log.append("d");
    log.deleteBefore(3);
    await world.advance(2_000);
    const rest = [
      (await world.finish(iterator.next())).value?.value,
      (await world.finish(iterator.next())).value?.value,
    ];
    expect(rest).toEqual(["b", "d"]);
    expect(events.at(-1)).toEqual({ kind: "offsetReset", topic: "orders", partition: 0, from: 2n, to: 3n });
    await iterator.return?.();
    await world.finish(reader.close());
  });

  it("cannot be a topic that may not be read", async () => {
    const { world, cluster, consumer } = setUp();
    cluster.on(apis.Metadata, () => ({
      brokers: [{ nodeId: 1, ...cluster.address(1), rack: null }],
      topics: [{ errorCode: 29, name: "orders", partitions: [] }],
    }));
    const reader = consumer();
    await expect(world.finish(read(reader, 1))).rejects.toMatchObject({ code: "TOPIC_AUTHORIZATION_FAILED" });
    await world.finish(reader.close());
  });

  it("is asked for again while a transaction holds it, the leader does not know, or the coordinator moves", async () => {
    const { world, group, log, consumer, events } = setUp();
    log.append("a");
    group.refusals.set("OffsetFetch", ["UNSTABLE_OFFSET_COMMIT", "NOT_COORDINATOR"]);
    group.refusals.set("ListOffsets", ["NOT_LEADER_OR_FOLLOWER", "OFFSET_NOT_AVAILABLE"]);
    const reader = consumer();
    expect(await world.finish(read(reader, 1))).toEqual(["a"]);
    expect(kindsOf(events).filter((kind) => kind === "retrying")).toHaveLength(4);
    await world.finish(reader.close());
  });
});

describe("fetches", () => {
  it("follow a partition to its new leader", async () => {
    const { world, cluster, log, consumer } = setUp({ nodes: [1, 2] });
    log.append("a");
    const reader = consumer();
    const reading = read(reader, 2);
    await world.advance(100);
    cluster.topics.get("orders")?.partitions[0]?.moveTo(2);
    await world.advance(2_000);
    log.append("b");
    expect(await world.finish(reading)).toEqual(["a", "b"]);
    expect(cluster.requests(apis.Fetch).at(-1)?.node).toBe(2);
    await world.finish(reader.close());
  });

  it("go on after the connection breaks", async () => {
    const { world, cluster, log, consumer } = setUp();
    log.append("a");
    const reader = consumer();
    const reading = read(reader, 2);
    await world.advance(100);
    cluster.drop(1);
    await world.advance(2_000);
    log.append("b");
    expect(await world.finish(reading)).toEqual(["a", "b"]);
    await world.finish(reader.close());
  });

  it.each(["disconnect", "loseAnswer", "truncateAnswer"] as const)(
    "go on however often a broker hangs up: %s",
    async (fault) => {
      const { world, cluster, log, consumer } = setUp();
      let left = 12;
      cluster.fault = ({ api }) => (api === "Fetch" && left-- > 0 ? fault : undefined);
      const reader = consumer();
      const reading = read(reader, 2);
      log.append("a");
      await world.advance(60_000);
      log.append("b");
      expect(await world.finish(reading)).toEqual(["a", "b"]);
      await world.finish(reader.close());
    },
  );

  it("read a batch again that was damaged on the way", async () => {
    const { world, log, consumer, events } = setUp();
    log.append("a", "b");
    let damaged = 2;
    log.mangle = (bytes) => {
      if (damaged-- > 0) bytes[bytes.length - 2] = (bytes.at(-2) ?? 0) ^ 1;
      return bytes;
    };
    const reader = consumer();
    expect(await world.finish(read(reader, 2))).toEqual(["a", "b"]);
    expect(kindsOf(events)).toEqual(["offsetReset", "retrying", "retrying"]);
    await world.finish(reader.close());
  });

  it("fail with topic, partition and offset when it is damaged in the log, after what is before it", async () => {
    const { world, log, consumer } = setUp();
    log.append("a");
    log.append("b");
    log.mangle = (bytes) => {
      if (bytes.includes("b")) bytes[bytes.length - 2] = (bytes.at(-2) ?? 0) ^ 1;
      return bytes;
    };
    const reader = consumer();
    expect(await world.finish(read(reader, 1))).toEqual(["a"]);
    await world.advance(5_000);
    await world.finish(reader.close());
    const other = consumer();
    await expect(world.finish(read(other, 1))).rejects.toThrow(/topic orders, partition 0, offset 1: .*checksum/);
    await world.finish(other.close());
  });

  it("keep what is buffered below the limit while the application is slow, and lose nothing", async () => {
    // All partitions together may hold less than each of them alone would take.
    const { world, group, consumer } = setUp({ partitions: 8 });
    const text = "x".repeat(1_000);
    for (let index = 0; index < 15; index += 1) {
      for (let partition = 0; partition < 8; partition += 1)
        group.log("orders", partition).append(`${partition}-${index}-${text}`);
    }
    const reader = consumer({ bufferBytes: 8_000, partitionMaxBytes: 2_000 });
    const iterator = reader[Symbol.asyncIterator]();
    const seen = new Set<string>();
    for (let count = 0; count < 120; count += 1) {
      const { value } = await world.finish(iterator.next());
      seen.add((value as ConsumedRecord<Orders>).value.slice(0, -text.length));
      await world.advance(10);
      const fetched = group.fetches.reduce((sum, { bytes }) => sum + bytes, 0);
      expect(fetched - seen.size * 1_075).toBeLessThan(8_000 + 2_000);
    }
    expect(seen.size).toBe(120);
    await world.finish(reader.close());
  });

  it("do not let a full partition wait for idle ones", async () => {
    const { world, group, consumer } = setUp({ partitions: 2 });
    const reader = consumer({ partitionMaxBytes: 100, autoCommitIntervalMs: 60_000, heartbeatIntervalMs: 40_000 });
    for (let index = 0; index < 50; index += 1) group.log("orders", 0).append(`${index}`);
    const began = world.clock.monotonic();
    await world.finish(read(reader, 50));
    expect(world.clock.monotonic() - began).toBeLessThan(1_000);
    await world.finish(reader.close());
  });
});

describe("records that cannot be read", () => {
  it("stop their partition with an error, and the others go on", async () => {
    const { world, group, consumer } = setUp({ partitions: 2 });
    group.log("orders", 0).append("a", "!b", "c");
    group.log("orders", 1).append("x", "y");
    const reader = consumer();
    const values: string[] = [];
    const loop = async () => {
      for await (const record of reader) {
        values.push(record.value);
        if (record.value === "y") break;
      }
    };
    await expect(world.finish(loop())).rejects.toThrow(
      "topic orders, partition 0, offset 1: cannot read the value: it begins with an exclamation mark",
    );
    if (!values.includes("y")) await world.finish(loop());
    expect(values.toSorted()).toEqual(["a", "x", "y"]);
    await world.finish(reader.close());
    expect(group.committed.get("orders-0")).toBe(1);
  });

  it("are passed over when told so, with an event", async () => {
    const { world, group, log, consumer, events } = setUp();
    log.append("!a", "b", "!c");
    const reader = consumer({ onPoison: "skip" });
    expect(await world.finish(read(reader, 1))).toEqual(["b"]);
    await world.finish(reader.close());
    expect(kindsOf(events)).toEqual(["offsetReset", "poisonSkipped", "poisonSkipped"]);
    expect(group.committed.get("orders-0")).toBe(3);
  });

  it("are given to a function with their bytes, and passed over when it resolves", async () => {
    const { world, log, consumer } = setUp();
    log.append("k:a", "!k:b", "k:c");
    const kept: unknown[] = [];
    const reader = consumer({
      onPoison: async ({ offset, rawKey, rawValue, error }) => {
        kept.push([offset, String(rawKey), String(rawValue), error.code]);
      },
    });
    expect(await world.finish(read(reader, 2))).toEqual(["k:a", "k:c"]);
    expect(kept).toEqual([[1n, "!k", "!k:b", "DESERIALIZATION_FAILED"]]);
    await world.finish(reader.close());
  });

  it("are what run says of them, before what the consumer says", async () => {
    const { world, group, log, consumer } = setUp();
    log.append("!a", "b");
    const reader = consumer({ onPoison: "stop" });
    const stop = new AbortController();
    const values: string[] = [];
    const handlers = {
      orders: ({ value }: ConsumedRecord<Orders>) => {
        values.push(value);
        stop.abort();
      },
    };
    await expect(world.finish(reader.run(handlers))).rejects.toMatchObject({ code: "DESERIALIZATION_FAILED" });
    await world.finish(reader.close());
    const other = consumer({ onPoison: "stop" });
    await world.finish(other.run(handlers, { onPoison: "skip", signal: stop.signal }));
    await world.finish(other.close());
    expect(values).toEqual(["b"]);
    expect(group.committed.get("orders-0")).toBe(2);
  });

  it("stop when that function throws, with its error", async () => {
    const { world, log, consumer } = setUp();
    log.append("!a");
    const reader = consumer({ onPoison: () => Promise.reject(new Error("no room for it")) });
    await expect(world.finish(read(reader, 1))).rejects.toThrow("no room for it");
    await world.finish(reader.close());
  });
});

describe("serdes", () => {
  it("are prepared before the group is joined, and once for each batch", async () => {
    const { world, cluster, log } = setUp();
    const calls: string[] = [];
    const prepared = topic("orders", {
      value: {
        ...string(),
        prepare: async ({ part, direction, registry }) => {
          calls.push(`prepare ${part} ${direction} ${registry} joins ${cluster.requests(apis.JoinGroup).length}`);
        },
        prepareBatch: (payloads, { registry }) => {
          calls.push(`${registry}: ${payloads.map((payload) => String(payload)).join(" ")}`);
          return payloads.length > 1 ? Promise.resolve() : undefined;
        },
      },
    });
    log.append("a", "b");
    log.append("c");
    const kafka = new Kafka({ brokers: cluster.bootstrap, world, registry: "R" });
    const reader = kafka.consumer({ groupId: "g", topics: [prepared] });
    const values: string[] = [];
    await world.finish(
      reader.run(
        {
          orders: ({ value }) => {
            values.push(value);
          },
        },
        { signal: AbortSignal.abort() },
      ),
    );
    const iterator = reader[Symbol.asyncIterator]();
    for (let count = 0; count < 3; count += 1) values.push((await world.finish(iterator.next())).value?.value ?? "");
    expect(values).toEqual(["a", "b", "c"]);
    expect(calls).toEqual(["prepare value read R joins 0", "R: a b", "R: c"]);
    await world.finish(kafka.close());
  });

  it("hold up no other partition than the one they are prepared for", async () => {
    const { world, cluster, group } = setUp({ partitions: 2 });
    let answer: () => void = () => {};
    const slow = topic("orders", {
      value: {
        ...string(),
        prepareBatch: ([first]) =>
          String(first).startsWith("slow") ? new Promise<void>((resolve) => (answer = resolve)) : undefined,
      },
    });
    group.log("orders", 0).append("slow 1", "slow 2");
    for (const value of ["a", "b", "c"]) group.log("orders", 1).append(value);
    const reader = new Kafka({ brokers: cluster.bootstrap, world }).consumer({ groupId: "g", topics: [slow] });
    const iterator = reader[Symbol.asyncIterator]();
    const values: string[] = [];
    const next = async () => values.push((await world.finish(iterator.next())).value?.value ?? "");
    for (let count = 0; count < 3; count += 1) await next();
    expect(values).toEqual(["a", "b", "c"]);
    answer();
    for (let count = 0; count < 2; count += 1) await next();
    expect(values.slice(3)).toEqual(["slow 1", "slow 2"]);
    await iterator.return?.();
    await world.finish(reader.close());
    expect(group.committed.get("orders-0")).toBe(1);
    expect(group.committed.get("orders-1")).toBe(3);
  });

  it("are prepared again after a failure that passes, and fail the partition after one that does not", async () => {
    const { world, cluster, log } = setUp();
    const passing = Object.assign(new Error("registry is away"), { retriable: true });
    const failures: Error[] = [passing, passing];
    const flaky = topic("orders", {
      value: {
        ...string(),
        prepareBatch: (payloads) => {
          if (String(payloads[0]) === "b") return Promise.reject(new Error("no schema 7"));
          const failure = failures.shift();
          return failure === undefined ? undefined : Promise.reject(failure);
        },
      },
    });
    log.append("a");
    log.append("b");
    const reader = new Kafka({ brokers: cluster.bootstrap, world }).consumer({ groupId: "g", topics: [flaky] });
    const values: string[] = [];
    const loop = async () => {
      for await (const { value } of reader) values.push(value);
    };
    await expect(world.finish(loop())).rejects.toThrow("no schema 7");
    expect(values).toEqual(["a"]);
    await world.finish(reader.close());
  });
});

it("names partitions in a way that cannot be mistaken", () => {
  expect(partitionKey({ topic: "a-1", partition: 2 })).not.toBe(partitionKey({ topic: "a", partition: 12 }));
});
