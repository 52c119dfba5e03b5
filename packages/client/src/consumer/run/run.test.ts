import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { kindsOf, setUp } from "../consumer.test-kit.js";

describe("run", () => {
  it("commits nothing beyond a record that is not done, however many behind it are", async () => {
    const { world, group, log, consumer } = setUp();
    log.append("k:0", "l:1", "m:2", "n:3");
    const reader = consumer({ autoCommitIntervalMs: 1_000 });
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const done: string[] = [];
    const running = reader.run(
      {
        orders: async ({ value }) => {
          if (value === "l:1") await held;
          done.push(value);
        },
      },
      { concurrency: 4, orderBy: "key" },
    );
    await world.advance(5_000);
    expect(done).toEqual(["k:0", "m:2", "n:3"]);
    expect(group.committed.get("orders-0")).toBe(1);
    release();
    await world.advance(5_000);
    expect(group.committed.get("orders-0")).toBe(4);
    await world.finish(reader.close());
    await running;
  });

  it("keeps the order of keys, or of partitions, at any concurrency, and handles each record once", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("key" as const, "partition" as const),
        fc.integer({ min: 1, max: 6 }),
        fc.array(fc.record({ partition: fc.nat(2), key: fc.constantFrom("a", "b", "c"), takesMs: fc.nat(20) }), {
          maxLength: 40,
        }),
        async (orderBy, concurrency, records) => {
          const { world, group, consumer } = setUp({ partitions: 3 });
          records.forEach(({ partition, key }, index) => {
            group.log("orders", partition).append(`${key}:${index}`);
          });
          const reader = consumer();
          const started: number[] = [];
          const busy = new Set<string>();
          let most = 0;
          const running = reader.run(
            {
              orders: async ({ value }) => {
                const index = Number(value.slice(2));
                const lane =
                  orderBy === "key" ? `${records[index]?.partition}${value[0]}` : `${records[index]?.partition}`;
                expect(busy).not.toContain(lane);
                busy.add(lane);
                most = Math.max(most, busy.size);
                started.push(index);
                await new Promise<void>((resolve) => {
                  world.timers.after(records[index]?.takesMs ?? 0, resolve);
                });
                busy.delete(lane);
              },
            },
            { concurrency, orderBy },
          );
          await world.advance(3_000);
          expect(started.toSorted((a, b) => a - b)).toEqual(records.map((_, index) => index));
          expect(most).toBeLessThanOrEqual(concurrency);
          for (let partition = 0; partition < 3; partition += 1) {
            for (const key of ["a", "b", "c"]) {
              const ours = started.filter(
                (index) => records[index]?.partition === partition && records[index].key === key,
              );
              expect(ours).toEqual(ours.toSorted((a, b) => a - b));
            }
          }
          await world.finish(reader.close());
          await running;
          for (let partition = 0; partition < 3; partition += 1) {
            const count = records.filter((record) => record.partition === partition).length;
            expect(group.committed.get(`orders-${partition}`)).toBe(count);
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  it("calls a handler that throws again, holding up only its key", async () => {
    const { world, group, log, consumer, events } = setUp();
    log.append("a:0", "b:1", "a:2");
    const reader = consumer();
    const calls: string[] = [];
    let failures = 2;
    const running = reader.run(
      {
        orders: ({ value }) => {
          calls.push(value);
          if (value === "a:0" && failures-- > 0) throw new Error("not now");
        },
      },
      { concurrency: 4, orderBy: "key", retry: { attempts: 3, backoff: 500 } },
    );
    await world.advance(5_000);
    expect(calls).toEqual(["a:0", "b:1", "a:0", "a:0", "a:2"]);
    expect(events.filter(({ kind }) => kind === "handlerRetry")).toMatchObject([
      { attempt: 1 },
      { attempt: 2, offset: 0n },
    ]);
    await world.finish(reader.close());
    await running;
    expect(group.committed.get("orders-0")).toBe(3);
  });

  it("rejects with what the handler threw last, commits what is before, and can be run again", async () => {
    const { world, group, log, consumer } = setUp();
    log.append("a:0", "b:1", "c:2");
    const reader = consumer();
    let isBroken = true;
    const done: string[] = [];
    const run = () =>
      reader.run(
        {
          orders: async ({ value }) => {
            if (value === "b:1" && isBroken) throw new Error("no such customer");
            done.push(value);
          },
        },
        { concurrency: 8, orderBy: "key", retry: { attempts: 2 } },
      );
    await expect(world.finish(run())).rejects.toMatchObject({
      code: "HANDLER_FAILED",
      message: "topic orders, partition 0, offset 1: the handler threw 2 times: no such customer",
      cause: { message: "no such customer" },
    });
    await world.advance(5_000);
    expect(group.committed.get("orders-0")).toBe(1);
    isBroken = false;
    const again = run();
    await world.advance(1_000);
    expect(done).toEqual(["a:0", "c:2", "b:1", "c:2"]);
    await world.finish(reader.close());
    await again;
    expect(group.committed.get("orders-0")).toBe(3);
  });

  it("resolves when its signal aborts, after the handlers that run; the rest comes again", async () => {
    const { world, group, log, consumer } = setUp();
    log.append("a:0", "b:1", "c:2");
    const stop = new AbortController();
    const reader = consumer();
    const done: string[] = [];
    const running = reader.run(
      {
        orders: async ({ value }) => {
          stop.abort();
          await Promise.resolve();
          done.push(value);
        },
      },
      { signal: stop.signal },
    );
    await world.finish(running);
    expect(done).toEqual(["a:0"]);
    const rest = reader.run({ orders: ({ value }) => void done.push(value) });
    await world.advance(1_000);
    expect(done).toEqual(["a:0", "b:1", "c:2"]);
    await world.finish(reader.close());
    await rest;
    expect(group.committed.get("orders-0")).toBe(3);
  });

  it("begins no handler after its signal aborted, whatever its loop is doing", async () => {
    const { world, group, consumer } = setUp({ partitions: 2 });
    group.log("orders", 0).append("a", "b");
    const stop = new AbortController();
    const reader = consumer();
    const done: string[] = [];
    let finish = () => {};
    const gate = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const orders = async ({ value }: { readonly value: string }) => {
      if (value === "c") {
        // Long enough that the loop then gives way to timers and sockets.
        vi.spyOn(world.clock, "monotonic").mockReturnValue(world.clock.monotonic() + 10);
        finish();
      }
      if (value === "a") await gate;
      done.push(value);
      if (value === "a") stop.abort();
    };
    const running = reader.run({ orders }, { signal: stop.signal, concurrency: 2 });
    await world.advance(1_000);
    group.log("orders", 1).append("c");
    await world.settle();
    vi.restoreAllMocks();
    await world.finish(running);
    expect(done.toSorted()).toEqual(["a", "c"]);
    await world.finish(reader.close());
    expect(group.committed.get("orders-0")).toBe(1);
  });

  it("needs a handler for every topic", async () => {
    const { world, consumer } = setUp();
    const reader = consumer();
    await expect(reader.run({} as never)).rejects.toThrow(/no handler for topic orders/);
    await world.finish(reader.close());
  });

  it("drops waiting records of a partition that is revoked, and waits only for those being handled", async () => {
    const { world, group, log, consumer, events } = setUp();
    log.append("a:0", "a:1", "a:2", "a:3");
    const reader = consumer({ assignors: ["range"] });
    const calls: string[] = [];
    const running = reader.run({
      orders: async ({ value }) => {
        calls.push(value);
        await new Promise<void>((resolve) => {
          world.timers.after(2_000, resolve);
        });
      },
    });
    await world.advance(1_000);
    group.rebalance();
    await world.advance(20_000);
    expect(calls.slice(0, 3)).toEqual(["a:0", "a:1", "a:2"]);
    expect(new Set(calls).size).toBe(calls.length);
    expect(kindsOf(events)).not.toContain("commitFailed");
    await world.finish(reader.close());
    await running;
  });
});
