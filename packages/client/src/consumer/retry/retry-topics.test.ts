import { describe, expect, it } from "vitest";
import { topic } from "../../contract/topic.js";
import { string } from "../../serde/string.js";
import { headersOf, kindsOf, orders, setUp } from "../consumer.test-kit.js";
import { retryDelayMs, retryTopicsOf } from "./retry-topics.js";

describe("retry topics", () => {
  it.each([
    ["500ms", 500],
    ["10s", 10_000],
    ["1.5m", 90_000],
    ["2h", 7_200_000],
    ["1d", 86_400_000],
  ] as const)("wait %s, which is %d ms", (delay, delayMs) => {
    expect(retryDelayMs(delay)).toBe(delayMs);
  });

  it.each(["10", "s", "-1s", "0s", "1e3s", "1 s", "1w"])("do not wait %j", (delay) => {
    expect(() => retryDelayMs(delay as "1s")).toThrow(/is not a time/);
  });

  it("are named after topic, group and delay, and read by the topic's contract", () => {
    const origin = topic("orders", { value: string(), partitions: 4 });
    const names = retryTopicsOf(origin, "billing/eu", ["10s", "1m"]);
    expect(names).toMatchObject([
      {
        name: "orders.billing_eu.retry.10s",
        partitions: 4,
        value: origin.value,
        retryOf: { stage: 0, delayMs: 10_000 },
      },
      { name: "orders.billing_eu.retry.1m", partitions: 4, retryOf: { stage: 1, delayMs: 60_000 } },
    ]);
    expect(retryTopicsOf(origin, "g", ["1s"], (name, group, delay) => `${group}-${name}-${delay}`)[0]?.name).toBe(
      "g-orders-1s",
    );
  });

  it("are refused with a name that is none, or that another has", () => {
    expect(() => retryTopicsOf(orders, "g", ["1s"], () => "a b")).toThrow(/is not a topic name/);
    expect(() => retryTopicsOf(orders, "g", ["1s", "2s"], () => "same")).toThrow(/the same name/);
  });
});

