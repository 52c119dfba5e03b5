import { apis } from "@ottla/protocol";
import { describe, expect, it } from "vitest";
import type { Consumer } from "./consumer.js";
import type { Orders } from "./consumer.test-kit.js";
import { read, setUp } from "./consumer.test-kit.js";

describe("closing a consumer", () => {
  it("does not wait for a fetch that a broker holds", async () => {
    const { world, cluster, consumer } = setUp();
    const reader = consumer({ maxWaitMs: 20_000 });
    const all = read(reader, 1);
    await world.advance(1_000);
    expect(cluster.requests(apis.Fetch)).toHaveLength(1);
    const began = world.clock.monotonic();
    await world.finish(reader.close());
    expect(world.clock.monotonic() - began).toBeLessThan(100);
    expect(await all).toEqual([]);
    expect(world.network.openConnections).toBe(0);
  });

  it.each([
    { title: "never resolves", answer: () => new Promise<void>(() => {}) },
    { title: "closes the consumer itself, and waits for that", answer: (reader: Consumer<Orders>) => reader.close() },
    {
      title: "throws",
      answer: () => {
        throw new Error("no");
      },
    },
  ])("ends, with what is done committed, though onRebalance $title", async ({ answer }) => {
    const { world, group, log, consumer } = setUp();
    log.append("a", "b");
    const made: Consumer<Orders>[] = [];
    const reader = consumer({
      drainTimeoutMs: 2_000,
      onRebalance: async ({ kind }) => {
        const [own] = made;
        if (kind === "revoked" && own !== undefined) await answer(own);
      },
    });
    made.push(reader);
    const all = read(reader, 2);
    await world.advance(1_000);
    expect(await all).toEqual(["a", "b"]);
    const began = world.clock.monotonic();
    await world.finish(reader.close());
    expect(world.clock.monotonic() - began).toBeLessThan(5_000);
    expect(group.memberIds).toEqual([]);
    expect(group.committed.get("orders-0")).toBe(2);
    expect(world.network.openConnections).toBe(0);
  });
});
