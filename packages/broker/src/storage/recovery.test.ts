import { describe, expect, it } from "vitest";
import { defaultLogConfig, type LogConfig } from "../log/log-config.js";
import { append, batchOf, dataDir, readAll, StoreFixture, topicId, valuesOf } from "./store-fixture.js";

const segment = (base: number) => `${dataDir}/t-0/${String(base).padStart(20, "0")}.log`;

/** Values appended one batch each; the process is killed then, or stops in order. */
async function folderWith(values: readonly string[], end: "killed" | "closed", config: Partial<LogConfig> = {}) {
  const fixture = new StoreFixture();
  const { store, log } = await fixture.log(config);
  for (const value of values) await append(log, [value]);
  if (end === "closed") await store.close();
  return fixture;
}

const numbered = (count: number) => Array.from({ length: count }, (_, index) => `value number ${index}`);

describe("a log opened again", () => {
  it.each(["killed", "closed"] as const)("holds everything after its process was %s", async (end) => {
    const fixture = await folderWith(numbered(40), end, { segmentBytes: 500 });
    const { log } = await fixture.log({ segmentBytes: 500 });
    expect(valuesOf(await readAll(log))).toEqual(numbered(40));
    expect([log.leaderEpoch, log.highWatermark, fixture.events]).toEqual([0, 40, []]);
    expect(await append(log, ["more"])).toBe(40);
  });

  it("does not read segments through after an orderly stop", async () => {
    const fixture = await folderWith(["x".repeat(100_000), "y".repeat(100_000)], "closed");
    fixture.calls.length = 0;
    await fixture.log();
    expect(fixture.calls.filter((call) => call.startsWith("readAsync"))).toEqual([]);
    expect(fixture.files.stat(`${dataDir}/.kafka_cleanshutdown`)).toBeUndefined();
  });

  it("has the clean-shutdown marker gone for good before it writes anything", async () => {
    const fixture = await folderWith(["a"], "closed");
    fixture.calls.length = 0;
    const { log } = await fixture.log();
    await append(log, ["b"]);
    const gone = fixture.calls.indexOf(`unlink ${dataDir}/.kafka_cleanshutdown`);
    expect(fixture.calls[gone + 1]).toBe(`syncDirectory ${dataDir}`);
    expect(fixture.calls.slice(0, gone).filter((call) => call.startsWith("write"))).toEqual([]);
  });

  it("writes the recovery point so that it is never half there", async () => {
    const fixture = await folderWith(["a"], "closed");
    const name = `${dataDir}/recovery-point-offset-checkpoint`;
    expect(fixture.calls.filter((call) => call.includes(name) && !call.startsWith("open"))).toEqual([
      `write ${name}.tmp`,
      `datasync ${name}.tmp`,
      `rename ${name}`,
    ]);
    expect(String(fixture.bytes(name))).toBe("0\n1\nt 0 1\n");
  });

  it.each(["killed", "closed"] as const)(
    "loses only the torn batch wherever a log was cut (process %s)",
    async (end) => {
      const values = numbered(60);
      const fixture = await folderWith(values, end);
      const whole = fixture.bytes(segment(0));
      const batchBytes = batchOf(["value number 10"]).length;
      for (let size = whole.length - 1; size >= whole.length - 4_096; size -= end === "killed" ? 1 : 13) {
        const cut = fixture.copy();
        cut.put(segment(0), whole.subarray(0, size));
        const { log } = await cut.log();
        const found = valuesOf(await readAll(log));
        expect(found).toEqual(values.slice(0, found.length));
        let kept = 0;
        for (let bytes = 0; bytes <= size; bytes += kept <= 10 ? batchBytes - 1 : batchBytes) kept += 1;
        expect(found.length).toBe(kept - 1);
        const isTorn = cut.events.length > 0;
        expect(log.leaderEpoch).toBe(isTorn ? 1 : 0);
        expect(await append(log, ["next"])).toBe(found.length);
      }
    },
    60_000,
  );

  it("keeps the bytes that it cuts, and begins a new leader epoch there", async () => {
    const fixture = await folderWith(numbered(3), "killed");
    const garbage = Buffer.from("not a record batch, but bytes somebody may want to look at".repeat(3));
    fixture.put(segment(0), Buffer.concat([fixture.bytes(segment(0)), garbage]));
    const { log } = await fixture.log();
    expect(fixture.events).toEqual([
      {
        kind: "tailCut",
        topic: "t",
        partition: 0,
        offset: 3,
        bytes: garbage.length,
        reason: expect.stringContaining("offset 3"),
      },
    ]);
    expect(fixture.names(".cut")).toEqual(["00000000000000000003.cut"]);
    expect(fixture.bytes(`${dataDir}/t-0/00000000000000000003.cut`)).toEqual(garbage);
    expect(log.leaderEpoch).toBe(1);
    await append(log, ["of the new epoch"]);
    expect(log.epochEndOffset(0)).toEqual({ leaderEpoch: 0, endOffset: 3 });
    expect(log.epochEndOffset(1)).toEqual({ leaderEpoch: 1, endOffset: 4 });
    const { log: again } = await fixture.log();
    expect([again.leaderEpoch, again.epochForOffset(2), again.epochForOffset(3)]).toEqual([1, 0, 1]);
  });

  it("cuts behind a flipped bit above the recovery point, later segments too", async () => {
    const fixture = await folderWith(numbered(20), "killed", { segmentBytes: 400 });
    const path = segment(8);
    const bytes = fixture.bytes(path);
    bytes.writeUInt8((bytes[100] ?? 0) ^ 4, 100);
    fixture.put(path, bytes);
    const { log } = await fixture.log();
    expect(valuesOf(await readAll(log))).toEqual(numbered(9));
    expect(fixture.names(".cut").length).toBeGreaterThan(2);
  });

  it.each([
    { title: "in a batch", at: 100 },
    { title: "in a batch's length", at: 8 + 3 },
    { title: "in the last batch", at: -3 },
  ])("fences a partition with a flipped bit below the recovery point $title, and touches nothing", async ({ at }) => {
    const fixture = await folderWith(numbered(20), "closed");
    fixture.files.unlink(`${dataDir}/.kafka_cleanshutdown`);
    const bytes = fixture.bytes(segment(0));
    const position = at < 0 ? bytes.length + at : at;
    bytes.writeUInt8((bytes[position] ?? 0) ^ 0x10, position);
    fixture.put(segment(0), bytes);
    const { store, log } = await fixture.log();
    expect(fixture.events).toMatchObject([{ kind: "partitionFenced", topic: "t", partition: 0 }]);
    expect(() => log.append(batchOf(["a"]), "client")).toThrow(/KAFKA_STORAGE_ERROR/);
    expect(() => log.read(0, { maxBytes: 100, minOneBatch: true, upTo: 1 })).toThrow(/KAFKA_STORAGE_ERROR/);
    expect(fixture.bytes(segment(0))).toEqual(bytes);
    const other = store.create("other", topicId, 0, defaultLogConfig);
    expect(await append(other, ["a"])).toBe(0);
    await store.close();
    expect((await fixture.log()).log.highWatermark).toBe(20);
    expect(fixture.events.filter(({ kind }) => kind === "partitionFenced")).toHaveLength(2);
  });

  it.each(["killed", "closed"] as const)(
    "does not take a flipped bit in a batch's offset, which no checksum covers, for a gap (process %s)",
    async (end) => {
      const fixture = await folderWith(["a"], "closed");
      if (end === "killed") fixture.files.unlink(`${dataDir}/.kafka_cleanshutdown`);
      const bytes = fixture.bytes(segment(0));
      bytes.writeUInt8(0x10, 5);
      fixture.put(segment(0), bytes);
      await fixture.log();
      expect(fixture.events).toMatchObject([{ kind: "partitionFenced", topic: "t", partition: 0 }]);
    },
  );

  it("fences a partition whose files cannot be read, and no other", async () => {
    const fixture = await folderWith(numbered(3), "killed");
    fixture.fail = (call, path) => (call === "readAsync" && path.includes("t-0") ? new Error("EIO") : undefined);
    const { store, log } = await fixture.log();
    expect(fixture.events).toMatchObject([{ kind: "partitionFenced", topic: "t" }]);
    expect(() => log.append(batchOf(["a"]), "client")).toThrow(/KAFKA_STORAGE_ERROR/);
    expect(await append(store.create("u", topicId, 0, defaultLogConfig), ["a"])).toBe(0);
  });

  it.each([
    "index",
    "timeindex",
    "snapshot",
    "leader-epoch-checkpoint",
    "partition.metadata",
    "recovery-point-offset-checkpoint",
    "log-start-offset-checkpoint",
    "replication-offset-checkpoint",
  ])("reads the same without its %s files, and with garbage in them", async (suffix) => {
    for (const content of [undefined, Buffer.alloc(0), Buffer.alloc(48, 7)]) {
      for (const end of ["killed", "closed"] as const) {
        const fixture = await folderWith(numbered(60), end, { segmentBytes: 600, indexIntervalBytes: 100 });
        for (const folder of [dataDir, `${dataDir}/t-0`]) {
          for (const name of fixture.files.list(folder).filter((name) => name.endsWith(suffix))) {
            if (content === undefined) fixture.files.unlink(`${folder}/${name}`);
            else fixture.put(`${folder}/${name}`, content);
          }
        }
        const { log } = await fixture.log({ segmentBytes: 600, indexIntervalBytes: 100 });
        expect(valuesOf(await readAll(log))).toEqual(numbered(60));
        expect(valuesOf(await readAll(log, 31, 200))).toEqual(numbered(60).slice(31));
        expect(await log.offsetForTimestamp(1_000)).toMatchObject({ offset: 0 });
        expect(await log.offsetForTimestamp(1_001)).toBeUndefined();
        expect(await append(log, ["more"])).toBe(60);
        expect(fixture.events).toEqual([]);
      }
    }
  });

  it("survives any flipped bit of an index", async () => {
    const fixture = await folderWith(numbered(40), "closed", { segmentBytes: 1_000, indexIntervalBytes: 100 });
    for (const suffix of [".index", ".timeindex"]) {
      for (const name of fixture.names(suffix)) {
        const path = `${dataDir}/t-0/${name}`;
        const bytes = fixture.bytes(path);
        for (let bit = 0; bit < bytes.length * 8; bit += 7) {
          const flipped = Buffer.from(bytes);
          flipped.writeUInt8((flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7)), bit >> 3);
          const copy = fixture.copy();
          copy.put(path, flipped);
          const { log } = await copy.log();
          for (const from of [0, 13, 27, 39])
            expect(valuesOf(await readAll(log, from))).toEqual(numbered(40).slice(from));
          expect(await log.maxTimestamp()).toMatchObject({ offset: 0, timestamp: 1_000 });
        }
      }
    }
  });

  it("knows a producer's last five batches after both kinds of end, and with its snapshots gone", async () => {
    for (const end of ["killed", "closed", "closed without snapshots"] as const) {
      const fixture = new StoreFixture();
      const { store, log } = await fixture.log({ segmentBytes: 300 });
      const producer = { producerId: 9, producerEpoch: 2 };
      for (let sequence = 0; sequence < 12; sequence += 1) {
        await append(log, ["value"], { ...producer, baseSequence: sequence });
      }
      if (end !== "killed") await store.close();
      if (end === "closed without snapshots") {
        for (const name of fixture.names(".snapshot")) fixture.files.unlink(`${dataDir}/t-0/${name}`);
      }
      const { log: again } = await fixture.log({ segmentBytes: 300 });
      const send = (baseSequence: number) => again.append(batchOf(["value"], { ...producer, baseSequence }), "client");
      for (let sequence = 7; sequence < 12; sequence += 1) {
        expect(send(sequence)).toMatchObject({ baseOffset: sequence, isDuplicate: true });
      }
      expect(() => send(6)).toThrow(/OUT_OF_ORDER_SEQUENCE_NUMBER/);
      expect(() => send(13)).toThrow(/OUT_OF_ORDER_SEQUENCE_NUMBER/);
      expect(send(12)).toMatchObject({ baseOffset: 12, isDuplicate: false });
    }
  });

  it("forgets an idle producer after its time, whatever the wall clock does meanwhile", async () => {
    const fixture = new StoreFixture();
    const { log } = await fixture.log({}, { producerIdExpirationMs: 1_000 });
    const producer = { producerId: 9, producerEpoch: 0 };
    await append(log, ["a"], { ...producer, baseSequence: 0 });
    expect(() => log.append(batchOf(["b"], { ...producer, baseSequence: 5 }), "client")).toThrow(/OUT_OF_ORDER/);
    fixture.now += 1_001;
    expect(log.append(batchOf(["b"], { ...producer, baseSequence: 5 }), "client").baseOffset).toBe(1);
  });
});
