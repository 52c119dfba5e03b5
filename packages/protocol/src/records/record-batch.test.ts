import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compressions } from "../compression/compression.js";
import { CorruptBatchError } from "../errors/corrupt-batch-error.js";
import { field } from "./batch-layout.js";
import { batchesIn } from "./batches-in.js";
import { encodeBatch, encodeControlBatch } from "./encode-batch.js";
import type { RecordInput } from "./record.js";
import { RecordBatch } from "./record-batch.js";
import { RecordBatchBuilder, recordSize } from "./record-batch-builder.js";

const bytes = fc.uint8Array({ maxLength: 200 }).map((content) => Buffer.from(content));
const record: fc.Arbitrary<RecordInput> = fc.record({
  key: fc.option(bytes),
  value: fc.option(bytes),
  headers: fc.array(fc.record({ key: fc.string({ unit: "grapheme", maxLength: 9 }), value: fc.option(bytes) }), {
    maxLength: 4,
  }),
  timestamp: fc.oneof(fc.constant(-1), fc.nat(), fc.maxSafeInteger().map(Math.abs)),
});
const records = fc.array(record, { minLength: 1, maxLength: 20 });

const three: RecordInput[] = ["a", "b", "c"].map((letter, index) => ({
  key: Buffer.from(letter),
  value: Buffer.from(letter.repeat(20)),
  timestamp: 1_000 + index,
}));
const letters = (batch: RecordBatch): string => [...batch.records()].map(({ key }) => key?.toString()).join("");

/** A batch of three whose bytes say something else. */
function lying(change: (batch: Buffer) => void): RecordBatch {
  const batch = encodeBatch(three);
  change(batch);
  return RecordBatch.at(batch);
}

