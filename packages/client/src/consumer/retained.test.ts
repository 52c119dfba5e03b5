import { queryObjects } from "node:v8";
import { describe, expect, it } from "vitest";
import { collectGarbage, Sightings } from "../world/garbage.test-kit.js";
import { setUp } from "./consumer.test-kit.js";

describe("what a consumer keeps of records that are done", () => {
  it.each([
    { title: "committed by hand", options: { autoCommit: false } },
    { title: "settled by hand", options: { settle: "manual" as const } },
    { title: "committed by itself", options: {} },
  ])("is nothing, when they are $title", async ({ options }) => {
    const { world, log, consumer } = setUp();
    const reader = consumer(options);
    const sightings = new Sightings();
    const over = (async () => {
      for await (const record of reader) {
        sightings.see(record);
        record.done();
        if (record.offset % 50n === 0n && "autoCommit" in options) void reader.commit().catch(() => {});
      }
    })();
    for (let round = 0; round < 20; round += 1) {
      log.append(...Array.from({ length: 50 }, (_, index) => `${index}`));
      await world.advance(1_000);
    }
    expect(sightings.seen).toBe(1_000);
    await collectGarbage();
    // The last record is the loop's own until it asks for another.
    expect(sightings.alive).toBeLessThan(60);
    await world.finish(reader.close());
    await over;
  });

  it("is no promise for each time that it waits: an idle consumer leaves nothing behind", async () => {
    const { world, cluster, group, consumer } = setUp();
    const reader = consumer({ autoCommitIntervalMs: 100 });
    const over = (async () => {
      for await (const _ of reader);
    })();
    const promisesAfter = async (ms: number): Promise<number> => {
      await world.advance(ms);
      // What the scripted brokers remember.
      cluster.seen.splice(0);
      (group.fetches as unknown[]).splice(0);
      await collectGarbage();
      return queryObjects(Promise, { format: "count" });
    };
    const before = await promisesAfter(60_000);
    const after = await promisesAfter(60_000);
    // 120 fetches, 20 heartbeats and 600 looks for something to commit.
    expect(after - before).toBeLessThan(15);
    await world.finish(reader.close());
    await over;
  });
});
