import { type Compression, crc32c, encodeBatch, RecordBatch } from "@ottla/protocol";
import { describe, expect, it } from "vitest";
import { defaultLogConfig, type LogConfig } from "./log-config.js";
import { checkRecords } from "./record-rules.js";
import { RejectedRecordsError } from "./rejected-records-error.js";

const nowMs = 1_000_000;
const strict: Partial<LogConfig> = { messageTimestampBeforeMaxMs: 1_000, messageTimestampAfterMaxMs: 1_000 };
const compacted: Partial<LogConfig> = { cleanupPolicy: ["compact"] };
const logAppend: Partial<LogConfig> = { messageTimestampType: "LogAppendTime" };

const attributesAt = 21;
const baseTimeAt = 27;
const maxTimeAt = 35;
const firstRecordAt = 61;

interface Given {
  readonly times?: readonly number[];
  readonly key?: string | null;
  readonly compression?: Compression;
  readonly spoil?: (bytes: Buffer) => void;
}

/** Two records, the checksum right whatever is spoiled. */
function batchOf({ times = [nowMs, nowMs + 1], key = "k", compression = "none", spoil }: Given): RecordBatch {
  const records = times.map((timestamp) => ({
    key: key === null ? null : Buffer.from(key),
    value: Buffer.from("v"),
    timestamp,
  }));
  const bytes = encodeBatch(records, { compression });
  spoil?.(bytes);
  bytes.writeUInt32BE(crc32c(bytes.subarray(attributesAt)), 17);
  return RecordBatch.at(bytes);
}

function outcome(given: Given, config: Partial<LogConfig> = {}) {
  const batch = batchOf(given);
  try {
    checkRecords(batch, { config: { ...defaultLogConfig, ...config }, nowMs, where: "t-0" });
    expect(batch.hasValidCrc()).toBe(true);
    return batch;
  } catch (error) {
    return error;
  }
}

const maxTime = (time: number) => (bytes: Buffer) => void bytes.writeBigInt64BE(BigInt(time), maxTimeAt);
const attributes = (bits: number) => (bytes: Buffer) => void bytes.writeInt16BE(bits, attributesAt);
const inRecord = (at: number, byte: number) => (bytes: Buffer) => void bytes.writeUInt8(byte, firstRecordAt + at);
const markedAppended = 0x08;

describe("records of a client's batch", () => {
  it.each<{ title: string; given: Given; config?: Partial<LogConfig>; code: string; rejected?: readonly number[] }>([
    { title: "a record longer than it is", given: { spoil: inRecord(0, 0x40) }, code: "INVALID_RECORD" },
    { title: "a record of negative length", given: { spoil: inRecord(0, 1) }, code: "INVALID_RECORD" },
    { title: "a record out of order", given: { spoil: inRecord(3, 4) }, code: "INVALID_RECORD" },
    { title: "a key past its record", given: { spoil: inRecord(4, 0x7e) }, code: "INVALID_RECORD" },
    {
      title: "gzip called plain",
      given: { compression: "gzip", spoil: attributes(0) },
      code: "INVALID_RECORD",
    },
    {
      title: "plain records called gzip, where each is asked",
      given: { spoil: attributes(1) },
      config: compacted,
      code: "UNKNOWN_SERVER_ERROR",
    },
    { title: "no key", given: { key: null }, config: compacted, code: "INVALID_RECORD", rejected: [0, 1] },
    {
      title: "no key in a compressed batch",
      given: { key: null, compression: "zstd" },
      config: compacted,
      code: "INVALID_RECORD",
      rejected: [0, 1],
    },
    {
      title: "one record too old",
      given: { times: [nowMs, nowMs - 1_001] },
      config: strict,
      code: "INVALID_TIMESTAMP",
      rejected: [1],
    },
    {
      title: "one record too late",
      given: { times: [nowMs, nowMs + 3_600_001] },
      code: "INVALID_TIMESTAMP",
      rejected: [1],
    },
    {
      title: "a record too late under a header that hides it",
      given: { times: [nowMs, nowMs + 3_600_001], spoil: maxTime(nowMs) },
      code: "INVALID_TIMESTAMP",
      rejected: [1],
    },
    {
      title: "no key, whatever its time",
      given: { times: [nowMs - 1_001], key: null },
      config: { ...strict, ...compacted },
      code: "INVALID_RECORD",
      rejected: [0],
    },
    {
      title: "the bit of log append time where the broker sets that",
      given: { spoil: attributes(markedAppended) },
      config: logAppend,
      code: "INVALID_TIMESTAMP",
      rejected: [0, 1],
    },
    {
      title: "the bit of log append time without a time",
      given: { times: [-1, -1], spoil: attributes(markedAppended) },
      code: "INVALID_TIMESTAMP",
      rejected: [0, 1],
    },
  ])("are refused with $code for $title", ({ given, config, code, rejected = [] }) => {
    const error = outcome(given, config);
    expect(error).toMatchObject({ code });
    const errors = error instanceof RejectedRecordsError ? error.recordErrors : [];
    expect(errors.map(({ batchIndex }) => batchIndex)).toEqual(rejected);
  });

  it.each<{ title: string; given: Given; config?: Partial<LogConfig>; maxTimestamp: number }>([
    { title: "that of its header", given: {}, maxTimestamp: nowMs + 1 },
    { title: "not above that of its records", given: { spoil: maxTime(nowMs + 50) }, maxTimestamp: nowMs + 1 },
    { title: "not below it", given: { spoil: maxTime(-1) }, maxTimestamp: nowMs + 1 },
    {
      title: "theirs where only the header is too late",
      given: { spoil: maxTime(nowMs + 4_000_000) },
      maxTimestamp: nowMs + 1,
    },
    {
      title: "of records before 1970 none",
      given: { times: [-7, -6], spoil: (bytes) => void bytes.writeBigInt64BE(-9n, baseTimeAt) },
      maxTimestamp: -1,
    },
    {
      title: "believed of a compressed batch",
      given: { compression: "lz4", spoil: maxTime(nowMs + 50) },
      maxTimestamp: nowMs + 50,
    },
    {
      title: "that of a compressed batch's records where each is asked",
      given: { compression: "lz4", spoil: maxTime(nowMs + 50) },
      config: compacted,
      maxTimestamp: nowMs + 1,
    },
    {
      title: "as it was where the bit of log append time is taken away",
      given: { spoil: attributes(markedAppended) },
      maxTimestamp: nowMs + 1,
    },
  ])("give the batch a greatest time: $title", ({ given, config, maxTimestamp }) => {
    expect(outcome(given, config)).toMatchObject({ maxTimestamp, timestampType: "create" });
  });

  it("names no more than a hundred of those that are wrong", () => {
    const error = outcome({ times: Array.from({ length: 300 }, () => 5) }, strict);
    expect(error).toHaveProperty("recordErrors.length", 100);
  });
});
