import { apis } from "@ottla/protocol";
import { describe, expect, it } from "vitest";
import { gate, read, setUp } from "../consumer.test-kit.js";
import { lookAt, type PartitionSight, type PartitionWatch } from "./stalls.js";

const limits = { fetchMs: 100, handlerMs: 200 };
const idle: PartitionSight = {
  position: 5,
  wantsRecords: true,
  isBehind: false,
  answeredAt: 0,
  handlerSince: undefined,
};

/** What each look shows; a look every 25 ms. */
function looksAt(sights: (now: number) => PartitionSight, count: number): (string | undefined)[] {
  const stalls: (string | undefined)[] = [];
  let watch: PartitionWatch | undefined;
  for (let look = 0; look < count; look += 1) {
    watch = lookAt(watch, sights(look * 25), look * 25, limits);
    stalls.push(watch.stall);
  }
  return stalls;
}

describe("a look at a partition", () => {
  it.each([
    {
      title: "at the end of the log with answers",
      sight: (now: number) => ({ ...idle, answeredAt: now }),
      stall: undefined,
    },
    { title: "at the end of the log without answers", sight: () => idle, stall: "fetch" },
    {
      title: "behind, with answers that bring nothing",
      sight: (now: number) => ({ ...idle, isBehind: true, answeredAt: now }),
      stall: "fetch",
    },
    {
      title: "behind, and getting on",
      sight: (now: number) => ({ ...idle, isBehind: true, position: now }),
      stall: undefined,
    },
    { title: "never answered", sight: () => ({ ...idle, isBehind: undefined }), stall: "fetch" },
    { title: "that nobody wants records of", sight: () => ({ ...idle, wantsRecords: false }), stall: undefined },
    {
      title: "with a handler that does not end",
      sight: () => ({ ...idle, wantsRecords: false, handlerSince: 0 }),
      stall: "handler",
    },
    {
      title: "with handlers that end",
      sight: (now: number) => ({ ...idle, wantsRecords: false, handlerSince: now - 10 }),
      stall: undefined,
    },
  ])("$title shows $stall", ({ sight, stall }) => {
    expect(looksAt(sight, 20).at(-1)).toBe(stall);
  });

  it("counts the time anew when a partition is wanted again", () => {
    const stalls = looksAt((now) => ({ ...idle, wantsRecords: now > 200 }), 12);
    expect(stalls).toEqual(Array.from({ length: 12 }, () => undefined));
  });
});

const stallsOf = (events: readonly { readonly kind: string }[]) =>
  events.filter(({ kind }) => kind === "stalled" || kind === "stallEnded");

