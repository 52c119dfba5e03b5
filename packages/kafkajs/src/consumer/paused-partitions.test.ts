import fc from "fast-check";
import { expect, it } from "vitest";
import { PausedPartitions, type TopicSelection } from "./paused-partitions.js";

const topics = ["a", "b"];
const partitions = [0, 1, 2];
const all = topics.flatMap((topic) => partitions.map((partition) => ({ topic, partition })));

it("what is paused is what a set of partitions would hold", () => {
  const selection = fc.record(
    { topic: fc.constantFrom(...topics), partitions: fc.subarray(partitions) },
    { requiredKeys: ["topic"] },
  );
  const steps = fc.array(fc.record({ isToPause: fc.boolean(), selection }), { maxLength: 20 });
  fc.assert(
    fc.property(steps, (script) => {
      const paused = new PausedPartitions();
      const model = new Set<string>();
      for (const { isToPause, selection: chosen } of script) {
        if (isToPause) paused.pause([chosen]);
        else paused.resume([chosen]);
        for (const partition of (chosen as TopicSelection).partitions ?? partitions) {
          if (isToPause) model.add(`${chosen.topic} ${partition}`);
          else model.delete(`${chosen.topic} ${partition}`);
        }
        const held = all.filter((place) => paused.isPaused(place));
        expect(held.map(({ topic, partition }) => `${topic} ${partition}`)).toEqual([...model].toSorted());
        expect(paused.among(all).flatMap((each) => each.partitions).length).toBe(model.size);
      }
    }),
  );
});
