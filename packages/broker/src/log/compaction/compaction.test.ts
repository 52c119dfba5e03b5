import { hash } from "node:crypto";
import { encodeBatch, encodeControlBatch } from "@ottla/protocol";
import { describe, expect, it } from "vitest";
import { StateLog } from "../../coordinator/state-log.js";
import { append, batchOf, dataDir, StoreFixture, topicId } from "../../storage/store-fixture.js";
import { defaultLogConfig } from "../log-config.js";
import type { PartitionLog } from "../partition-log.js";
import { batchesFrom, cleanAll, committedRecords, latestValues } from "./compacted-log.test-kit.js";
import { CopyingWorkers } from "./copying-workers.test-kit.js";

const config = {
  segmentBytes: 500,
  indexIntervalBytes: 100,
  cleanupPolicy: ["compact"] as const,
  minCleanableDirtyRatio: 0.01,
  deleteRetentionMs: 1_000,
};

const keyed = (log: PartitionLog, key: string, value = "v", options = {}): Promise<number> =>
  append(log, [value], { key, ...options });

async function tombstone(log: PartitionLog, key: string): Promise<void> {
  const batch = encodeBatch([{ key: Buffer.from(key), value: null, timestamp: 1_000 }]);
  await log.whenDurable(log.append(batch, "client").lastOffset + 1);
}

/** Pushes what is in the log out of the active segment. */
async function roll(log: PartitionLog): Promise<void> {
  await keyed(log, "filler", "f".repeat(460));
  await keyed(log, "filler", "f".repeat(460));
}

const offsetsOf = async (log: PartitionLog, key: string): Promise<number[]> =>
  (await committedRecords(log)).filter((record) => String(record.key) === key).map(({ offset }) => offset);

const plain = { producerId: 9, producerEpoch: 0 };
const inTransaction = { producerId: 7, producerEpoch: 0, isTransactional: true };

async function end(log: PartitionLog, type: "commit" | "abort"): Promise<number> {
  const marker = encodeControlBatch({ type, producerId: 7, producerEpoch: 0, coordinatorEpoch: 0, timestamp: 1_000 });
  const { lastOffset } = log.append(marker, "coordinator");
  await log.whenDurable(lastOffset + 1);
  return lastOffset;
}

let packedBomb: Buffer | undefined;

/** A batch that unpacks to more than 128 MiB, of which it has a thousandth. */
function bomb(): Buffer {
  packedBomb ??= encodeBatch([{ key: Buffer.from("a"), value: Buffer.alloc(128 * 1024 * 1024), timestamp: 1_000 }], {
    compression: "gzip",
  });
  return Buffer.from(packedBomb);
}

const places = ["on the event loop", "in a worker"] as const;

function fixtureOf(place: (typeof places)[number]): StoreFixture {
  const fixture = new StoreFixture();
  if (place === "in a worker") fixture.workersOn = (files) => new CopyingWorkers(files);
  return fixture;
}

