import { describe, expect, it } from "vitest";
import { ManualWorld } from "../../world/manual-world.test-kit.js";
import type { FedRecord } from "../record-feed.js";
import { RecordSource, type RecordSourceHost } from "./record-source.js";

const record = {} as FedRecord;

const sourceOf = (world: ManualWorld, host: Partial<RecordSourceHost>) => {
  const quiet = { start: async () => {}, rejoin: () => {}, takeFailure: () => undefined, poll: () => undefined };
  return new RecordSource(world, { ...quiet, ...host }, new AbortController().signal);
};

describe("who waits for a record", () => {
  it("sees what comes while it looks: no news falls between the look and the wait", async () => {
    const world = new ManualWorld();
    let looks = 0;
    const source: RecordSource = sourceOf(world, {
      poll: () => {
        looks += 1;
        if (looks > 1) return record;
        // It has been looked for and not found, and comes now.
        source.wake();
        return undefined;
      },
    });
    expect(await world.finish(source.next("stop"))).toBe(record);
    expect(looks).toBe(2);
  });

  it("is woken by what comes later, and looks no more often than that", async () => {
    const world = new ManualWorld();
    let looks = 0;
    let isThere = false;
    const source = sourceOf(world, {
      poll: () => {
        looks += 1;
        return isThere ? record : undefined;
      },
    });
    const next = source.next("stop");
    await world.advance(60_000);
    source.wake();
    await world.advance(60_000);
    isThere = true;
    source.wake();
    expect(await world.finish(next)).toBe(record);
    expect(looks).toBe(3);
  });

  it("is told a failure, once it is there and each time after", async () => {
    const world = new ManualWorld();
    const source = sourceOf(world, {});
    const next = expect(source.next("stop")).rejects.toThrow("enough");
    await world.settle();
    source.fail(new Error("enough"));
    source.wake();
    await next;
    await expect(source.next("stop")).rejects.toThrow("enough");
  });
});
