import { describe, expect, it } from "vitest";
import { gate, setUp } from "../consumer.test-kit.js";
import { OwnCode } from "./own-code.js";

describe("code that a consumer waits for", () => {
  it("is found through what it awaits, and not elsewhere", async () => {
    const own = new OwnCode();
    const other = new OwnCode();
    const isCalling = (code: OwnCode) => code.isCalling();
    const deep = async (code: OwnCode) => {
      await Promise.resolve();
      return isCalling(code);
    };
    const call = own.named(async (code: OwnCode) => {
      const found = await deep(code);
      return found;
    });
    expect(await call(own)).toBe(true);
    expect(await call(other)).toBe(false);
    expect(await deep(own)).toBe(false);
  });

  it("leaves stack traces as they were", () => {
    const { stackTraceLimit, prepareStackTrace } = Error;
    new OwnCode().isCalling();
    expect([Error.stackTraceLimit, Error.prepareStackTrace]).toEqual([stackTraceLimit, prepareStackTrace]);
  });
});

describe("close", () => {
  it("in a handler resolves at once; the record is done and committed, and run resolves when all is closed", async () => {
    const { world, group, log, consumer } = setUp();
    log.append("a", "b", "c");
    const reader = consumer();
    const values: string[] = [];
    const began = world.clock.monotonic();
    const shutDown = async () => {
      await Promise.resolve();
      await reader.close();
    };
    const running = reader.run({
      orders: async ({ value }) => {
        await world.settle();
        await shutDown();
        values.push(value);
      },
    });
    await world.finish(running);
    expect(values).toEqual(["a"]);
    expect(world.clock.monotonic() - began).toBeLessThan(1_000);
    expect(group.committed.get("orders-0")).toBe(1);
    expect(group.memberIds).toEqual([]);
    expect(world.network.openConnections).toBe(0);
  });

  it("in one handler still waits for the others", async () => {
    const { world, group, log, consumer } = setUp();
    log.append("a:0", "b:1");
    const reader = consumer();
    const slow = gate();
    const running = reader.run(
      {
        orders: async ({ value }) => {
          if (value === "a:0") await slow.opened;
          else await reader.close();
        },
      },
      { concurrency: 2, orderBy: "key" },
    );
    await world.advance(5_000);
    expect(group.memberIds).toHaveLength(1);
    slow.open();
    await world.finish(running);
    expect(group.committed.get("orders-0")).toBe(2);
  });

  it("from elsewhere waits for the handler that runs, and for the body of a loop", async () => {
    const { world, group, log, consumer } = setUp();
    log.append("a", "b");
    const reader = consumer();
    const slow = gate();
    const over = (async () => {
      for await (const _ of reader) await slow.opened;
    })();
    await world.advance(1_000);
    let isClosed = false;
    const closing = reader.close().then(() => {
      isClosed = true;
    });
    await world.advance(5_000);
    expect(isClosed).toBe(false);
    slow.open();
    await world.finish(closing);
    await over;
    expect(group.committed.get("orders-0")).toBe(1);
  });

  it("of everything, in a handler, waits for nothing either", async () => {
    const { world, group, log, consumer } = setUp();
    log.append("a");
    const reader = consumer();
    const all = { close: () => Promise.all([reader.close()]) };
    const running = reader.run(async () => {
      await world.settle();
      await all.close();
    });
    await world.finish(running);
    expect(group.committed.get("orders-0")).toBe(1);
  });
});