describe.each(places)("compaction %s", (place) => {
  it("keeps the last record of each key where it was, and nothing else", async () => {
    const { store, log } = await fixtureOf(place).log(config);
    for (let round = 0; round < 8; round += 1) for (const key of ["a", "b"]) await keyed(log, key, `${key}${round}`);
    await roll(log);
    await cleanAll(store);
    expect(await offsetsOf(log, "a")).toEqual([14]);
    expect(await offsetsOf(log, "b")).toEqual([15]);
  });

  it("leaves the active segment as it is", async () => {
    const { store, log } = await fixtureOf(place).log({ ...config, segmentBytes: 100_000 });
    for (let round = 0; round < 8; round += 1) await keyed(log, "a");
    expect(await cleanAll(store)).toBe(0);
    expect(await offsetsOf(log, "a")).toHaveLength(8);
  });

  it("keeps a tombstone from when it first came by for delete.retention.ms, and not longer", async () => {
    const fixture = fixtureOf(place);
    const { store, log } = await fixture.log(config);
    await keyed(log, "a");
    await tombstone(log, "a");
    await roll(log);
    await cleanAll(store);
    const horizons = async () => (await batchesFrom(log)).flatMap(({ deleteHorizonMs }) => deleteHorizonMs ?? []);
    expect(await offsetsOf(log, "a")).toEqual([1]);
    expect(await horizons()).toEqual([fixture.now + 1_000]);
    fixture.now += 999;
    await roll(log);
    await cleanAll(store);
    expect(await offsetsOf(log, "a")).toEqual([1]);
    fixture.now += 1;
    await roll(log);
    await cleanAll(store);
    expect(await offsetsOf(log, "a")).toEqual([]);
    expect(await horizons()).toEqual([]);
  });

  it("writes the time of a record as it was beside a delete horizon", async () => {
    const { store, log } = await fixtureOf(place).log(config);
    await tombstone(log, "a");
    await roll(log);
    await cleanAll(store);
    const [record] = await committedRecords(log);
    expect(record).toMatchObject({ offset: 0, timestamp: 1_000, value: null });
    expect(await log.offsetForTimestamp(1_000)).toMatchObject({ offset: 0, timestamp: 1_000 });
  });

  it("drops records of an aborted transaction at once, and its marker when the horizon passed", async () => {
    const fixture = fixtureOf(place);
    const { store, log } = await fixture.log(config);
    await keyed(log, "a", "before");
    await keyed(log, "a", "aborted", { ...inTransaction, baseSequence: 0 });
    await keyed(log, "b", "aborted", { ...inTransaction, baseSequence: 1 });
    const marker = await end(log, "abort");
    // Another epoch of the producer: nothing stands on its last batches any more.
    const next = { ...inTransaction, producerEpoch: 1, baseSequence: 0 };
    await log.whenDurable(log.append(batchOf(["c"], { ...next, key: "c" }), "client").lastOffset + 1);
    const commit = { type: "commit", producerId: 7, producerEpoch: 1, coordinatorEpoch: 0, timestamp: 1_000 } as const;
    await log.whenDurable(log.append(encodeControlBatch(commit), "coordinator").lastOffset + 1);
    await roll(log);
    expect(await log.abortedTransactions(0, 99)).toHaveLength(1);
    const markers = async () => (await batchesFrom(log)).filter((batch) => batch.isControl).map((b) => b.baseOffset);
    await cleanAll(store);
    expect(latestValues(await committedRecords(log))).toEqual(
      new Map([
        ["a", "before"],
        ["c", "c"],
        ["filler", "f".repeat(460)],
      ]),
    );
    expect(await markers()).toContain(marker);
    // In this round the records go, in the next one nothing of it is met any more.
    await roll(log);
    await cleanAll(store);
    expect(await log.abortedTransactions(0, 99)).toEqual([]);
    fixture.now += 1_000;
    await roll(log);
    await cleanAll(store);
    expect(await markers()).not.toContain(marker);
    expect(await markers()).toHaveLength(1);
  });

  it("does not touch what is behind an open transaction", async () => {
    const { store, log } = await fixtureOf(place).log(config);
    await keyed(log, "a", "1");
    await keyed(log, "b", "open", { ...inTransaction, baseSequence: 0 });
    for (let round = 0; round < 20; round += 1) await keyed(log, "a");
    expect(await cleanAll(store)).toBe(0);
    await end(log, "commit");
    await roll(log);
    await cleanAll(store);
    expect(await offsetsOf(log, "a")).toEqual([21]);
    expect(await offsetsOf(log, "b")).toEqual([1]);
  });

  it("keeps the header of a producer's last batch, by which it is known after a restart without snapshots", async () => {
    const fixture = fixtureOf(place);
    const { store, log } = await fixture.log(config);
    await keyed(log, "a", "1", { ...plain, baseSequence: 0 });
    await keyed(log, "a", "2");
    await roll(log);
    await cleanAll(store);
    const [first] = await batchesFrom(log);
    expect(first).toMatchObject({ ...plain, baseSequence: 0, recordCount: 0, lastOffset: 0 });
    await store.close();
    for (const name of fixture.names(".snapshot")) fixture.files.unlink(`${dataDir}/t-0/${name}`);
    const opened = await fixture.log(config);
    const again = opened.log.append(batchOf(["1"], { ...plain, baseSequence: 0, key: "a" }), "client");
    expect(again).toMatchObject({ isDuplicate: true, baseOffset: 0 });
    await keyed(opened.log, "a", "3", { ...plain, baseSequence: 1 });
  });

  it("goes on in the next round where its memory ended", async () => {
    const { store, log } = await fixtureOf(place).log(config);
    for (let round = 0; round < 3; round += 1) {
      for (let key = 0; key < 40; key += 1) await keyed(log, `k${key}`, `${round}`);
    }
    await roll(log);
    const limits = { dedupeBufferBytes: 1, dedupeBufferLoad: 0.9, ioBufferBytes: 1_000 };
    expect(await cleanAll(store, limits)).toBeGreaterThan(5);
    const records = await committedRecords(log);
    expect(records.filter(({ key }) => String(key) !== "filler")).toHaveLength(40);
  });

  it("makes one segment of several small ones", async () => {
    const fixture = fixtureOf(place);
    const { store, log } = await fixture.log(config);
    for (let round = 0; round < 100; round += 1) await keyed(log, "a");
    const before = fixture.names(".log").length;
    await cleanAll(store);
    await roll(log);
    await cleanAll(store);
    expect(fixture.names(".log").length).toBeLessThan(Math.min(before, 6));
    expect(fixture.names("index").map((name) => name.slice(0, 20))).toEqual(
      fixture
        .names(".log")
        .slice(0, -1)
        .flatMap((name) => Array.from({ length: 3 }, () => name.slice(0, 20))),
    );
    expect(fixture.names(".deleted")).toEqual([]);
    expect(fixture.names(".swap")).toEqual([]);
    expect(fixture.names(".cleaned")).toEqual([]);
  });

  it("notes where it came to in Kafka's checkpoint, and goes on from there after a restart", async () => {
    const fixture = fixtureOf(place);
    const { store, log } = await fixture.log(config);
    for (let round = 0; round < 30; round += 1) await keyed(log, "a");
    expect(await cleanAll(store)).toBe(1);
    const end = Number(fixture.names(".log").at(-1)?.slice(0, 20));
    expect(fixture.bytes(`${dataDir}/cleaner-offset-checkpoint`).toString()).toBe(`0\n1\nt 0 ${end}\n`);
    await store.close();
    expect(await cleanAll((await fixture.log(config)).store)).toBe(0);
  });

  it("does not believe the checkpoint of a deleted topic of that name", async () => {
    const fixture = fixtureOf(place);
    const { store, log } = await fixture.log(config);
    for (let round = 0; round < 30; round += 1) await keyed(log, "a");
    await cleanAll(store);
    await store.delete("t", 0);
    const next = store.create("t", "BBBBBBBBBBBBBBBBBBBBBQ", 0, { ...defaultLogConfig, ...config });
    for (let round = 0; round < 50; round += 1) await keyed(next, "a");
    await cleanAll(store);
    expect((await offsetsOf(next, "a"))[0]).toBeGreaterThan(40);
  });

  it("gives a reader who is behind the next batch there is, and a consumer of a time the right offset", async () => {
    const { store, log } = await fixtureOf(place).log(config, { tailCacheBytes: 1 });
    for (let round = 0; round < 30; round += 1) await keyed(log, `k${round % 3}`, "v", { timestamp: 1_000 + round });
    await roll(log);
    await cleanAll(store);
    for (let from = 0; from <= 27; from += 1) {
      const [first] = await batchesFrom(log, from);
      expect(first?.baseOffset).toBe(27);
    }
    expect(await log.offsetForTimestamp(1_003)).toMatchObject({ offset: 27, timestamp: 1_027 });
    expect(await log.offsetForTimestamp(1_028)).toMatchObject({ offset: 28, timestamp: 1_028 });
  });

  it("compacts in memory too", async () => {
    const { store, log } = await fixtureOf(place).log(config, { durability: "memory" });
    for (let round = 0; round < 30; round += 1) await keyed(log, "a", `${round}`);
    expect(await cleanAll(store)).toBe(1);
    expect(latestValues(await committedRecords(log))).toEqual(new Map([["a", "29"]]));
    expect((await offsetsOf(log, "a")).length).toBeLessThan(10);
  });

  it("leaves a coordinator's state as it was, gaps at both ends and empty batches notwithstanding", async () => {
    const fixture = fixtureOf(place);
    const { store, log } = await fixture.log(config);
    const replayed = async (from: PartitionLog) => {
      const values = new Map<string, string>();
      const state = await StateLog.open(from, ({ key, value }) => {
        if (value === null) values.delete(String(key));
        else values.set(String(key), String(value));
      });
      return { state, values };
    };
    const { state, values } = await replayed(log);
    for (let round = 0; round < 30; round += 1) {
      const value = round % 4 === 3 ? null : Buffer.from(`${round}${"x".repeat(50)}`);
      await state.append([{ key: Buffer.from(`group ${round % 6}`), value, timestamp: 1_000 }]);
    }
    for (const waited of [0, 1_000]) {
      fixture.now += waited;
      await state.append([{ key: Buffer.from("filler"), value: Buffer.alloc(600), timestamp: 1_000 }]);
      await state.append([{ key: Buffer.from("filler"), value: Buffer.alloc(600), timestamp: 1_000 }]);
      await cleanAll(store);
      expect((await replayed(log)).values).toEqual(values);
    }
    expect((await offsetsOf(log, "group 3")).length).toBe(0);
    expect(values.size).toBeGreaterThan(2);
    expect((await replayed((await fixture.log(config)).log)).values).toEqual(values);
  });

  it("leaves a log alone whose compaction failed, reports it, and compacts the others", async () => {
    const fixture = fixtureOf(place);
    const { store, log } = await fixture.log(config);
    const other = store.create("u", topicId, 0, { ...defaultLogConfig, ...config });
    for (let round = 0; round < 30; round += 1) {
      await keyed(log, "a");
      await keyed(other, "a");
    }
    fixture.fail = (_, path) => (path.includes("/t-0/") && path.endsWith(".cleaned") ? new Error("no") : undefined);
    await cleanAll(store);
    expect(fixture.events).toMatchObject([{ kind: "compactionFailed", topic: "t", partition: 0 }]);
    expect(store.cleanerMetrics).toMatchObject({ rounds: 1, uncleanableLogs: 1 });
    expect(await offsetsOf(log, "a")).toHaveLength(30);
    expect((await offsetsOf(other, "a")).length).toBeLessThan(10);
  });

  it("leaves a log alone that has a batch which unpacks to too much, as it is, and compacts the others", async () => {
    const fixture = fixtureOf(place);
    const { store, log } = await fixture.log({ segmentBytes: 500_000 });
    await log.whenDurable(log.append(bomb(), "client").lastOffset + 1);
    const other = store.create("u", topicId, 0, { ...defaultLogConfig, ...config });
    for (let round = 0; round < 30; round += 1) {
      await keyed(log, "a");
      await keyed(other, "a");
    }
    await keyed(log, "filler", "f".repeat(499_000));
    log.configure({ ...defaultLogConfig, ...config });
    const content = () => fixture.names(".log").map((name) => hash("sha256", fixture.bytes(`${dataDir}/t-0/${name}`)));
    const before = content();
    await cleanAll(store);
    expect(fixture.events).toMatchObject([
      { kind: "compactionFailed", topic: "t", error: { name: "CorruptBatchError" } },
    ]);
    expect(content()).toEqual(before);
    expect((await offsetsOf(other, "a")).length).toBeLessThan(10);
    expect(store.cleanerMetrics).toMatchObject({ rounds: 1, uncleanableLogs: 1 });
  });

  it("tries a log again some time after its compaction failed, as a full disk may have room then", async () => {
    const fixture = fixtureOf(place);
    const { store, log } = await fixture.log(config);
    for (let round = 0; round < 30; round += 1) await keyed(log, "a");
    fixture.fail = (_, path) => (path.endsWith(".cleaned") ? new Error("no room") : undefined);
    await cleanAll(store);
    fixture.fail = () => undefined;
    expect(await cleanAll(store)).toBe(0);
    fixture.now += 300_000;
    expect(await cleanAll(store)).toBe(1);
    expect(store.cleanerMetrics).toMatchObject({ rounds: 1, uncleanableLogs: 0 });
    expect((await offsetsOf(log, "a")).length).toBeLessThan(10);
  });

  it("does not try a damaged log again", async () => {
    const fixture = fixtureOf(place);
    const { store, log } = await fixture.log(config, { tailCacheBytes: 0 });
    for (let round = 0; round < 30; round += 1) await keyed(log, "a");
    const path = `${dataDir}/t-0/${fixture.names(".log")[1]}`;
    const damaged = fixture.bytes(path);
    damaged[70] = ~(damaged[70] ?? 0);
    fixture.put(path, damaged);
    await cleanAll(store);
    fixture.now += 3_600_000;
    expect(await cleanAll(store)).toBe(0);
    expect(fixture.events).toMatchObject([{ kind: "compactionFailed", topic: "t", partition: 0 }]);
    expect(store.cleanerMetrics).toMatchObject({ rounds: 0, uncleanableLogs: 1 });
  });

  it("stops when its log is deleted or the store closes", async () => {
    const fixture = fixtureOf(place);
    const { store, log } = await fixture.log(config);
    for (let round = 0; round < 30; round += 1) await keyed(log, "a");
    const cleaning = cleanAll(store);
    await store.delete("t", 0);
    await cleaning;
    expect(fixture.events).toEqual([]);
    await store.close();
    expect(await cleanAll(store)).toBe(0);
  });

  it("with compact and delete, lets retention go past segments that it emptied", async () => {
    const fixture = fixtureOf(place);
    const { store, log } = await fixture.log({ ...config, cleanupPolicy: ["compact", "delete"], retentionMs: 10_000 });
    fixture.now = 2_000;
    for (let round = 0; round < 40; round += 1) await keyed(log, "a");
    await cleanAll(store);
    fixture.now = 100_000;
    await store.retain();
    expect(log.logStartOffset).toBe(40);
    expect(fixture.names(".log")).toHaveLength(1);
  });
});

