import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gate, kindsOf, setUp } from "../consumer.test-kit.js";
import { retrySettings } from "../retry/retry-options.js";

const hour = 3_600_000;
const fail = (): never => {
  throw new Error("a bug in there");
};
const random = (value: number) => ({ next: () => value, bytes: (length: number) => new Uint8Array(length) });

describe("the waits between attempts", () => {
  it.each([
    { title: "double up to the longest", options: { initialMs: 100, maxMs: 500 }, waits: [100, 200, 400, 500, 500] },
    { title: "stay the same", options: { backoff: "fixed" as const, initialMs: 50 }, waits: [50, 50, 50] },
    { title: "are a number", options: { backoff: 70 }, waits: [70, 70] },
    {
      title: "are what a function says",
      options: { backoff: (failures: number) => failures * 10 },
      waits: [10, 20, 30],
    },
  ])("$title", ({ options, waits }) => {
    const { delayMs } = retrySettings({ attempts: 9, jitter: 0, ...options });
    expect(waits.map((_, index) => delayMs(index + 1, random(0.7)))).toEqual(waits);
  });

  it("vary by the jitter, and by no more", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (jitter, drawn) => {
          const waitMs = retrySettings({ attempts: 2, backoff: 1_000, jitter }).delayMs(1, random(drawn));
          expect(Math.abs(waitMs - 1_000)).toBeLessThanOrEqual(1_000 * jitter + 1e-6);
        },
      ),
    );
  });

  it.each([{ attempts: 0 }, { attempts: 1.5 }, { attempts: 2, jitter: 2 }, { attempts: 2, initialMs: 10, maxMs: 5 }])(
    "refuse %j",
    (options) => {
      expect(() => retrySettings(options)).toThrow(expect.objectContaining({ code: "INVALID_CONFIG" }));
    },
  );
});

describe("a record that waits for another attempt", () => {
  it("holds up its partition and no other, though there is one place", async () => {
    const { world, group, consumer } = setUp({ partitions: 2 });
    group.log("orders", 0).append("a:0", "a:1");
    group.log("orders", 1).append(...Array.from({ length: 50 }, (_, index) => `b:${index}`));
    const reader = consumer();
    const calls: string[] = [];
    const running = reader.run(
      {
        orders: ({ value }) => {
          calls.push(value);
          if (value === "a:0") throw new Error("not now");
        },
      },
      { retry: { attempts: 2, backoff: hour } },
    );
    await world.advance(5_000);
    expect(calls.filter((value) => value.startsWith("a"))).toEqual(["a:0"]);
    expect(calls).toHaveLength(51);
    expect(
      reader
        .health()
        .partitions.map(({ state }) => state)
        .toSorted(),
    ).toEqual(["reading", "waiting"]);
    await world.finish(reader.close());
    await running;
    expect(group.committed.get("orders-1")).toBe(50);
    expect(group.committed.get("orders-0")).toBe(0);
  });

  it("holds up its key alone, however many of that key are behind it", async () => {
    const { world, group, log, consumer } = setUp();
    log.append("a:0", ...Array.from({ length: 12 }, () => "a:more"), "b:0");
    const reader = consumer();
    const calls: string[] = [];
    const running = reader.run(
      {
        orders: ({ value }) => {
          calls.push(value);
          if (value === "a:0") throw new Error("not now");
        },
      },
      { orderBy: "key", retry: { attempts: 2, backoff: hour } },
    );
    await world.advance(5_000);
    expect(calls).toEqual(["a:0", "b:0"]);
    await world.finish(reader.close());
    await running;
    expect(group.committed.get("orders-0")).toBe(0);
  });

  it("keeps the membership for longer than maxPollIntervalMs: each call counts by itself", async () => {
    const { world, group, log, consumer, events } = setUp();
    log.append("a");
    const reader = consumer({ maxPollIntervalMs: 60_000, rebalanceTimeoutMs: 60_000 });
    let calls = 0;
    const running = reader.run(
      {
        orders: () => {
          calls += 1;
          if (calls < 3) throw new Error("not now");
        },
      },
      { retry: { attempts: 3, backoff: 10 * 60_000 } },
    );
    await world.advance(30 * 60_000);
    expect(calls).toBe(3);
    expect(kindsOf(events)).not.toContain("pollTimeout");
    expect(group.memberIds).toEqual(["member-1"]);
    await world.finish(reader.close());
    await running;
    expect(group.committed.get("orders-0")).toBe(1);
  });

  it.each(["a revoke", "close", "the signal"] as const)("is given up at once by %s", async (what) => {
    const { world, group, log, consumer } = setUp();
    log.append("a", "b");
    const stop = new AbortController();
    const reader = consumer({ assignors: ["range"] });
    const calls: string[] = [];
    const running = reader.run(
      {
        orders: ({ value }) => {
          calls.push(value);
          throw new Error("not now");
        },
      },
      { retry: { attempts: 2, backoff: hour }, signal: stop.signal },
    );
    await world.advance(5_000);
    const began = world.clock.monotonic();
    if (what === "the signal") {
      stop.abort();
      await world.finish(running);
    } else if (what === "close") {
      await world.finish(reader.close());
    } else {
      group.rebalance();
      await world.advance(4_000);
      // Its next owner is this member again.
      expect(calls).toEqual(["a", "a"]);
    }
    expect(world.clock.monotonic() - began).toBeLessThan(5_000);
    await world.finish(reader.close());
    await running;
    expect(group.committed.get("orders-0")).toBe(0);
    await world.advance(1_000);
    expect(world.pendingTimers).toBe(0);
  });

  it("is not tried again where `when` says that it is of no use", async () => {
    const { world, log, consumer } = setUp();
    log.append("a");
    const reader = consumer();
    const run = reader.run(
      {
        orders: () => {
          throw new TypeError("never");
        },
      },
      { retry: { attempts: 5, when: (error) => !(error instanceof TypeError) } },
    );
    await expect(world.finish(run)).rejects.toMatchObject({
      code: "HANDLER_FAILED",
      message: "topic orders, partition 0, offset 0: the handler threw: never",
    });
    await world.finish(reader.close());
  });
});

