import { type Compression, crc32c, encodeBatch, encodeControlBatch, RecordBatch } from "@ottla/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readAll, StoreFixture } from "../storage/store-fixture.js";
import type { LogConfig } from "./log-config.js";
import type { PartitionLog } from "./partition-log.js";

const codecs: readonly Compression[] = ["none", "gzip", "snappy", "lz4", "zstd"];
const types = ["uncompressed", "gzip", "snappy", "lz4", "zstd", "producer"] as const;

const recordsOf = (count: number, size = 20) =>
  Array.from({ length: count }, (_, index) => ({
    key: index % 2 === 0 ? Buffer.from(`k${index}`) : null,
    value: Buffer.alloc(size, 65 + (index % 20)),
    headers: [{ key: "h", value: index % 3 === 0 ? null : Buffer.from("v") }],
    timestamp: 1_000 + index,
  }));

async function stored(log: PartitionLog): Promise<RecordBatch> {
  await log.whenDurable(log.logEndOffset);
  const { buffers } = await log.read(0, { maxBytes: 1e6, minOneBatch: true, upTo: log.highWatermark });
  return RecordBatch.at(Buffer.concat(buffers));
}

/** With its checksum made right. */
function signed(bytes: Buffer): Buffer {
  bytes.writeUInt32BE(crc32c(bytes.subarray(21)), 17);
  return bytes;
}

describe("compression.type", () => {
  it.each(types.flatMap((type) => codecs.map((codec) => ({ type, codec }))))(
    "$type keeps what came as $codec, records unchanged",
    async ({ type, codec }) => {
      const { log } = await new StoreFixture().log({ compressionType: type });
      const header = { producerId: 7, producerEpoch: 2, baseSequence: 0, isTransactional: true };
      const sent = encodeBatch(recordsOf(5), { compression: codec, ...header });
      const original = Buffer.from(sent);
      expect(log.append(sent, "client")).toMatchObject({ baseOffset: 0, lastOffset: 4 });
      const kept = await stored(log);
      const expected = type === "producer" ? codec : type === "uncompressed" ? "none" : type;
      expect(kept).toMatchObject({ compression: expected, ...header, lastOffset: 4, maxTimestamp: 1_004 });
      expect(kept.hasValidCrc()).toBe(true);
      expect([...kept.records()]).toEqual([...RecordBatch.at(original).records()]);
      // What need not be touched is not: all but the leader epoch is as it was sent.
      if (expected === codec) expect(kept.bytes.subarray(16)).toEqual(original.subarray(16));
    },
  );

  it("finds a batch sent again, in whatever codec it was kept", async () => {
    const { log } = await new StoreFixture().log({ compressionType: "gzip" });
    const send = () =>
      log.append(encodeBatch(recordsOf(3), { producerId: 7, producerEpoch: 0, baseSequence: 0 }), "client");
    send();
    expect(send()).toMatchObject({ isDuplicate: true, baseOffset: 0 });
    expect(log.logEndOffset).toBe(3);
  });

  it("gives all records the time of the append where the log sets it", async () => {
    const fixture = new StoreFixture();
    const { log } = await fixture.log({ compressionType: "lz4", messageTimestampType: "LogAppendTime" });
    expect(log.append(encodeBatch(recordsOf(3)), "client").logAppendTime).toBe(fixture.now);
    const kept = await stored(log);
    expect(kept).toMatchObject({ timestampType: "logAppend", baseTimestamp: fixture.now, maxTimestamp: fixture.now });
    expect(kept.hasValidCrc()).toBe(true);
    expect([...kept.records()].map(({ timestamp }) => timestamp)).toEqual([fixture.now, fixture.now, fixture.now]);
  });

  it("leaves markers as they are", async () => {
    const { log } = await new StoreFixture().log({ compressionType: "gzip" });
    const marker = { type: "abort", producerId: 1, producerEpoch: 1, coordinatorEpoch: 0, timestamp: 5 } as const;
    log.append(encodeControlBatch(marker), "coordinator");
    const kept = await stored(log);
    expect(kept).toMatchObject({ compression: "none", isControl: true });
    expect(kept.control()).toMatchObject({ type: "abort" });
  });

  const refusals: readonly {
    readonly title: string;
    readonly config?: Partial<LogConfig>;
    readonly batch: () => Buffer;
    readonly code: string;
  }[] = [
    {
      title: "a batch that is too large once unpacked",
      config: { compressionType: "uncompressed", maxMessageBytes: 1_000 },
      batch: () => encodeBatch(recordsOf(40, 100), { compression: "gzip" }),
      code: "MESSAGE_TOO_LARGE",
    },
    {
      title: "a batch that is too large before it is packed",
      config: { maxMessageBytes: 1_000 },
      batch: () => encodeBatch(recordsOf(40, 100)),
      code: "MESSAGE_TOO_LARGE",
    },
    {
      title: "records that are none",
      batch: () => signed(encodeBatch(recordsOf(2)).fill(0x7f, 61, 70)),
      code: "INVALID_RECORD",
    },
    {
      title: "a stream that is none",
      batch: () => signed(encodeBatch(recordsOf(2), { compression: "lz4" }).fill(0x7f, 61, 70)),
      code: "UNKNOWN_SERVER_ERROR",
    },
    {
      title: "fewer records than the header says",
      batch: () => {
        const bytes = encodeBatch(recordsOf(2));
        bytes.writeInt32BE(2, 23);
        bytes.writeInt32BE(3, 57);
        return signed(bytes);
      },
      code: "INVALID_RECORD",
    },
    {
      title: "more records than the header says",
      batch: () => {
        const bytes = encodeBatch(recordsOf(3));
        bytes.writeInt32BE(1, 23);
        bytes.writeInt32BE(2, 57);
        return signed(bytes);
      },
      code: "INVALID_RECORD",
    },
    {
      title: "a batch that no segment has room for",
      config: { compressionType: "producer", segmentBytes: 1024 * 1024, maxMessageBytes: 4 * 1024 * 1024 },
      batch: () => encodeBatch(recordsOf(2, 1024 * 1024)),
      code: "RECORD_LIST_TOO_LARGE",
    },
  ];

  it.each(refusals)("refuses $title", async ({ config, batch, code }) => {
    const { log } = await new StoreFixture().log({ compressionType: "gzip", ...config });
    expect(() => log.append(batch(), "client")).toThrow(expect.objectContaining({ code }));
    expect(log.logEndOffset).toBe(0);
  });

  it("changes nothing that a reader sees, whatever is sent and kept", async () => {
    const value = fc.option(fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)));
    const record = fc.record({ key: value, value, timestamp: fc.integer({ min: 0, max: 1e6 }) });
    const batches = fc.array(fc.tuple(fc.array(record, { minLength: 1, maxLength: 5 }), fc.constantFrom(...codecs)), {
      minLength: 1,
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(batches, fc.constantFrom(...types), async (sent, compressionType) => {
        const { log } = await new StoreFixture().log({ compressionType });
        for (const [records, compression] of sent) log.append(encodeBatch(records, { compression }), "client");
        await log.whenDurable(log.logEndOffset);
        const seen = (await readAll(log)).map(({ key, value, timestamp }) => ({ key, value, timestamp }));
        expect(seen).toEqual(sent.flatMap(([records]) => records));
      }),
      { numRuns: 40 },
    );
  });
});
