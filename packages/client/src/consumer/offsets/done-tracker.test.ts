import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { collectGarbage, Sightings } from "../../world/garbage.test-kit.js";
import { type Delivery, DoneTracker } from "./done-tracker.js";

describe("the done prefix of a partition", () => {
  it("stops before the first record that is not done", () => {
    const tracker = new DoneTracker(7);
    const [seven, eight, nine, twelve] = [7, 8, 9, 12].map((offset) => tracker.deliver(offset)) as [
      Delivery,
      Delivery,
      Delivery,
      Delivery,
    ];
    tracker.complete(eight);
    expect(tracker.committable).toBe(7);
    tracker.complete(seven);
    expect(tracker.committable).toBe(9);
    tracker.complete(twelve);
    tracker.complete(nine);
    expect(tracker.committable).toBe(13);
    expect(tracker.outstanding).toBe(0);
  });

  it("goes past what holds no record only when nothing is outstanding", () => {
    const tracker = new DoneTracker(0);
    const zero = tracker.deliver(0);
    tracker.pass(5);
    expect(tracker.committable).toBe(0);
    tracker.complete(zero);
    expect(tracker.committable).toBe(5);
    tracker.pass(7);
    expect(tracker.committable).toBe(7);
  });

  it("agrees with a model that remembers everything", () => {
    const steps = fc.array(
      fc.oneof(
        fc.record({ kind: fc.constant("deliver" as const), gap: fc.nat(3) }),
        fc.record({ kind: fc.constant("complete" as const), which: fc.nat() }),
        fc.record({ kind: fc.constant("pass" as const), gap: fc.nat(3) }),
      ),
      { maxLength: 200 },
    );
    fc.assert(
      fc.property(fc.nat(100), steps, (start, script) => {
        const tracker = new DoneTracker(start);
        const all: Delivery[] = [];
        let position = start;
        let passed = start;
        let settled = start;
        for (const step of script) {
          if (step.kind === "deliver") {
            all.push(tracker.deliver(position + step.gap));
            position += step.gap + 1;
          } else if (step.kind === "complete") {
            const delivery = all[step.which % all.length];
            if (delivery !== undefined) tracker.complete(delivery);
          } else {
            position += step.gap;
            tracker.pass(position);
            passed = position;
          }
          const firstOpen = all.findIndex(({ isDone }) => !isDone);
          const done = firstOpen < 0 ? all : all.slice(0, firstOpen);
          if (firstOpen < 0) settled = Math.max(settled, passed);
          expect(tracker.committable).toBe(Math.max(settled, (done.at(-1)?.offset ?? start - 1) + 1));
          expect(tracker.outstanding).toBe(firstOpen < 0 ? 0 : all.length - firstOpen);
        }
      }),
    );
  });

  it("keeps little of a long run in which something is always outstanding", async () => {
    const tracker = new DoneTracker(0);
    const sightings = new Sightings();
    let before = tracker.deliver(0);
    for (let offset = 1; offset <= 10_000; offset += 1) {
      sightings.see(before);
      const next = tracker.deliver(offset);
      tracker.complete(before);
      before = next;
    }
    expect(tracker.committable).toBe(10_000);
    expect(tracker.outstanding).toBe(1);
    await collectGarbage();
    expect(sightings.alive).toBeLessThan(1_200);
    expect(before.isDone).toBe(false);
  });
});
