import { describe, expect, it, vi } from "vitest";
import { nextTick, unfaked } from "./next-tick.js";

describe("the real world under a test runner's fake timers", () => {
  it.each(["when they are set later", "when they are set before it is loaded"])("has real timers %s", async (when) => {
    vi.useRealTimers();
    vi.resetModules();
    if (when.endsWith("loaded")) vi.useFakeTimers({ now: 0 });
    const { nodeWorld } = await import("./node-world.js");
    vi.useFakeTimers({ now: 0 });
    const began = nodeWorld.clock.monotonic();
    await new Promise<void>((resolve) => nodeWorld.timers.after(20, resolve));
    await new Promise<void>((resolve) => nodeWorld.timers.endOfTurn(resolve));
    expect(nodeWorld.clock.monotonic() - began).toBeGreaterThanOrEqual(19);
    if (when.endsWith("later")) expect(nodeWorld.clock.now()).toBeGreaterThan(1_700_000_000_000);
  });
  it("runs what is to come next, also where that was faked before", async () => {
    const never = Object.assign(() => {}, { clock: {} });
    await new Promise<void>((resolve) => unfaked(never)(resolve));
    await new Promise<void>((resolve) => nextTick(resolve));
    expect(nextTick).toBe(process.nextTick);
  });
});