describe("record batch", () => {
  it("comes back as it went, in every codec", () => {
    fc.assert(
      fc.property(records, fc.constantFrom(...compressions), fc.nat(), (given, compression, baseOffset) => {
        const batch = RecordBatch.at(encodeBatch(given, { compression, baseOffset }));
        expect(batch.hasValidCrc()).toBe(true);
        expect(batch.maxTimestamp).toBe(Math.max(...given.map(({ timestamp }) => timestamp)));
        expect([...batch.records()]).toEqual(given.map((one, index) => ({ ...one, offset: baseOffset + index })));
      }),
    );
  });

  it("never takes more than its records' sizes say", () => {
    fc.assert(
      fc.property(records, (given) => {
        const builder = new RecordBatchBuilder({ initialBytes: 0 });
        for (const one of given) {
          const before = builder.sizeInBytes;
          expect(builder.add(one)).toBe(builder.count - 1);
          expect(builder.sizeInBytes - before).toBeLessThanOrEqual(recordSize(one));
        }
        const { sizeInBytes } = builder;
        expect(builder.build()).toHaveLength(sizeInBytes);
      }),
    );
  });

  it("says in its header what it was given", () => {
    const batch = RecordBatch.at(
      encodeBatch(three, {
        producerId: 2 ** 40,
        producerEpoch: 7,
        baseSequence: 2 ** 31 - 2,
        isTransactional: true,
        baseOffset: 2 ** 35,
        leaderEpoch: 9,
      }),
    );
    expect(batch).toMatchObject({
      baseOffset: 2 ** 35,
      lastOffset: 2 ** 35 + 2,
      nextOffset: 2 ** 35 + 3,
      lastOffsetDelta: 2,
      recordCount: 3,
      leaderEpoch: 9,
      producerId: 2 ** 40,
      producerEpoch: 7,
      baseSequence: 2 ** 31 - 2,
      isTransactional: true,
      isControl: false,
      compression: "none",
      timestampType: "create",
      baseTimestamp: 1_000,
      maxTimestamp: 1_002,
    });
  });

  it("a sequence goes on at zero after the greatest int32", () => {
    const last = (baseSequence: number): number =>
      RecordBatch.at(encodeBatch(three, { producerId: 1, baseSequence })).lastSequence;
    expect([last(5), last(2 ** 31 - 3), last(2 ** 31 - 2), last(-1)]).toEqual([7, 2 ** 31 - 1, 0, -1]);
  });

  it("gets its place in the log without a new checksum", () => {
    const batch = RecordBatch.at(encodeBatch(three));
    const { crc } = batch;
    batch.assign(77, 3);
    expect(batch).toMatchObject({ baseOffset: 77, leaderEpoch: 3, crc });
    expect(batch.hasValidCrc()).toBe(true);
    expect([...batch.records()].map(({ offset }) => offset)).toEqual([77, 78, 79]);
  });

  it("a log append time is that of all its records", () => {
    const batch = RecordBatch.at(encodeBatch(three, { compression: "lz4" }));
    batch.stampLogAppendTime(42);
    expect(batch.hasValidCrc()).toBe(true);
    expect(batch).toMatchObject({ timestampType: "logAppend", maxTimestamp: 42, compression: "lz4" });
    expect([...batch.records()].map(({ timestamp }) => timestamp)).toEqual([42, 42, 42]);
  });

  it("has its producer's times again when the log takes its own back", () => {
    const batch = RecordBatch.at(encodeBatch(three));
    batch.stampLogAppendTime(42);
    batch.stampCreateTime(1_002);
    expect(batch.hasValidCrc()).toBe(true);
    expect(batch).toMatchObject({ timestampType: "create", maxTimestamp: 1_002 });
    expect([...batch.records()].map(({ timestamp }) => timestamp)).toEqual([1_000, 1_001, 1_002]);
  });

  it("tells its records' times, and whether they have keys, without decoding them", () => {
    fc.assert(
      fc.property(records, fc.constantFrom(...compressions), (given, compression) => {
        const seen: { timestamp: number; hasKey: boolean }[] = [];
        const batch = RecordBatch.at(encodeBatch(given, { compression }));
        const maxTimestamp = batch.checkRecords({
          visit: (timestamp, hasKey, index) => {
            expect(index).toBe(seen.length);
            seen.push({ timestamp, hasKey });
          },
        });
        expect(maxTimestamp).toBe(batch.maxTimestamp);
        expect(seen).toEqual(given.map(({ timestamp, key }) => ({ timestamp, hasKey: key !== null })));
      }),
    );
  });

  it("takes another producer's identity in place", () => {
    const batch = RecordBatch.at(encodeBatch([{ key: null, value: Buffer.from("v"), timestamp: 1 }]));
    batch.setProducer(7, 3, 42);
    expect(batch).toMatchObject({ producerId: 7, producerEpoch: 3, baseSequence: 42, lastSequence: 42 });
    expect(batch.hasValidCrc()).toBe(true);
  });

  it("a control batch says how the transaction ended", () => {
    const options = { producerId: 1, producerEpoch: 2, coordinatorEpoch: 3, timestamp: 4 };
    for (const type of ["abort", "commit"] as const) {
      const batch = RecordBatch.at(encodeControlBatch({ type, ...options }));
      expect(batch).toMatchObject({ isControl: true, isTransactional: true, baseSequence: -1, recordCount: 1 });
      expect(batch.control()).toEqual({ type, coordinatorEpoch: 3 });
    }
    expect(RecordBatch.at(encodeBatch(three)).control()).toBeUndefined();
  });

  it("a control record of another type is not looked into", () => {
    const key = Buffer.from([0, 0, 0, 2]);
    const batch = encodeBatch([{ key, value: null, timestamp: 0 }], { isControl: true });
    expect(RecordBatch.at(batch).control()).toEqual({ type: "other", coordinatorEpoch: -1 });
  });

  it("a batch that compaction thinned out keeps its offsets", () => {
    const batch = lying((raw) => raw.writeInt32BE(9, field.lastOffsetDelta));
    expect(batch.nextOffset).toBe(10);
    expect(letters(batch)).toBe("abc");
  });
});

/** What it says that is wrong with a batch. */
function failureOf(read: () => void): string | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(CorruptBatchError);
    return String(error);
  }
}

