import { encodeBatch, encodeControlBatch, RecordBatch } from "@ottla/protocol";
import { describe, expect, it } from "vitest";
import { slicesOf } from "./fetched-slices.js";

const timestamp = 1_000;

/** A batch of `count` records from `baseOffset` on, of a producer when one is named. */
function batch(baseOffset: number, count: number, producerId?: number): Buffer {
  const records = Array.from({ length: count }, (_, index) => ({
    key: null,
    value: Buffer.from(`${baseOffset + index}`),
    timestamp,
  }));
  const producer =
    producerId === undefined ? {} : { producerId, producerEpoch: 0, baseSequence: 0, isTransactional: true };
  return encodeBatch(records, { baseOffset, ...producer });
}

function marker(baseOffset: number, producerId: number, type: "abort" | "commit"): Buffer {
  const bytes = encodeControlBatch({ type, producerId, producerEpoch: 0, coordinatorEpoch: 0, timestamp });
  RecordBatch.at(bytes).assign(baseOffset, 0);
  return bytes;
}

const fetched = (batches: readonly Buffer[], aborted: readonly (readonly [number, number])[] | null = null) => ({
  records: Buffer.concat(batches),
  abortedTransactions: aborted?.map(([producerId, firstOffset]) => ({ producerId, firstOffset })) ?? null,
});

/** The offsets a consumer would see, and where it would go on. */
function seen(answer: Parameters<typeof slicesOf>[0], position = 0, isReadCommitted = true) {
  const { slices, next, error } = slicesOf(answer, position, isReadCommitted);
  const offsets = slices.flatMap((slice) =>
    [...(slice.batch?.records() ?? [])].map(({ offset }) => offset).filter((offset) => offset >= slice.from),
  );
  return { offsets, next, error: error?.message, last: slices.at(-1)?.next };
}

describe("a fetched answer", () => {
  it("is read from the position, which may be in the middle of a batch", () => {
    expect(seen(fetched([batch(0, 3), batch(3, 4), batch(7, 2)]), 5)).toMatchObject({ offsets: [5, 6, 7, 8], next: 9 });
  });

  it("may end within a batch, and have gaps", () => {
    const cut = batch(10, 5);
    expect(seen(fetched([batch(0, 1), batch(4, 1), cut.subarray(0, cut.length - 1)]))).toMatchObject({
      offsets: [0, 4],
      next: 5,
    });
  });

  it("may be empty", () => {
    expect(seen(fetched([]), 7)).toEqual({ offsets: [], next: 7, error: undefined, last: undefined });
    expect(seen({ ...fetched([]), records: null }, 7).next).toBe(7);
  });

  it("stops before a batch with a wrong checksum", () => {
    const damaged = batch(3, 2);
    damaged[damaged.length - 1] = (damaged.at(-1) ?? 0) ^ 1;
    expect(seen(fetched([batch(0, 3), damaged, batch(5, 1)]))).toEqual({
      offsets: [0, 1, 2],
      next: 3,
      last: 3,
      error: "batch at offset 3: wrong checksum",
    });
  });

  it("passes over control batches, and says so to whoever commits", () => {
    const answer = fetched([marker(0, 9, "abort"), batch(1, 1, 9), marker(2, 9, "commit"), marker(3, 8, "commit")]);
    expect(seen(answer)).toEqual({ offsets: [1], next: 4, last: 4, error: undefined });
    expect(seen(fetched([marker(0, 9, "commit")]))).toMatchObject({ offsets: [], last: 1 });
  });

  it("leaves out every aborted transaction of a producer, and none of its others", () => {
    const answer = fetched(
      [
        batch(0, 2, 1),
        batch(2, 1, 2),
        marker(3, 1, "abort"),
        batch(4, 1, 1),
        marker(5, 1, "commit"),
        batch(6, 2, 1),
        batch(8, 1),
        marker(9, 1, "abort"),
        marker(10, 2, "commit"),
      ],
      [
        [1, 6],
        [1, 0],
      ],
    );
    expect(seen(answer).offsets).toEqual([2, 4, 8]);
    expect(seen(answer, 0, false).offsets).toEqual([0, 1, 2, 4, 6, 7, 8]);
  });

  it("leaves out what was aborted when its marker is in a later answer, and when it began in an earlier one", () => {
    expect(seen(fetched([batch(4, 2, 1), batch(6, 1)], [[1, 4]])).offsets).toEqual([6]);
    const later = fetched([batch(7, 1, 1), marker(8, 1, "abort"), batch(9, 1, 1)], [[1, 4]]);
    expect(seen(later, 7).offsets).toEqual([9]);
  });

  it("keeps what a producer wrote outside a transaction while one of its own was aborted", () => {
    const idempotent = encodeBatch([{ key: null, value: null, timestamp }], {
      baseOffset: 1,
      producerId: 1,
      producerEpoch: 0,
      baseSequence: 0,
    });
    expect(seen(fetched([batch(0, 1, 1), idempotent], [[1, 0]])).offsets).toEqual([1]);
  });
});
