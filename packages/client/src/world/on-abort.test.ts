import { describe, expect, it, vi } from "vitest";
import { onAbort } from "./on-abort.js";

describe("onAbort", () => {
  it("puts one listener on a signal, however many wait, and none when nobody does", () => {
    const { signal } = new AbortController();
    const add = vi.spyOn(signal, "addEventListener");
    const remove = vi.spyOn(signal, "removeEventListener");
    const releases = Array.from({ length: 1_000 }, () => onAbort(signal, () => {}));
    expect(add).toHaveBeenCalledTimes(1);
    for (const release of releases) release();
    for (const release of releases) release();
    expect(remove).toHaveBeenCalledTimes(1);
    onAbort(signal, () => {})();
    expect(add).toHaveBeenCalledTimes(2);
  });

  it("tells those that still wait, once and in order", () => {
    const controller = new AbortController();
    const told: string[] = [];
    onAbort(controller.signal, () => told.push("a"));
    const stop = onAbort(controller.signal, () => told.push("b"));
    const last = onAbort(controller.signal, () => told.push("c"));
    stop();
    controller.abort();
    controller.abort();
    last();
    expect(told).toEqual(["a", "c"]);
  });
});