describe("what an application gives for retries", () => {
  it.each([
    { title: "`when`", retry: { attempts: 3, when: () => fail() } },
    { title: "`backoff`", retry: { attempts: 3, backoff: () => fail() } },
  ])("fails the run when $title throws", async ({ retry }) => {
    const { world, log, consumer } = setUp();
    log.append("a");
    const reader = consumer();
    const run = reader.run({ orders: () => Promise.reject(new Error("no")) }, { retry });
    await expect(world.finish(run)).rejects.toThrow("a bug in there");
    await world.finish(reader.close());
  });
});

describe("onFailure", () => {
  it("may be a function: the record is done when that is", async () => {
    const { world, group, log, consumer } = setUp();
    log.append("a", "b");
    const reader = consumer();
    const failed: unknown[] = [];
    const held = gate();
    const running = reader.run(
      {
        orders: ({ value }) => {
          if (value === "a") throw new Error("no");
        },
      },
      {
        retry: { attempts: 2, backoff: 10 },
        onFailure: async ({ record, error, attempts }) => {
          failed.push([record.value, (error as Error).message, attempts]);
          await held.opened;
        },
      },
    );
    await world.advance(10_000);
    expect(failed).toEqual([["a", "no", 2]]);
    expect(group.committed.get("orders-0")).toBe(0);
    held.open();
    await world.advance(10_000);
    expect(group.committed.get("orders-0")).toBe(2);
    await world.finish(reader.close());
    await running;
  });

  it("stops the run when the function throws", async () => {
    const { world, log, consumer } = setUp();
    log.append("a");
    const reader = consumer();
    const run = reader.run(
      () => {
        throw new Error("no");
      },
      {
        onFailure: () => {
          throw new Error("not this one either");
        },
      },
    );
    await expect(world.finish(run)).rejects.toMatchObject({ cause: { message: "not this one either" } });
    await world.finish(reader.close());
  });
});
