import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { compressions } from "../compression/compression.js";
import type { KafkaRecord } from "./record.js";
import { RecordBatch } from "./record-batch.js";

// The bytes of batches as clients sent them, each of the same twelve records, or of one long one.
const fixture = (name: string): RecordBatch =>
  RecordBatch.at(Buffer.from(readFileSync(new URL(`./fixtures/${name}.hex`, import.meta.url), "utf8").trim(), "hex"));

const twelve = Array.from({ length: 12 }, (_, index) => ({
  key: `key-${index}`,
  value: `value ${index} of a batch written for ottla, ${"again and again ".repeat(index * 3)}`,
}));
const text = ({ key, value }: KafkaRecord): { key: string | undefined; value: string | undefined } => ({
  key: key?.toString(),
  value: value?.toString(),
});
const header = (key: string, value: string | null) => ({ key, value: value === null ? null : Buffer.from(value) });

describe("batches written by Java", () => {
  it.each(compressions)("%s", (compression) => {
    const batch = fixture(`${compression}.java`);
    expect(batch.hasValidCrc()).toBe(true);
    expect(batch).toMatchObject({ compression, recordCount: 12, baseSequence: 0, isTransactional: false });
    const records = [...batch.records()];
    expect(records.map(text)).toEqual(twelve);
    expect(records.map(({ offset }) => offset)).toEqual(twelve.map((_, index) => index));
    for (const record of records) expect(record.headers).toEqual([header("h1", "v1"), header("h2", "v2")]);
  });
});

describe("batches written by librdkafka", () => {
  it.each(compressions)("%s, with null keys and tombstones", (compression) => {
    const batch = fixture(`${compression}.librdkafka`);
    expect(batch.hasValidCrc()).toBe(true);
    expect(batch).toMatchObject({ compression, baseTimestamp: 1_700_000_000_000, maxTimestamp: 1_700_000_000_011 });
    const records = [...batch.records()];
    expect(records.map(text)).toEqual(
      twelve.map(({ key, value }, index) => ({
        key: index % 4 === 0 ? undefined : key,
        value: index % 5 === 0 ? undefined : value,
      })),
    );
    expect(records.map(({ timestamp }) => timestamp)).toEqual(twelve.map((_, index) => 1_700_000_000_000 + index));
    for (const record of records)
      expect(record.headers).toEqual([header("h", "x"), header("null", null), header("h", "")]);
  });
});

describe("batches written by kafka-python", () => {
  it.each(["none", "gzip"])("%s", (compression) => {
    const batch = fixture(`${compression}.kafka-python`);
    expect(batch.hasValidCrc()).toBe(true);
    expect([...batch.records()].map(text)).toEqual(twelve);
  });
});

describe("batches of one record longer than a block of its codec", () => {
  it.each(["long-snappy.java", "long-snappy.librdkafka", "long-lz4.java", "long-lz4.librdkafka"])("%s", (name) => {
    const [record, ...more] = fixture(name).records();
    expect(more).toEqual([]);
    const rows = Array.from({ length: 6_000 }, (_, index) => `row ${index % 20} of a long value; `);
    expect(record === undefined ? undefined : text(record)).toEqual({ key: "long", value: rows.join("") });
  });

  it("may not unpack beyond what the reader allows", () => {
    expect(() => [...fixture("long-lz4.java").records({ maxBytes: 100_000 })]).toThrow("at most 100000");
  });
});