describe.each(places)("a process that dies while it compacts %s", (place) => {
  it("loses nothing, whatever the last thing was that it did", async () => {
    const before = fixtureOf(place);
    const { log } = await before.log(config);
    for (let round = 0; round < 24; round += 1) await keyed(log, `k${round % 5}`, `${round}`);
    await keyed(log, "k0", "aborted", { ...inTransaction, baseSequence: 0 });
    await end(log, "abort");
    await tombstone(log, "k1");
    await roll(log);
    const expected = latestValues(await committedRecords(log));
    for (let step = 0; ; step += 1) {
      const fixture = before.copy();
      const { store } = await fixture.log(config);
      let left = step;
      let disk: StoreFixture | undefined;
      fixture.fail = () => {
        left -= 1;
        if (left === -1) disk = fixture.copy();
        return undefined;
      };
      await cleanAll(store);
      if (disk === undefined) {
        expect(step).toBeGreaterThan(20);
        return;
      }
      const found = await disk.log(config);
      expect(disk.events).toEqual([]);
      expect(latestValues(await committedRecords(found.log))).toEqual(expected);
      await cleanAll(found.store);
      expect(latestValues(await committedRecords(found.log))).toEqual(expected);
      expect(await offsetsOf(found.log, "k2")).toHaveLength(1);
    }
  });
});
