import { describe, expect, it } from "vitest";
import { groupSegments } from "./segment-groups.js";

const config = { segmentBytes: 100, segmentIndexBytes: 1_000_000, indexIntervalBytes: 4096 };

const segmentsOf = (...sizes: readonly number[]) =>
  sizes.map((sizeInBytes, index) => ({ baseOffset: index * 10, nextOffset: index * 10 + 10, sizeInBytes }));

const sizesOf = (groups: readonly (readonly { readonly sizeInBytes: number }[])[]) =>
  groups.map((group) => group.map(({ sizeInBytes }) => sizeInBytes));

describe("groups of segments", () => {
  it.each([
    { title: "are filled up to segment.bytes", sizes: [40, 40, 20, 1, 99, 1], groups: [[40, 40, 20], [1, 99], [1]] },
    { title: "take in empty segments", sizes: [0, 100, 0, 0, 5], groups: [[0, 100, 0, 0], [5]] },
    { title: "leave one alone that is larger than segment.bytes", sizes: [300, 300], groups: [[300], [300]] },
    { title: "are none of nothing", sizes: [], groups: [] },
  ])("$title", ({ sizes, groups }) => {
    expect(sizesOf(groupSegments(segmentsOf(...sizes), config))).toEqual(groups);
  });

  it("hold no more offsets than an index can count", () => {
    const far = [
      { baseOffset: 0, nextOffset: 5, sizeInBytes: 1 },
      { baseOffset: 5, nextOffset: 2 ** 31, sizeInBytes: 1 },
      { baseOffset: 2 ** 31, nextOffset: 2 ** 31 + 1, sizeInBytes: 1 },
    ];
    expect(groupSegments(far, config).map(({ length }) => length)).toEqual([2, 1]);
  });

  it("stay within segment.index.bytes", () => {
    const small = { ...config, segmentBytes: 1_000_000, segmentIndexBytes: 24, indexIntervalBytes: 100 };
    expect(sizesOf(groupSegments(segmentsOf(100, 100, 100), small))).toEqual([[100, 100], [100]]);
  });
});