describe("a watchdog", () => {
  it("says nothing of a consumer that idles, or waits for a slow but moving handler", async () => {
    const { world, log, consumer, events } = setUp();
    const reader = consumer({ stalls: { fetchMs: 5_000, handlerMs: 5_000 } });
    const running = reader.run({
      orders: () =>
        new Promise<void>((resolve) => {
          world.timers.after(3_000, resolve);
        }),
    });
    await world.advance(60_000);
    log.append("a", "b", "c", "d", "e", "f");
    await world.advance(60_000);
    expect(stallsOf(events)).toEqual([]);
    expect(reader.health()).toMatchObject({ isHealthy: true, stalls: 0, partitions: [{ state: "reading", lag: 0n }] });
    await world.finish(reader.close());
    await running;
  });

  it.each([
    { title: "a dropped response", isLost: (api: string) => api === "Fetch", fault: "swallowAnswer" as const },
    { title: "a half-open socket", isLost: () => true, fault: "ignore" as const },
  ])("sees that fetches are not answered: $title", async ({ isLost, fault }) => {
    const { world, cluster, log, consumer, events } = setUp();
    const reader = consumer({ stalls: { fetchMs: 10_000 } });
    const all = read(reader, 1);
    await world.advance(5_000);
    cluster.fault = ({ api }) => (isLost(api) ? fault : undefined);
    await world.advance(2_000);
    log.append("a");
    await world.advance(20_000);
    expect(stallsOf(events)).toMatchObject([
      { kind: "stalled", stall: "fetch", topic: "orders", partition: 0, position: 0n },
    ]);
    expect(reader.health()).toMatchObject({
      isHealthy: false,
      stalls: 1,
      partitions: [{ state: "stalled", stall: "fetch" }],
    });
    cluster.fault = () => undefined;
    // The client itself gives the answer up and asks again: nothing hangs for good.
    expect(await world.finish(all)).toEqual(["a"]);
    await world.advance(10_000);
    expect(stallsOf(events).map(({ kind }) => kind)).toEqual(["stalled", "stallEnded"]);
    expect(reader.health()).toMatchObject({ isHealthy: true, stalls: 1 });
    await world.finish(reader.close());
  });

  it("sees a broker that answers, and does not give the records that it says there are", async () => {
    const { world, cluster, log, consumer, events } = setUp();
    cluster.on(apis.Fetch, async (request) => {
      await new Promise<void>((resolve) => {
        world.timers.after(100, resolve);
      });
      return {
        responses: request.topics.map(({ topic, topicId, partitions }) => ({
          topic,
          topicId,
          partitions: partitions.map(({ partition }) => ({
            partitionIndex: partition,
            errorCode: 0,
            highWatermark: 9,
            lastStableOffset: 9,
            abortedTransactions: null,
            records: Buffer.alloc(0),
          })),
        })),
      };
    });
    log.append("a");
    const reader = consumer({ stalls: { fetchMs: 10_000 } });
    void read(reader, 1);
    await world.advance(30_000);
    expect(stallsOf(events)).toMatchObject([{ kind: "stalled", stall: "fetch", lag: 9n }]);
    await world.finish(reader.close());
  });

  it.each(["run", "the loop"] as const)("sees a handler that never returns, in %s", async (how) => {
    const { world, log, consumer, events } = setUp();
    log.append("a", "b");
    const stuck = gate();
    const reader = consumer({ stalls: { handlerMs: 10_000 }, drainTimeoutMs: 1_000 });
    const over =
      how === "run"
        ? reader.run({ orders: () => stuck.opened })
        : (async () => {
            for await (const _ of reader) await stuck.opened;
          })();
    await world.advance(30_000);
    expect(stallsOf(events)).toMatchObject([{ kind: "stalled", stall: "handler", lag: 2n }]);
    expect(reader.health().partitions).toMatchObject([{ state: "stalled", stall: "handler" }]);
    stuck.open();
    await world.advance(10_000);
    expect(stallsOf(events).at(-1)).toMatchObject({ kind: "stallEnded" });
    await world.finish(reader.close());
    await over;
  });

  it("calls a paused partition paused, and not stalled", async () => {
    const { world, log, consumer, events } = setUp();
    const reader = consumer({ stalls: { fetchMs: 5_000 } });
    const all = read(reader, 1);
    await world.advance(1_000);
    reader.pause({ topic: "orders", partition: 0 });
    log.append("a");
    await world.advance(60_000);
    expect(stallsOf(events)).toEqual([]);
    expect(reader.health()).toMatchObject({ isHealthy: true, partitions: [{ state: "paused" }] });
    reader.resume({ topic: "orders", partition: 0 });
    expect(await world.finish(all)).toEqual(["a"]);
    await world.finish(reader.close());
  });
});

describe("the health of a member", () => {
  it.each(["are not answered", "find no coordinator"])(
    "fails when its heartbeats %s, though its fetches bring records, and comes back with them",
    async (title) => {
      const { world, cluster, group, log, consumer } = setUp();
      const reader = consumer({ sessionTimeoutMs: 10_000, heartbeatIntervalMs: 1_000, autoCommit: false });
      const all = read(reader, 2);
      log.append("a");
      await world.advance(5_000);
      expect(reader.health()).toMatchObject({ membership: "stable", isHealthy: true });
      expect(reader.health().confirmedMs).toBeLessThanOrEqual(1_000);
      if (title === "are not answered") cluster.fault = ({ api }) => (api === "Heartbeat" ? "ignore" : undefined);
      else group.refusals.set("Heartbeat", new Array(1_000).fill("COORDINATOR_NOT_AVAILABLE"));
      await world.advance(8_000);
      expect(reader.health().isHealthy).toBe(true);
      log.append("b");
      await world.advance(3_000);
      expect(await all).toEqual(["a", "b"]);
      expect(reader.health()).toMatchObject({ membership: "stable", isHealthy: false, stalls: 0 });
      expect(reader.health().confirmedMs).toBeGreaterThan(10_000);
      cluster.fault = () => undefined;
      group.refusals.clear();
      await world.advance(15_000);
      expect(reader.health()).toMatchObject({ membership: "stable", isHealthy: true });
      await world.finish(reader.close());
    },
  );

  it("fails when it does not get into its group, for longer than others may hold it up", async () => {
    const { world, cluster, consumer } = setUp();
    const reader = consumer({ sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 20_000 });
    const over = read(reader, 1);
    expect(reader.health()).toMatchObject({ membership: "outside", isHealthy: true, confirmedMs: undefined });
    cluster.fault = ({ api }) => (api === "JoinGroup" ? "ignore" : undefined);
    await world.advance(29_000);
    expect(reader.health()).toMatchObject({ membership: "joining", isHealthy: true });
    await world.advance(3_000);
    expect(reader.health()).toMatchObject({ membership: "joining", isHealthy: false });
    await world.finish(reader.close());
    await over;
  });
});
