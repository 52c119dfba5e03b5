import fc from "fast-check";
import { expect, it } from "vitest";
import { ByteBudget } from "./byte-budget.js";

it("admits in order, never holds more than its limit but for one alone, and lets nobody wait for ever", () => {
  const step = fc.oneof(fc.record({ take: fc.integer({ min: 1, max: 60 }) }), fc.constant("release" as const));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const held: { id: number; bytes: number }[] = [];
      const admitted: number[] = [];
      const hold = (id: number, bytes: number) => {
        held.push({ id, bytes });
        admitted.push(id);
      };
      const budget = new ByteBudget<number>(100, (id, bytes) => {
        budget.take(bytes);
        hold(id, bytes);
      });
      const release = () => budget.release(held.shift()?.bytes ?? 0);
      let next = 0;
      for (const each of steps) {
        if (each === "release") release();
        else if (budget.tryTake(each.take)) hold(next++, each.take);
        else budget.wait(each.take, next++);
        expect(budget.usedBytes).toBe(held.reduce((sum, { bytes }) => sum + bytes, 0));
        if (held.length > 1) expect(budget.usedBytes).toBeLessThanOrEqual(100);
      }
      while (held.length > 0) release();
      expect(budget.waiting).toEqual([]);
      expect(admitted).toEqual(Array.from({ length: next }, (_, index) => index));
    }),
  );
});

it("forgets those who gave up waiting", () => {
  const admitted: string[] = [];
  const budget = new ByteBudget<string>(10, (entry) => admitted.push(entry));
  budget.tryTake(10);
  for (const entry of ["a", "b", "c"]) budget.wait(1, entry);
  budget.drop((entry) => entry === "b");
  budget.release(10);
  expect(admitted).toEqual(["a", "c"]);
});
