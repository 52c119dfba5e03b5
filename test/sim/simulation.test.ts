import { describe, expect, it } from "vitest";
import { Simulation, SimulationStalledError } from "./simulation.js";

describe("a simulation", () => {
  it("fires timers by time, never early, and skips the cancelled", async () => {
    const sim = new Simulation({ seed: 3 });
    const { timers, clock } = sim.process("p").world;
    const fired: [string, number][] = [];
    timers.after(50, () => fired.push(["fifty", clock.monotonic()]));
    timers.idle(10, () => fired.push(["ten", clock.monotonic()]));
    timers.after(20, () => fired.push(["never", 0])).cancel();
    await sim.run(() => fired.length === 2);
    expect(fired.map(([name]) => name)).toEqual(["ten", "fifty"]);
    expect(fired[0]?.[1]).toBeGreaterThanOrEqual(10);
    expect(fired[1]?.[1]).toBeGreaterThanOrEqual(50);
    expect(fired[1]?.[1]).toBeLessThan(52);
  });

  it("runs all promise reactions before anything else happens", async () => {
    const sim = new Simulation({ seed: 3, timerJitterMs: 0 });
    const { timers } = sim.process("p").world;
    const seen: string[] = [];
    timers.after(1, () => {
      void (async () => {
        for (let hop = 0; hop < 100; hop += 1) await undefined;
        process.nextTick(() => seen.push("reactions"));
      })();
      timers.endOfTurn(() => seen.push("end of turn"));
    });
    timers.after(2, () => seen.push("later"));
    await sim.run(() => seen.length === 3);
    expect(seen).toEqual(["reactions", "end of turn", "later"]);
  });

  it("stops a process dead: its timers, promises and turns never come, a new incarnation's do", async () => {
    const sim = new Simulation({ seed: 4 });
    const machine = sim.process("p");
    const first = machine.world;
    const seen: string[] = [];
    first.timers.after(5, () => seen.push("old timer"));
    first.timers.endOfTurn(() => seen.push("old turn"));
    const file = first.files.open("/a", "w+");
    void file.datasync().then(() => seen.push("old sync"));
    machine.crash({ kind: "kill" });
    first.timers.after(1, () => seen.push("zombie"));
    const second = machine.restart();
    second.timers.after(20, () => seen.push("new timer"));
    await sim.run(() => seen.includes("new timer"));
    expect(seen).toEqual(["new timer"]);
    await expect(sim.run(() => false)).rejects.toThrow(SimulationStalledError);
  });

  it("has a wall clock that jumps and a monotonic one that does not", async () => {
    const sim = new Simulation({ seed: 5 });
    const { clock } = sim.process("p").world;
    const before = clock.now();
    sim.jumpWallClock(-3_600_000);
    await sim.run(sim.sleep(10));
    expect(clock.now()).toBe(before - 3_600_000 + 10);
    expect(clock.monotonic()).toBe(10);
  });

  it("tells what a process would have died of, where time stands still and what never ends", async () => {
    const thrown = new Simulation({ seed: 6 });
    thrown.process("p").world.timers.after(1, () => {
      throw new Error("bug");
    });
    await expect(thrown.run(() => false)).rejects.toThrow("uncaught in p timer");
    const endless = new Simulation({ seed: 6 });
    const again = (): void => void endless.process("p").world.timers.after(100, again);
    again();
    await expect(endless.run(() => false, 1_000)).rejects.toThrow("still not done");
    await expect(new Simulation({ seed: 6 }).run(new Promise(() => undefined))).rejects.toThrow("nothing is left");
  });

  it("draws different orders from different seeds and the same from the same", async () => {
    const order = async (seed: number): Promise<string> => {
      const sim = new Simulation({ seed, timerJitterMs: 0 });
      const seen: number[] = [];
      for (let index = 0; index < 6; index += 1) sim.process("p").world.timers.after(1, () => seen.push(index));
      await sim.run(() => seen.length === 6);
      return `${seen} ${sim.trace.fingerprint}`;
    };
    const orders = await Promise.all([1, 2, 3, 4].map(order));
    expect(new Set(orders).size).toBe(4);
    expect(await Promise.all([1, 2, 3, 4].map(order))).toEqual(orders);
  });
});
