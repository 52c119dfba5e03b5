import { encodeBatch, RecordBatch } from "@ottla/protocol";
import { describe, expect, it } from "vitest";
import { CleanedTransactions } from "./cleaned-transactions.js";
import { type CleaningRules, filterBatch } from "./filter-batch.js";
import { OffsetMap } from "./offset-map.js";

/** A batch at offset 100 with these records; a value of null is a tombstone. */
const batchOf = (...records: readonly (readonly [key: string | null, value: string | null])[]): RecordBatch =>
  RecordBatch.at(
    encodeBatch(
      records.map(([key, value]) => ({
        key: key === null ? null : Buffer.from(key),
        value: value === null ? null : Buffer.from(value),
        timestamp: 50,
      })),
      { baseOffset: 100 },
    ),
  );

function rulesOf(latest: Readonly<Record<string, number>>, changes: Partial<CleaningRules> = {}): CleaningRules {
  const offsets = new OffsetMap(10_000, 0.9, 10);
  for (const [key, offset] of Object.entries(latest)) offsets.put(Buffer.from(key), offset);
  return {
    offsets,
    mappedUpTo: 1_000,
    transactions: new CleanedTransactions([]),
    isRemembered: () => false,
    firstUncleanableOffset: 1_000,
    nowMs: 10_000,
    deleteRetentionMs: 500,
    ...changes,
  };
}

const offsetsIn = (bytes: Buffer | undefined): number[] | undefined =>
  bytes === undefined ? undefined : [...RecordBatch.at(bytes).records()].map(({ offset }) => offset);

describe("what compaction leaves of a batch", () => {
  it.each([
    { title: "all of it, bytes and all, when its records are the last", latest: { a: 100, b: 101 }, left: [100, 101] },
    { title: "the last of each key", latest: { a: 100, b: 200 }, left: [100] },
    { title: "records of keys that are not known", latest: {}, left: [100, 101] },
    { title: "nothing when others came later", latest: { a: 200, b: 201 }, left: undefined },
    { title: "records that the round did not get to", latest: { a: 200, b: 201 }, mappedUpTo: 101, left: [101] },
    { title: "a header where the round ends", latest: { a: 200, b: 201 }, firstUncleanableOffset: 102, left: [] },
  ])("is $title", ({ latest, left, title: _, ...changes }) => {
    const batch = batchOf(["a", "1"], ["b", "2"]);
    const bytes = filterBatch(batch, rulesOf(latest, changes));
    expect(offsetsIn(bytes)).toEqual(left);
    if (left?.length === 2) expect(bytes).toBe(batch.bytes);
    if (bytes !== undefined) expect(RecordBatch.at(bytes)).toMatchObject({ baseOffset: 100, lastOffset: 101 });
  });

  it("is without records that have no key, as they came before the topic was compacted", () => {
    expect(offsetsIn(filterBatch(batchOf([null, "1"], ["b", "2"]), rulesOf({})))).toEqual([101]);
  });

  it("is given a horizon with its first tombstone, keeps it, and loses the tombstone when it is there", () => {
    const first = filterBatch(batchOf(["a", null], ["b", "2"]), rulesOf({})) ?? Buffer.alloc(0);
    expect(RecordBatch.at(first).deleteHorizonMs).toBe(10_500);
    expect(filterBatch(RecordBatch.at(first), rulesOf({}, { nowMs: 10_499 }))).toEqual(first);
    expect(offsetsIn(filterBatch(RecordBatch.at(first), rulesOf({}, { nowMs: 10_500 })))).toEqual([101]);
  });
});
