import { describe, expect, it } from "vitest";
import { gate, kindsOf, setUp } from "./consumer.test-kit.js";

describe("settle: manual", () => {
  it("commits only what `done` was said of, and only with nothing open before it", async () => {
    const { world, group, log, consumer } = setUp();
    log.append("a", "b", "c", "d");
    const reader = consumer({ settle: "manual" });
    const records: { readonly value: string; done(): void }[] = [];
    const over = (async () => {
      for await (const record of reader) records.push(record);
    })();
    await world.advance(10_000);
    expect(records.map(({ value }) => value)).toEqual(["a", "b", "c", "d"]);
    expect(group.committed.get("orders-0")).toBe(0);
    records[1]?.done();
    records[2]?.done();
    await world.advance(10_000);
    expect(group.committed.get("orders-0")).toBe(0);
    records[0]?.done();
    records[0]?.done();
    await world.advance(10_000);
    expect(group.committed.get("orders-0")).toBe(3);
    records[3]?.done();
    await world.finish(reader.close());
    await over;
    expect(group.committed.get("orders-0")).toBe(4);
  });

  it("lets `close` wait for what was begun with, at most drainTimeoutMs", async () => {
    const { world, group, log, consumer } = setUp();
    log.append("a", "b");
    const reader = consumer({ settle: "manual", drainTimeoutMs: 4_000 });
    const open: { done(): void }[] = [];
    const running = reader.run({ orders: (record) => void open.push(record) });
    await world.advance(1_000);
    const began = world.clock.monotonic();
    const closing = reader.close();
    await world.advance(2_000);
    open[0]?.done();
    await world.finish(closing);
    await running;
    expect(world.clock.monotonic() - began).toBeGreaterThanOrEqual(4_000);
    expect(world.clock.monotonic() - began).toBeLessThan(5_000);
    expect(group.committed.get("orders-0")).toBe(1);
  });

  it("gives what is not done again to the next loop, and takes no `done` of before", async () => {
    const { world, group, log, consumer } = setUp();
    log.append("a", "b");
    const reader = consumer({ settle: "manual" });
    const open: { readonly value: string; done(): void }[] = [];
    const take = async (count: number) => {
      for await (const record of reader) {
        open.push(record);
        if (open.length >= count) break;
      }
    };
    await world.finish(take(2));
    await world.finish(take(4));
    expect(open.map(({ value }) => value)).toEqual(["a", "b", "a", "b"]);
    open[0]?.done();
    open[1]?.done();
    await world.advance(10_000);
    expect(group.committed.get("orders-0") ?? 0).toBe(0);
    await world.finish(reader.close());
  });

  it("does not call a record open whose handler has failed for good", async () => {
    const { world, group, log, consumer } = setUp();
    log.append("a", "b");
    const reader = consumer({ settle: "manual" });
    const running = reader.run(
      {
        orders: (record) => {
          if (record.value === "a") throw new Error("no");
          record.done();
        },
      },
      { onFailure: "deadLetter" },
    );
    await world.advance(10_000);
    expect(group.committed.get("orders-0")).toBe(2);
    const began = world.clock.monotonic();
    await world.finish(reader.close());
    expect(world.clock.monotonic() - began).toBeLessThan(1_000);
    await running;
  });
});

describe("done() otherwise", () => {
  it("says so before the handler's end", async () => {
    const { world, group, log, consumer } = setUp();
    log.append("a");
    const held = gate();
    const reader = consumer();
    const running = reader.run({
      orders: async (record) => {
        record.done();
        await held.opened;
      },
    });
    await world.advance(10_000);
    expect(group.committed.get("orders-0")).toBe(1);
    held.open();
    await world.finish(reader.close());
    await running;
  });
});

describe("commits", () => {
  it("follow a number of records, without waiting for the interval", async () => {
    const { world, group, log, consumer } = setUp();
    log.append(...Array.from({ length: 25 }, (_, index) => `${index}`));
    const reader = consumer({ autoCommitCount: 10, autoCommitIntervalMs: 3_600_000 });
    const running = reader.run({ orders: () => {} });
    await world.advance(1_000);
    expect(group.commits.length).toBeLessThanOrEqual(3);
    expect(group.committed.get("orders-0")).toBeGreaterThanOrEqual(20);
    await world.finish(reader.close());
    await running;
    expect(group.committed.get("orders-0")).toBe(25);
  });

  it("are made when asked for, and then alone with autoCommit: false", async () => {
    const { world, group, log, consumer } = setUp();
    log.append("a", "b", "c");
    const reader = consumer({ autoCommit: false });
    const over = (async () => {
      for await (const { value } of reader) if (value === "c") await reader.commit();
    })();
    await world.advance(20_000);
    expect(group.commits).toMatchObject([{ offset: 2 }]);
    await world.finish(reader.close());
    await over;
    expect(group.commits).toHaveLength(1);
  });

  it("asked for reject with what the coordinator says", async () => {
    const { world, cluster, group, log, consumer } = setUp();
    log.append("a");
    const reader = consumer({ autoCommit: false });
    const over = reader.run({ orders: () => {} });
    await world.advance(1_000);
    group.refusals.set("OffsetCommit", ["GROUP_AUTHORIZATION_FAILED"]);
    await expect(world.finish(reader.commit())).rejects.toMatchObject({ code: "GROUP_AUTHORIZATION_FAILED" });
    group.refusals.set("OffsetCommit", ["COORDINATOR_LOAD_IN_PROGRESS"]);
    await world.finish(reader.commit());
    expect(group.committed.get("orders-0")).toBe(1);
    log.append("b");
    await world.advance(1_000);
    cluster.fault = ({ api }) => (api === "OffsetCommit" ? "ignore" : undefined);
    await expect(world.finish(reader.commit())).rejects.toMatchObject({ code: "OPERATION_TIMEOUT" });
    cluster.fault = () => undefined;
    await world.finish(reader.close());
    await over;
  });
});