describe("a batch that lies", () => {
  it.each<{ title: string; change: (batch: Buffer) => void; says: string }>([
    { title: "magic 1", change: (raw) => raw.writeInt8(1, field.magic), says: "magic 1" },
    {
      title: "more bytes than there are",
      change: (raw) => raw.writeInt32BE(9_999, field.batchLength),
      says: "10011 bytes",
    },
    { title: "a negative length", change: (raw) => raw.writeInt32BE(-1, field.batchLength), says: "batch of 11 bytes" },
    { title: "a codec of the future", change: (raw) => raw.writeInt16BE(7, field.attributes), says: "compression 7" },
    {
      title: "offsets backwards",
      change: (raw) => raw.writeInt32BE(-1, field.lastOffsetDelta),
      says: "offset delta -1",
    },
    { title: "offsets beyond 2^53", change: (raw) => raw.writeInt32BE(0x7fff_ffff, 0), says: "beyond 2^53" },
    { title: "a negative count", change: (raw) => raw.writeInt32BE(-3, field.recordCount), says: "-3 records" },
    { title: "more records", change: (raw) => raw.writeInt32BE(2 ** 31 - 1, field.recordCount), says: "varint" },
    { title: "fewer records", change: (raw) => raw.writeInt32BE(2, field.recordCount), says: "after the last record" },
    { title: "fewer offsets", change: (raw) => raw.writeInt32BE(1, field.lastOffsetDelta), says: "offset delta 2" },
    { title: "gzip", change: (raw) => raw.writeInt16BE(1, field.attributes), says: "gzip" },
    { title: "a longer record", change: (raw) => raw.writeInt8(126, field.records), says: "record 0" },
  ])("about $title is refused", ({ change, says }) => {
    const read = (): void => void letters(lying(change));
    expect(read).toThrow(CorruptBatchError);
    expect(read).toThrow(says);
    expect(() => lying(change).checkRecords()).toThrow(says);
  });

  it("anywhere, fails with its own error, and its checksum shows it", () => {
    fc.assert(
      fc.property(
        records,
        fc.constantFrom(...compressions),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (given, compression, at, flip) => {
          const raw = encodeBatch(given, { compression });
          const index = at % raw.length;
          raw[index] = (raw[index] as number) ^ flip;
          try {
            const batch = RecordBatch.at(raw);
            if (index >= field.crc) expect(batch.hasValidCrc()).toBe(false);
            const maxBytes = 100_000;
            expect(failureOf(() => void batch.checkRecords({ maxBytes }))).toBe(
              failureOf(() => {
                for (const one of batch.records({ maxBytes })) expect(one.offset).toBeGreaterThanOrEqual(0);
              }),
            );
          } catch (error) {
            expect(error).toBeInstanceOf(CorruptBatchError);
          }
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

describe("batches in a row", () => {
  const row = Buffer.concat([
    encodeBatch(three, { baseOffset: 0 }),
    encodeBatch(three, { baseOffset: 3, compression: "gzip" }),
    encodeBatch(three, { baseOffset: 6 }),
  ]);
  const offsets = (content: Buffer): number[] => [...batchesIn(content)].map(({ baseOffset }) => baseOffset);

  it("come in order, and an incomplete last one is left out", () => {
    expect(offsets(row)).toEqual([0, 3, 6]);
    for (let length = 0; length < row.length; length += 1) {
      expect(offsets(row.subarray(0, length)).length).toBeLessThan(3);
    }
  });

  it("fail with their own error on anything else", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 12, maxLength: 200 }), fc.nat(), (content, at) => {
        const raw = Buffer.from(row);
        raw.set(content.subarray(0, raw.length - (at % raw.length)), at % raw.length);
        try {
          for (const batch of batchesIn(raw)) Array.from(batch.records({ maxBytes: 10_000 }));
        } catch (error) {
          expect(error).toBeInstanceOf(CorruptBatchError);
        }
      }),
      { numRuns: 500 },
    );
    expect(() => offsets(Buffer.alloc(100))).toThrow(CorruptBatchError);
  });
});
