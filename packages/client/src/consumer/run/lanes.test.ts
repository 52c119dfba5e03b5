import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Lanes } from "./lanes.js";

/** Lets everything that is ready run. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

describe("lanes", () => {
  it("keep the order of each key, use every free place, and run each task once", async () => {
    const jobs = fc.array(fc.option(fc.constantFrom("a", "b", "c"), { nil: undefined }), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 5 }), jobs, fc.scheduler(), async (concurrency, keys, scheduler) => {
        const lanes = new Lanes(concurrency);
        const started: number[] = [];
        const finished: number[] = [];
        const running = new Set<number>();
        keys.forEach((key, index) => {
          lanes.add(key, async () => {
            if (key !== undefined) for (const other of running) expect(keys[other]).not.toBe(key);
            running.add(index);
            started.push(index);
            expect(running.size).toBeLessThanOrEqual(concurrency);
            await scheduler.schedule(Promise.resolve());
            running.delete(index);
            finished.push(index);
          });
        });
        expect(lanes.pending).toBe(keys.length);
        while (finished.length < keys.length) {
          const runnable = new Set(
            keys.map((key, index) => (finished.includes(index) ? undefined : (key ?? `#${index}`))),
          );
          runnable.delete(undefined);
          expect(running.size).toBe(Math.min(concurrency, runnable.size));
          await scheduler.waitOne();
          await settle();
        }
        await lanes.empty();
        expect(lanes.pending).toBe(0);
        for (const key of ["a", "b", "c"]) {
          expect(started.filter((index) => keys[index] === key)).toEqual(
            keys.flatMap((other, index) => (other === key ? [index] : [])),
          );
        }
      }),
      { numRuns: 50 },
    );
  });

  it("say when there is room", async () => {
    const lanes = new Lanes(1);
    let release = () => {};
    lanes.add(
      "a",
      () =>
        new Promise<void>((resolve) => {
          release = resolve;
        }),
    );
    lanes.add("a", async () => {});
    let hasRoom = false;
    const room = lanes.room(2).then(() => {
      hasRoom = true;
    });
    await settle();
    expect(hasRoom).toBe(false);
    release();
    await room;
    expect(lanes.pending).toBeLessThan(2);
  });

  it("lend a place while a task stands aside, which its own lane waits for", async () => {
    const lanes = new Lanes(1);
    const ran: string[] = [];
    let goOn = () => {};
    const wait = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    lanes.add("a", async ({ aside }) => {
      ran.push("a1");
      await aside(wait);
      ran.push("a1 again");
    });
    lanes.add("a", async () => void ran.push("a2"));
    lanes.add("b", async () => void ran.push("b1"));
    await settle();
    expect(ran).toEqual(["a1", "b1"]);
    expect([lanes.pending, lanes.moving]).toEqual([2, 0]);
    lanes.add("a", async () => void ran.push("a3"));
    expect(lanes.moving).toBe(0);
    goOn();
    await lanes.empty();
    expect(ran).toEqual(["a1", "b1", "a1 again", "a2", "a3"]);
    expect(lanes.moving).toBe(0);
  });
});