describe("batches", () => {
  it("hold what there is of one partition, across the batches of producers", async () => {
    const { world, group, consumer } = setUp({ partitions: 2 });
    for (let index = 0; index < 7; index += 1) group.log("orders", 0).append(`a${index}`);
    group.log("orders", 1).append("b0", "b1");
    const reader = consumer();
    const batches: string[][] = [];
    const over = (async () => {
      for await (const { topic, partition, records } of reader.batches({ maxRecords: 5 })) {
        expect(new Set(records.map((record) => `${record.topic}-${record.partition}`))).toEqual(
          new Set([`${topic}-${partition}`]),
        );
        batches.push(records.map(({ value }) => value));
      }
    })();
    await world.advance(10_000);
    expect(batches.map((batch) => batch.join(" ")).toSorted()).toEqual(["a0 a1 a2 a3 a4", "a5 a6", "b0 b1"]);
    expect([group.committed.get("orders-0"), group.committed.get("orders-1")]).toEqual([7, 2]);
    await world.finish(reader.close());
    await over;
  });

  it("hold up to 500 records, where nothing else is said", async () => {
    const { world, log, consumer } = setUp();
    log.append(...Array.from({ length: 600 }, (_, index) => `${index}`));
    const reader = consumer();
    const sizes: number[] = [];
    const over = (async () => {
      for await (const { records } of reader.batches()) sizes.push(records.length);
    })();
    await world.advance(5_000);
    expect(sizes).toEqual([500, 100]);
    await world.finish(reader.close());
    await over;
  });

  it("are undone as a whole when left, but for records that are said to be done", async () => {
    const { world, group, log, consumer } = setUp();
    log.append("a", "b", "c");
    const reader = consumer();
    const leave = async () => {
      for await (const { records } of reader.batches()) {
        records[0]?.done();
        throw new Error("mine");
      }
    };
    await expect(world.finish(leave())).rejects.toThrow("mine");
    await world.advance(10_000);
    expect(group.committed.get("orders-0")).toBe(1);
    const values: string[] = [];
    const over = (async () => {
      for await (const { records } of reader.batches()) values.push(...records.map(({ value }) => value));
    })();
    await world.advance(10_000);
    expect(values).toEqual(["b", "c"]);
    await world.finish(reader.close());
    await over;
  });

  it("end before a record that cannot be decoded", async () => {
    const { world, group, log, consumer, events } = setUp();
    log.append("a", "!b", "c");
    const reader = consumer({ onPoison: "skip" });
    const values: string[][] = [];
    const over = (async () => {
      for await (const { records } of reader.batches()) values.push(records.map(({ value }) => value));
    })();
    await world.advance(10_000);
    expect(values.flat()).toEqual(["a", "c"]);
    expect(kindsOf(events)).toContain("poisonSkipped");
    await world.finish(reader.close());
    await over;
    expect(group.committed.get("orders-0")).toBe(3);
  });
});

describe("a revoke", () => {
  it.each([
    { title: "by itself", options: {} },
    { title: "by count", options: { autoCommitCount: 1_000 } },
    { title: "by hand, each record", options: { settle: "manual" as const } },
  ])("loses no offset of what is done meanwhile, when that is settled $title", async ({ options }) => {
    const { world, group, log, consumer } = setUp();
    log.append("a", "b", "c");
    const reader = consumer({ assignors: ["range"], autoCommitIntervalMs: 3_600_000, ...options });
    const held = gate();
    const calls: string[] = [];
    const running = reader.run(
      {
        orders: async (record) => {
          calls.push(record.value);
          if (record.value === "b") await held.opened;
          record.done();
        },
      },
      { orderBy: "partition" },
    );
    await world.advance(1_000);
    group.rebalance();
    await world.advance(5_000);
    // The group waits for this member, and it for its handler.
    expect(group.state).toBe("preparing");
    held.open();
    await world.advance(5_000);
    expect(group.commits.find(({ offset }) => offset === 2)).toBeDefined();
    expect(calls).toEqual(["a", "b", "c"]);
    await world.finish(reader.close());
    await running;
    expect(group.committed.get("orders-0")).toBe(3);
  });
});
