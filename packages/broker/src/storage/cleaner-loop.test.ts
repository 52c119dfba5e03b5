import { nodeWorld } from "@ottla/world";
import { describe, expect, it } from "vitest";
import { BrokerConfig } from "../config/broker-config.js";
import { silent } from "../logger.js";
import { CleanerLoop } from "./cleaner-loop.js";

/** Timers that run when the test says so. */
function manualTimers() {
  const rests: { readonly delayMs: number; readonly callback: () => void }[] = [];
  return {
    rests,
    ...nodeWorld.timers,
    idle: (delayMs: number, callback: () => void) => {
      rests.push({ delayMs, callback });
      return { cancel: () => {} };
    },
  };
}

describe("the cleaner loop", () => {
  it("cleans while there is something to do, then rests", async () => {
    const timers = manualTimers();
    const due = [true, true, false];
    const seen: number[] = [];
    const clean = async ({ ioBufferBytes }: { readonly ioBufferBytes: number }) => {
      seen.push(ioBufferBytes);
      return due.shift() ?? false;
    };
    const config = new BrokerConfig({ "log.cleaner.backoff.ms": 70 });
    const loop = new CleanerLoop({ clean }, { config, world: { timers }, logger: silent });
    loop.start();
    expect(timers.rests.map(({ delayMs }) => delayMs)).toEqual([70]);
    timers.rests[0]?.callback();
    await loop.stop();
    expect(seen).toEqual([524_288]);
    expect(timers.rests).toHaveLength(1);
  });

  it("goes on after a failure", async () => {
    const timers = manualTimers();
    const clean = () => Promise.reject(new Error("no"));
    const loop = new CleanerLoop({ clean }, { config: new BrokerConfig(), world: { timers }, logger: silent });
    loop.start();
    timers.rests[0]?.callback();
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
    expect(timers.rests).toHaveLength(2);
  });

  it("does nothing when the cleaner is off", () => {
    const timers = manualTimers();
    const config = new BrokerConfig({ "log.cleaner.enable": false });
    new CleanerLoop({ clean: async () => false }, { config, world: { timers }, logger: silent }).start();
    expect(timers.rests).toEqual([]);
  });
});
