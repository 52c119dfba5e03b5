import { describe, expect, it, vi } from "vitest";

const delays = vi.hoisted((): number[] => []);
vi.mock("node:timers", () => {
  vi.useFakeTimers();
  const { clearTimeout, setImmediate } = globalThis;
  const setTimeout = (callback: () => void, delayMs: number) => {
    delays.push(delayMs);
    return globalThis.setTimeout(callback, delayMs);
  };
  return { clearTimeout, setImmediate, setTimeout };
});
const { nodeTimers } = await import("./node-timers.js");

describe("timers on Node", () => {
  it("fire once, not before their time, and not when cancelled", () => {
    const fired: string[] = [];
    nodeTimers.after(10, () => fired.push("ten"));
    nodeTimers.idle(-5, () => fired.push("now"));
    const cancelled = nodeTimers.after(5, () => fired.push("never"));
    cancelled.cancel();
    cancelled.cancel();
    vi.advanceTimersByTime(9);
    expect(fired).toEqual(["now"]);
    vi.advanceTimersByTime(100);
    expect(fired).toEqual(["now", "ten"]);
    // Node 24 warns of a delay below zero.
    expect(delays).toEqual([10, 0, 5]);
  });

  it("wait for longer than Node's longest timeout", () => {
    const day = 24 * 3_600_000;
    const fired: string[] = [];
    nodeTimers.after(60 * day, () => fired.push("sixty days"));
    const cancelled = nodeTimers.after(60 * day, () => fired.push("never"));
    vi.advanceTimersByTime(59 * day);
    expect(fired).toEqual([]);
    cancelled.cancel();
    vi.advanceTimersByTime(2 * day);
    expect(fired).toEqual(["sixty days"]);
  });

  it("run what is queued for the end of the turn in order", () => {
    const ran: number[] = [];
    nodeTimers.endOfTurn(() => ran.push(1));
    nodeTimers.endOfTurn(() => ran.push(2));
    expect(ran).toEqual([]);
    vi.runAllTimers();
    expect(ran).toEqual([1, 2]);
  });
});
