import { crc32c, encodeControlBatch, RecordBatch } from "@ottla/protocol";
import { systemError } from "@ottla/world";
import { describe, expect, it } from "vitest";
import { append, batchOf, dataDir, readAll, StoreFixture, topicId, valuesOf } from "../storage/store-fixture.js";
import { defaultLogConfig } from "./log-config.js";

const all = { maxBytes: 1_000_000, minOneBatch: true, upTo: Number.MAX_SAFE_INTEGER };

/** Spoils a batch and makes its checksum right again. */
const signed = (spoil: (bytes: Buffer) => void) => (bytes: Buffer) => {
  spoil(bytes);
  bytes.writeUInt32BE(crc32c(bytes.subarray(21)), 17);
};

describe("a partition log", () => {
  it("gives offsets at once and shows records when they are durable", async () => {
    const { log } = await new StoreFixture().log();
    expect(log.append(batchOf(["a", "b"]), "client")).toMatchObject({ baseOffset: 0, lastOffset: 1 });
    expect(log.append(batchOf(["c"]), "client")).toMatchObject({ baseOffset: 2, lastOffset: 2 });
    expect([log.logEndOffset, log.highWatermark]).toEqual([3, 0]);
    await log.whenDurable(3);
    expect(log.highWatermark).toBe(3);
    expect(valuesOf(await readAll(log))).toEqual(["a", "b", "c"]);
  });

  it("writes nothing before the first append", async () => {
    const fixture = new StoreFixture();
    const { log } = await fixture.log();
    expect(fixture.files.stat(`${dataDir}/t-0`)).toBeUndefined();
    await append(log, ["a"]);
    expect(fixture.files.list(`${dataDir}/t-0`)).toEqual([
      "00000000000000000000.log",
      "leader-epoch-checkpoint",
      "partition.metadata",
    ]);
  });

  it("takes no folder for its own that is there when it wants to make one, and goes on where it failed to", async () => {
    const fixture = new StoreFixture();
    const { log } = await fixture.log();
    const path = `${dataDir}/t-0/00000000000000000000.log`;
    fixture.files.makeDirectory(`${dataDir}/t-0`);
    fixture.put(path, Buffer.from("of the topic T"));
    await expect(append(log, ["a"])).rejects.toThrow(/KAFKA_STORAGE_ERROR/);
    expect(fixture.bytes(path).toString()).toBe("of the topic T");

    const again = new StoreFixture();
    const { log: other } = await again.log();
    again.fail = (call) => (call === "write" ? systemError("ENOSPC", "write") : undefined);
    await expect(append(other, ["a"])).rejects.toThrow(/KAFKA_STORAGE_ERROR/);
    again.fail = () => undefined;
    await append(other, ["b"]);
    expect(valuesOf(await readAll(other))).toEqual(["b"]);
  });

  it("writes what comes in one turn at once, and syncs once for all who wait", async () => {
    const fixture = new StoreFixture();
    const { log } = await fixture.log();
    await append(log, ["first"]);
    fixture.calls.length = 0;
    await Promise.all(Array.from({ length: 50 }, (_, index) => append(log, [`value ${index}`])));
    expect(fixture.calls.filter((call) => /write|sync/.test(call))).toEqual([
      `write ${dataDir}/t-0/00000000000000000000.log`,
      `datasync ${dataDir}/t-0/00000000000000000000.log`,
    ]);
  });

  it("covers with the next sync what is written while one runs, and does not show it before", async () => {
    const fixture = new StoreFixture();
    const { log } = await fixture.log();
    const first = append(log, ["a"]);
    await log.whenWritten(1);
    const second = append(log, ["b"]);
    await first;
    expect(log.highWatermark).toBe(1);
    await second;
    expect(log.highWatermark).toBe(2);
  });

  it("acknowledges after the write, without a sync, where durability is `os` or `memory`", async () => {
    for (const durability of ["os", "memory"] as const) {
      const fixture = new StoreFixture();
      const { log } = await fixture.log({}, { durability });
      fixture.calls.length = 0;
      await append(log, ["a"]);
      expect(fixture.calls.filter((call) => call.startsWith("datasync"))).toEqual([]);
      expect(valuesOf(await readAll(log))).toEqual(["a"]);
    }
  });

  it("tells listeners that the high watermark moved until they leave", async () => {
    const { log } = await new StoreFixture().log();
    const seen: number[] = [];
    const leave = log.onAdvance(() => seen.push(log.highWatermark));
    await append(log, ["a"]);
    leave();
    await append(log, ["b"]);
    expect(seen).toEqual([1]);
  });

  it("answers whole batches from the one that holds the offset, as many as fit", async () => {
    const { log } = await new StoreFixture().log();
    for (const value of ["a", "b", "c"]) await append(log, [value, value]);
    const { sizeInBytes } = await log.read(0, all);
    const batchBytes = sizeInBytes / 3;
    const offsetsFrom = async (from: number, maxBytes: number, minOneBatch = true) => {
      const { buffers } = await log.read(from, { ...all, maxBytes, minOneBatch });
      const bytes = Buffer.concat(buffers);
      return Array.from(
        { length: bytes.length / batchBytes },
        (_, index) => RecordBatch.at(bytes, index * batchBytes).baseOffset,
      );
    };
    expect(await offsetsFrom(1, batchBytes * 2)).toEqual([0, 2]);
    expect(await offsetsFrom(3, 1)).toEqual([2]);
    expect(await offsetsFrom(3, 1, false)).toEqual([]);
    expect(await offsetsFrom(6, 1_000)).toEqual([]);
    expect(() => log.read(7, all)).toThrow(/OFFSET_OUT_OF_RANGE/);
  });

  it("drops the bytes of a batch that was cut off behind a whole one", async () => {
    const { log } = await new StoreFixture().log();
    const cut = Buffer.concat([batchOf(["a"]), batchOf(["b"]).subarray(0, 40)]);
    expect(log.append(cut, "client").lastOffset).toBe(0);
    expect(log.append(Buffer.concat([batchOf(["c"]), Buffer.alloc(5)]), "client").lastOffset).toBe(1);
    expect(() => log.append(Buffer.concat([batchOf(["d"]), batchOf(["e"])]), "client")).toThrow(/INVALID_RECORD/);
    expect(log.logEndOffset).toBe(2);
  });

  it("reads the same from files as from memory", async () => {
    const fixture = new StoreFixture();
    const { store, log } = await fixture.log({ segmentBytes: 600, indexIntervalBytes: 100 });
    const values = Array.from({ length: 60 }, (_, index) => `value ${index}`);
    for (const value of values) await append(log, [value]);
    expect(fixture.names(".log").length).toBeGreaterThan(5);
    await store.close();
    const { log: again } = await fixture.log();
    for (const maxBytes of [1, 100, 250, 100_000]) expect(valuesOf(await readAll(again, 0, maxBytes))).toEqual(values);
    for (let from = 0; from < 60; from += 1) expect(valuesOf(await readAll(again, from))).toEqual(values.slice(from));
  });

  it.each([
    {
      title: "a wrong checksum",
      spoil: (bytes: Buffer) => bytes.writeUInt8(1, bytes.length - 1),
      code: "CORRUPT_MESSAGE",
    },
    { title: "magic 1", spoil: (bytes: Buffer) => bytes.writeUInt8(1, 16), code: "INVALID_RECORD" },
    {
      title: "a length beyond its end",
      spoil: (bytes: Buffer) => bytes.writeInt32BE(9_999, 8),
      code: "INVALID_RECORD",
    },
    { title: "a negative count", spoil: signed((bytes) => bytes.writeInt32BE(-1, 57)), code: "INVALID_RECORD" },
    { title: "a negative offset", spoil: signed((bytes) => bytes.writeInt32BE(-1, 23)), code: "INVALID_RECORD" },
    { title: "a codec there is not", spoil: signed((bytes) => bytes.writeUInt8(7, 22)), code: "UNKNOWN_SERVER_ERROR" },
    {
      title: "more wrong than its checksum",
      spoil: (bytes: Buffer) => bytes.writeUInt8(7, 22),
      code: "CORRUPT_MESSAGE",
    },
    { title: "a base offset", spoil: (bytes: Buffer) => bytes.writeInt8(1, 7), code: "INVALID_RECORD" },
  ])("refuses a batch with $title", async ({ spoil, code }) => {
    const { log } = await new StoreFixture().log();
    const bytes = batchOf(["a"]);
    spoil(bytes);
    expect(() => log.append(bytes, "client")).toThrow(new RegExp(`^\\[${code}\\] t-0: `));
    expect(log.logEndOffset).toBe(0);
  });

  it("refuses none, two, too large, late, keyless and control batches where they may not be", async () => {
    const fixture = new StoreFixture();
    const { log } = await fixture.log({ maxMessageBytes: 100, messageTimestampBeforeMaxMs: 5_000 });
    const time = { timestamp: fixture.now };
    expect(() => log.append(Buffer.alloc(0), "client")).toThrow(/INVALID_RECORD/);
    expect(() => log.append(Buffer.concat([batchOf(["a"], time), batchOf(["a"], time)]), "client")).toThrow(
      /INVALID_RECORD/,
    );
    expect(() => log.append(batchOf(["x".repeat(200)], time), "client")).toThrow(/MESSAGE_TOO_LARGE.*100/);
    expect(() => log.append(batchOf(["a"], { timestamp: fixture.now - 6_000 }), "client")).toThrow(/INVALID_TIMESTAMP/);
    expect(() => log.append(batchOf(["a"], { timestamp: fixture.now + 3_700_000 }), "client")).toThrow(
      /INVALID_TIMESTAMP/,
    );
    const marker = {
      type: "abort",
      producerId: 1,
      producerEpoch: 0,
      coordinatorEpoch: 0,
      timestamp: fixture.now,
    } as const;
    expect(() => log.append(encodeControlBatch(marker), "client")).toThrow(/INVALID_RECORD/);
    expect(log.append(encodeControlBatch(marker), "coordinator").baseOffset).toBe(0);
    log.configure({ ...defaultLogConfig, cleanupPolicy: ["compact"] });
    expect(() => log.append(batchOf(["a"], time), "client")).toThrow(/INVALID_RECORD.*key/);
    expect(log.append(batchOf(["a"], { ...time, key: "k" }), "client").baseOffset).toBe(1);
  });

  it("stamps the broker's time where the topic says so", async () => {
    const fixture = new StoreFixture();
    const { log } = await fixture.log({ messageTimestampType: "LogAppendTime" });
    expect(log.append(batchOf(["a"], { timestamp: 5 }), "client").logAppendTime).toBe(fixture.now);
    await log.whenDurable(1);
    expect((await readAll(log)).map(({ timestamp }) => timestamp)).toEqual([fixture.now]);
  });

  it("finds records by time, and the first of the latest", async () => {
    const fixture = new StoreFixture();
    const { store, log } = await fixture.log({ segmentBytes: 400, indexIntervalBytes: 50 });
    const times = [10, 30, 20, 50, 50, 40, 70, 60, 70, 15];
    for (const timestamp of times) await append(log, ["x".repeat(30)], { timestamp });
    const check = async (on: typeof log) => {
      for (let wanted = 0; wanted <= 75; wanted += 5) {
        const offset = times.findIndex((timestamp) => timestamp >= wanted);
        const expected = offset < 0 ? undefined : { offset, timestamp: times[offset], leaderEpoch: 0 };
        expect(await on.offsetForTimestamp(wanted)).toEqual(expected);
      }
      expect(await on.maxTimestamp()).toEqual({ offset: 6, timestamp: 70, leaderEpoch: 0 });
    };
    await check(log);
    await store.close();
    const { log: again } = await fixture.log();
    await check(again);
    await again.deleteRecordsBefore(9);
    expect(await again.maxTimestamp()).toEqual({ offset: 9, timestamp: 15, leaderEpoch: 0 });
  });

  it("begins a new segment by size, by record time and when the index is full", async () => {
    const segmentsAfter = async (config: Parameters<StoreFixture["log"]>[0], times: number[]) => {
      const fixture = new StoreFixture();
      const { log } = await fixture.log(config);
      for (const timestamp of times) await append(log, ["x".repeat(20)], { timestamp });
      return fixture.names(".log").map(Number.parseFloat);
    };
    expect(await segmentsAfter({ segmentBytes: 200 }, [1, 1, 1, 1])).toEqual([0, 2]);
    expect(await segmentsAfter({ segmentMs: 100 }, [1_000, 1_100, 1_101, 1_000])).toEqual([0, 2]);
    expect(await segmentsAfter({ segmentIndexBytes: 24, indexIntervalBytes: 1 }, [1, 1, 1, 1])).toEqual([0, 2]);
  });

  it("forgets by time and by size, a segment at a time, and goes on with its offsets", async () => {
    const fixture = new StoreFixture();
    const { store, log } = await fixture.log({ segmentBytes: 200, retentionMs: 1_000 });
    for (let time = 0; time < 10; time += 1)
      await append(log, ["x".repeat(20)], { timestamp: fixture.now + time * 100 });
    fixture.now += 1_450;
    await store.retain();
    expect([log.logStartOffset, log.logEndOffset]).toEqual([4, 10]);
    log.configure({ ...defaultLogConfig, retentionMs: -1, retentionBytes: 300 });
    await store.retain();
    expect(log.logStartOffset).toBe(6);
    fixture.now += 10_000;
    log.configure({ ...defaultLogConfig, retentionMs: 1_000 });
    await store.retain();
    expect([log.logStartOffset, log.logEndOffset, log.sizeInBytes]).toEqual([10, 10, 0]);
    const { log: again } = await fixture.log();
    expect([again.logStartOffset, again.logEndOffset]).toEqual([10, 10]);
    expect(await append(again, ["next"])).toBe(10);
  });

  it("keeps a deletion of records, in the middle of a segment as well", async () => {
    const fixture = new StoreFixture();
    const { log } = await fixture.log({ segmentBytes: 200 });
    for (let index = 0; index < 7; index += 1) await append(log, [`${index}`.repeat(20)]);
    await expect(log.deleteRecordsBefore(8)).rejects.toThrow(/OFFSET_OUT_OF_RANGE/);
    expect(await log.deleteRecordsBefore(5)).toBe(5);
    expect(fixture.names(".log").map(Number.parseFloat)).toEqual([4, 6]);
    expect(() => log.read(4, all)).toThrow(/OFFSET_OUT_OF_RANGE/);
    const { log: again } = await fixture.log();
    expect(again.logStartOffset).toBe(5);
    expect(valuesOf(await readAll(again))).toEqual(["5".repeat(20), "6".repeat(20)]);
  });

  it("rejects waiters and readers once it is deleted, and a new one of its name begins empty", async () => {
    const fixture = new StoreFixture();
    const { store, log } = await fixture.log();
    await append(log, ["a"]);
    await log.deleteRecordsBefore(1);
    const waiting = append(log, ["b"]);
    const deleted = store.delete("t", 0);
    await expect(waiting).rejects.toThrow(/UNKNOWN_TOPIC_OR_PARTITION/);
    expect(() => log.read(0, all)).toThrow(/UNKNOWN_TOPIC_OR_PARTITION/);
    await deleted;
    const other = "AAAAAAAAAAAAAAAAAAAAAg";
    const next = store.create("t", other, 0, defaultLogConfig);
    expect(await append(next, ["c"])).toBe(0);
    const again = (await fixture.open()).create("t", other, 0, defaultLogConfig);
    expect([again.logStartOffset, valuesOf(await readAll(again))]).toEqual([0, ["c"]]);
  });

  it("takes no notice of an earlier topic of its name", async () => {
    const fixture = new StoreFixture();
    const { log } = await fixture.log();
    await append(log, ["a"]);
    const store = await fixture.open();
    const other = store.create("t", "AAAAAAAAAAAAAAAAAAAAAg", 0, defaultLogConfig);
    expect(other.logEndOffset).toBe(0);
    store.removeUnclaimed();
    expect(fixture.files.list(dataDir).filter((name) => name.startsWith("t-"))).toEqual([]);
    expect(other.topicId).not.toBe(topicId);
  });

  it("holds the last stable offset at an open transaction until its marker is durable", async () => {
    const { log } = await new StoreFixture().log();
    const producer = { producerId: 7, producerEpoch: 0 };
    await append(log, ["plain"]);
    await append(log, ["in"], { ...producer, baseSequence: 0, isTransactional: true });
    await append(log, ["plain"]);
    expect([log.highWatermark, log.lastStableOffset]).toEqual([3, 1]);
    log.append(encodeControlBatch({ type: "commit", ...producer, coordinatorEpoch: 0, timestamp: 1 }), "coordinator");
    expect(log.lastStableOffset).toBe(1);
    await log.whenDurable(4);
    expect(log.lastStableOffset).toBe(4);
  });
});