describe("a run with retry topics", () => {
  it("handles a failed record again after each wait, lets others pass, and ends in the dead-letter topic", async () => {
    const { world, cluster, group, log, consumer, produced, events } = setUp({ partitions: 2 });
    log.append("a:0", "a:1");
    const reader = consumer();
    const calls: unknown[] = [];
    const began = world.clock.now();
    const running = reader.run(
      {
        orders: ({ topic: name, partition, offset, timestamp, key, value }) => {
          calls.push([value, Math.round((world.clock.now() - began) / 1_000)]);
          expect([name, partition, timestamp, key]).toEqual(["orders", 0, 1_000, "a"]);
          if (offset === 0n) throw new Error(`attempt ${calls.length}`);
        },
      },
      { retry: { attempts: 2, backoff: 10, jitter: 0 }, retryTopics: ["10s", "1m"], onFailure: "deadLetter" },
    );
    await world.advance(120_000);
    expect(calls).toEqual([
      ["a:0", 0],
      ["a:0", 0],
      ["a:1", 0],
      ["a:0", 10],
      ["a:0", 10],
      ["a:0", 70],
      ["a:0", 70],
    ]);
    expect(cluster.topics.get("orders.g.retry.10s")?.partitions).toHaveLength(2);
    const [first] = produced("orders.g.retry.10s");
    expect(headersOf(first ?? { headers: [] })).toMatchObject({
      "ottla.origin.topic": "orders",
      "ottla.origin.offset": "0",
      "ottla.attempt": "2",
      "ottla.error.message": "attempt 2",
      "ottla.not-before": expect.stringMatching(/^\d+$/),
    });
    const [letter] = produced("orders.dlq");
    expect(headersOf(letter ?? { headers: [] })).toMatchObject({
      "ottla.origin.topic": "orders",
      "ottla.attempt": "6",
    });
    expect(headersOf(letter ?? { headers: [] })).not.toHaveProperty("ottla.not-before");
    expect(kindsOf(events).filter((kind) => kind === "retryScheduled")).toHaveLength(2);
    await world.finish(reader.close());
    await running;
    const retried = [...group.committed].filter(([name, offset]) => name.includes(".retry.") && offset > 0);
    expect(retried.map(([, offset]) => offset)).toEqual([1, 1]);
    expect(group.committed.get("orders-0")).toBe(2);
    await world.advance(1_000);
    expect(world.pendingTimers).toBe(0);
    expect(world.network.openConnections).toBe(0);
  });

  it("commits an offset only when the retry topic has the record, and stops when it cannot be written", async () => {
    const { world, cluster, group, log, consumer, produced } = setUp();
    log.append("a", "b");
    const reader = consumer();
    cluster.fault = ({ api }) => (api === "Produce" ? { refuse: "TOPIC_AUTHORIZATION_FAILED" } : undefined);
    let isBroken = true;
    const run = () =>
      reader.run(
        {
          orders: ({ value }) => {
            if (value === "a" && isBroken) throw new Error("no");
          },
        },
        { retryTopics: ["10s"] },
      );
    await expect(world.finish(run())).rejects.toMatchObject({
      code: "FAILED_RECORD_NOT_WRITTEN",
      to: "orders.g.retry.10s",
    });
    await world.advance(10_000);
    expect(group.committed.get("orders-0")).toBe(0);
    cluster.fault = () => undefined;
    const again = run();
    await world.advance(5_000);
    expect(produced("orders.g.retry.10s")).toHaveLength(1);
    expect(group.committed.get("orders-0")).toBe(2);
    isBroken = false;
    await world.advance(20_000);
    expect(group.committed.get("orders.g.retry.10s-0")).toBe(1);
    await world.finish(reader.close());
    await again;
  });

  it("stops after the last wait unless told otherwise, with all its attempts counted", async () => {
    const { world, log, consumer } = setUp();
    log.append("a");
    const reader = consumer();
    const run = reader.run(
      () => {
        throw new Error("no");
      },
      { retryTopics: ["10s"] },
    );
    await expect(world.finish(run)).rejects.toMatchObject({
      message: "topic orders, partition 0, offset 0: the handler threw 2 times: no",
    });
    await world.finish(reader.close());
  });

  it("leaves a record where it is while its time has not come, through a restart", async () => {
    const { world, log, consumer } = setUp();
    log.append("a");
    const calls: number[] = [];
    const started = world.clock.now();
    const run = (reader: ReturnType<typeof consumer>) =>
      reader.run(
        () => {
          calls.push(Math.round((world.clock.now() - started) / 1_000));
          if (calls.length === 1) throw new Error("no");
        },
        { retryTopics: ["1m"] },
      );
    const first = consumer();
    const over = run(first);
    await world.advance(20_000);
    expect(first.health().partitions.find(({ topic: name }) => name !== "orders")).toMatchObject({ state: "waiting" });
    const closing = world.clock.monotonic();
    await world.finish(first.close());
    expect(world.clock.monotonic() - closing).toBeLessThan(1_000);
    await over;
    const second = consumer();
    const rest = run(second);
    await world.advance(60_000);
    expect(calls).toEqual([0, 60]);
    await world.finish(second.close());
    await rest;
  });

  it("waits no longer than its topic says for a record from a clock that is ahead", async () => {
    const { world, group, log, consumer, cluster } = setUp();
    log.append("a");
    cluster.topic("orders.g.retry.10s", 1);
    const { encodeBatch } = await import("@ottla/protocol");
    const headers = Object.entries({ topic: "orders", partition: 0, offset: 7 }).map(([key, value]) => ({
      key: `ottla.origin.${key}`,
      value: Buffer.from(String(value)),
    }));
    headers.push({ key: "ottla.not-before", value: Buffer.from(String(world.clock.now() + 900_000)) });
    const record = { key: null, value: Buffer.from("late"), timestamp: 5, headers };
    group.log("orders.g.retry.10s").appendBatch(encodeBatch([record]), 1);
    const reader = consumer();
    const seen: unknown[] = [];
    const running = reader.run(({ value, offset }) => void seen.push([value, offset]), { retryTopics: ["10s"] });
    await world.advance(9_000);
    expect(seen).toEqual([["a", 0n]]);
    await world.advance(3_000);
    expect(seen).toEqual([
      ["a", 0n],
      ["late", 7n],
    ]);
    await world.finish(reader.close());
    await running;
  });

  it("gives up the order of keys, and so refuses to be told otherwise", async () => {
    const { world, consumer } = setUp();
    const reader = consumer();
    const options = { orderBy: "key", retryTopics: ["10s"] } as never;
    await expect(reader.run({ orders: () => {} }, options)).rejects.toThrow(/orderBy cannot be "key"/);
    await world.finish(reader.close());
  });
});
