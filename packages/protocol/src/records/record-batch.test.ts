import { describe, expect, it } from "vitest";
import { compressions } from "../compression/compression.js";
import { encodeBatch, encodeControlBatch } from "./encode-batch.js";
import { RecordBatch } from "./record-batch.js";

const records = Array.from({ length: 40 }, (_, index) => ({
  key: index % 3 === 0 ? null : Buffer.from(`key-${index}`),
  value: index % 5 === 0 ? null : Buffer.from(`value ${index} `.repeat(index)),
  headers: index % 2 === 0 ? [] : [{ key: "häder", value: index % 4 === 1 ? null : Buffer.from("x") }],
  timestamp: 1_700_000_000_000 + index * 7,
}));

describe("record batch", () => {
  it.each(compressions)("comes back as it went, compression %s", (compression) => {
    const batch = RecordBatch.at(
      encodeBatch(records, { compression, producerId: 5, producerEpoch: 1, baseSequence: 9 }),
    );
    expect(batch.hasValidCrc()).toBe(true);
    expect(batch).toMatchObject({ compression, producerId: 5, producerEpoch: 1, baseSequence: 9, recordCount: 40 });
    batch.assign(1000, 3);
    expect(batch.hasValidCrc()).toBe(true);
    expect([...batch.records()]).toEqual(records.map((record, index) => ({ ...record, offset: 1000 + index })));
  });

  it("a log append time is that of all its records", () => {
    const batch = RecordBatch.at(encodeBatch(records));
    batch.stampLogAppendTime(42);
    expect(batch.hasValidCrc()).toBe(true);
    expect(batch.timestampType).toBe("logAppend");
    expect(new Set([...batch.records()].map(({ timestamp }) => timestamp))).toEqual(new Set([42]));
  });

  it("takes another producer's identity in place", () => {
    const batch = RecordBatch.at(encodeBatch([{ key: null, value: Buffer.from("v"), timestamp: 1 }]));
    batch.setProducer(7, 3, 42);
    expect(batch).toMatchObject({ producerId: 7, producerEpoch: 3, baseSequence: 42, lastSequence: 42 });
    expect(batch.hasValidCrc()).toBe(true);
  });

  it("a control batch says how the transaction ended", () => {
    const options = { producerId: 1, producerEpoch: 2, coordinatorEpoch: 3, timestamp: 4 };
    const batch = RecordBatch.at(encodeControlBatch({ type: "abort", ...options }));
    expect(batch).toMatchObject({ isControl: true, isTransactional: true, baseSequence: -1, recordCount: 1 });
    expect(batch.control()).toEqual({ type: "abort", coordinatorEpoch: 3 });
  });
});
