import { expect, it } from "vitest";
import { ReadEpochs } from "./read-epochs.js";

it("knows under which epoch the record before a position was written", () => {
  const epochs = new ReadEpochs();
  epochs.begin(3, -1);
  expect(epochs.before(3)).toBe(-1);
  epochs.begin(3, 1);
  epochs.note(3, 1);
  epochs.note(5, 4);
  epochs.note(8, 4);
  epochs.note(9, -1);
  expect([3, 5, 6, 9].map((position) => epochs.before(position))).toEqual([1, 1, 4, 4]);
  expect(epochs.before(2)).toBe(-1);
});

it("knows where an epoch that was read ends, when it was read to its end", () => {
  const epochs = new ReadEpochs();
  epochs.begin(3, 1);
  epochs.note(5, 4);
  epochs.note(7, 6);
  expect([0, 1, 3, 4, 6].map((epoch) => epochs.endOf(epoch))).toEqual([undefined, 5, 5, 7, undefined]);
});

it("keeps only the last of very many", () => {
  const epochs = new ReadEpochs();
  epochs.begin(0, -1);
  for (let epoch = 0; epoch < 100; epoch += 1) epochs.note(epoch, epoch);
  expect(epochs.before(100)).toBe(99);
  expect(epochs.before(10)).toBe(-1);
});
