import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compressions } from "../compression/compression.js";
import { encodeBatch, encodeControlBatch } from "./encode-batch.js";
import type { RecordInput } from "./record.js";
import { RecordBatch } from "./record-batch.js";
import { emptiedBatch, retainRecords } from "./retain-records.js";

const arbitraryRecord: fc.Arbitrary<RecordInput> = fc.record({
  key: fc.option(fc.uint8Array({ maxLength: 9 })),
  value: fc.option(fc.uint8Array({ maxLength: 200 })),
  timestamp: fc.oneof(fc.constant(-1), fc.integer({ min: 0, max: 1_800_000_000_000 })),
  headers: fc.array(
    fc.record({ key: fc.string({ maxLength: 4 }), value: fc.option(fc.uint8Array({ maxLength: 4 })) }),
    {
      maxLength: 2,
    },
  ),
});

describe("what is retained of a batch", () => {
  it("are the records kept, where they were, with or without a delete horizon", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(arbitraryRecord, fc.boolean()), { minLength: 1, maxLength: 8 }),
        fc.constantFrom(...compressions),
        fc.option(fc.integer({ min: 0, max: 1_900_000_000_000 }), { nil: undefined }),
        (rows, compression, horizon) => {
          const header = { producerId: 7, producerEpoch: 2, baseSequence: 30, baseOffset: 1_000, leaderEpoch: 4 };
          const batch = RecordBatch.at(
            encodeBatch(
              rows.map(([record]) => record),
              { ...header, compression },
            ),
          );
          const isKept = ({ offset }: { readonly offset: number }) => rows[offset - 1_000]?.[1] === true;
          const expected = [...batch.records()].filter(isKept);
          const { bytes, recordCount } = retainRecords(batch, { isKept, horizonMs: () => horizon });
          expect(recordCount).toBe(expected.length);
          if (bytes === undefined) {
            expect(expected).toEqual([]);
            return;
          }
          const retained = RecordBatch.at(bytes);
          expect(retained.hasValidCrc()).toBe(true);
          expect([...retained.records()]).toEqual(expected);
          expect(retained).toMatchObject({ ...header, lastOffset: batch.lastOffset, compression });
          expect(retained.maxTimestamp).toBe(Math.max(...expected.map(({ timestamp }) => timestamp)));
          expect(retained.deleteHorizonMs).toBe(horizon);
          if (expected.length === rows.length && horizon === undefined) expect(bytes).toBe(batch.bytes);
        },
      ),
    );
  });

  it("is an empty batch that still says where its producer stands", () => {
    const record = { key: null, value: Buffer.from("v"), timestamp: 50 };
    const header = { producerId: 7, producerEpoch: 2, baseSequence: 30, baseOffset: 9, isTransactional: true };
    const batch = RecordBatch.at(encodeBatch([record, record], { ...header, compression: "gzip" }));
    const empty = RecordBatch.at(emptiedBatch(batch));
    expect(empty.hasValidCrc()).toBe(true);
    expect([...empty.records()]).toEqual([]);
    expect(empty).toMatchObject({ ...header, lastOffset: 10, lastSequence: 31, compression: "none", maxTimestamp: 50 });
  });

  it("is a marker that says nothing any more, but whose it was", () => {
    const marker = encodeControlBatch({
      type: "commit",
      producerId: 7,
      producerEpoch: 2,
      coordinatorEpoch: 3,
      timestamp: 50,
    });
    const empty = RecordBatch.at(emptiedBatch(RecordBatch.at(marker)));
    expect(empty).toMatchObject({ isControl: true, isTransactional: true, producerEpoch: 2 });
    expect(empty.control()).toBeUndefined();
  });
});
