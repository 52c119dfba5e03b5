import { apis } from "@ottla/protocol";
import { describe, expect, it } from "vitest";
import { ManualWorld } from "../world/manual-world.test-kit.js";
import { ConnectionPool } from "./connection-pool.js";
import { ScriptedCluster } from "./scripted-cluster.test-kit.js";

const setUp = () => {
  const world = new ManualWorld();
  const cluster = new ScriptedCluster(world.network);
  const pool = new ConnectionPool(world, {
    clientId: "test",
    connectTimeoutMs: 1_000,
    maxResponseBytes: 1_000_000,
    maxInFlightBytes: 1_000_000,
    maxWaiting: 100,
    reconnectBackoff: { baseMs: 50, maxMs: 1_000 },
    maxIdleMs: 60_000,
    logger: undefined,
  });
  return { world, cluster, pool, address: cluster.address(1) };
};

describe("connection pool", () => {
  it("opens one connection per purpose, however many ask", async () => {
    const { world, pool, address } = setUp();
    const [a, b] = await world.finish(Promise.all([pool.get(address, "general"), pool.get(address, "general")]));
    const c = await world.finish(pool.get(address, "fetch"));
    expect(a).toBe(b);
    expect(c).not.toBe(a);
    expect(world.network.openConnections).toBe(2);
  });

  it("waits longer before each try while tries fail, and at once again after a success", async () => {
    const { world, cluster, pool, address } = setUp();
    cluster.fault = ({ api }) => (api === "ApiVersions" ? "disconnect" : undefined);
    const waits: number[] = [];
    for (let i = 0; i < 8; i++) {
      waits.push(pool.waitMs(address, "general"));
      await expect(world.finish(pool.get(address, "general"))).rejects.toMatchObject({ code: "CONNECTION_FAILED" });
    }
    expect(waits[0]).toBe(0);
    for (const [index, wait] of waits.slice(1).entries()) {
      expect(wait).toBeGreaterThanOrEqual(0.8 * Math.min(1_000, 50 * 2 ** index));
      expect(wait).toBeLessThanOrEqual(1.2 * Math.min(1_000, 50 * 2 ** index));
    }
    cluster.fault = () => undefined;
    await world.finish(pool.get(address, "general"));
    expect(pool.waitMs(address, "general")).toBe(-1);
  });

  it("opens another when the first is lost, or was not used for long", async () => {
    const { world, cluster, pool, address } = setUp();
    const first = await world.finish(pool.get(address, "general"));
    cluster.drop(1);
    await world.settle();
    const second = await world.finish(pool.get(address, "general"));
    await world.advance(61_000);
    const third = await world.finish(pool.get(address, "general"));
    expect([first.isOpen, second.isOpen, third.isOpen]).toEqual([false, false, true]);
    await world.settle();
    expect(world.network.openConnections).toBe(1);
  });

  it("closes what the cluster no longer has, and everything when it is closed", async () => {
    const { world, cluster, pool, address } = setUp();
    const connection = await world.finish(pool.get(address, "general"));
    pool.retain(() => false);
    expect(connection.isOpen).toBe(false);
    cluster.fault = () => "ignore";
    const opening = pool.get(address, "general");
    const stop = new AbortController();
    const given = pool.get(address, "general", stop.signal);
    stop.abort(new Error("enough"));
    await expect(given).rejects.toThrow("enough");
    await world.settle();
    const closing = pool.close();
    await expect(opening).rejects.toMatchObject({ code: "CLOSED" });
    await closing;
    await expect(pool.get(address, "general")).rejects.toMatchObject({ code: "CLOSED" });
    await world.settle();
    expect(world.network.openConnections).toBe(0);
    expect(world.pendingTimers).toBe(0);
    expect(cluster.requests(apis.ApiVersions)).toHaveLength(2);
  });
});
