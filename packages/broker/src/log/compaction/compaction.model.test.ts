import { encodeBatch, encodeControlBatch } from "@ottla/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LogStore } from "../../storage/log-store.js";
import { dataDir, StoreFixture, topicId } from "../../storage/store-fixture.js";
import { defaultLogConfig, type LogConfig } from "../log-config.js";
import type { PartitionLog } from "../partition-log.js";
import { cleanAll, committedRecords, latestValues, limits } from "./compacted-log.test-kit.js";
import { CopyingWorkers } from "./copying-workers.test-kit.js";

const config: LogConfig = {
  ...defaultLogConfig,
  segmentBytes: 600,
  indexIntervalBytes: 150,
  cleanupPolicy: ["compact"],
  minCleanableDirtyRatio: 0.01,
  deleteRetentionMs: 1_000,
};

interface Row {
  readonly offset: number;
  readonly key: string;
  readonly value: string | null;
}

/** What the topic is to a consumer that reads committed records: the last value of each key. */
interface Model {
  readonly committed: Row[];
  readonly open: Map<number, Row[]>;
  readonly sequences: Map<number, number>;
  start: number;
  count: number;
  rounds: number;
}

class Real {
  readonly fixture = new StoreFixture();
  #store: LogStore | undefined;
  #log: PartitionLog | undefined;

  constructor(hasWorkers: boolean) {
    if (hasWorkers) this.fixture.workersOn = (files) => new CopyingWorkers(files);
  }

  get store(): LogStore {
    if (this.#store === undefined) throw new Error("not opened");
    return this.#store;
  }

  get log(): PartitionLog {
    if (this.#log === undefined) throw new Error("not opened");
    return this.#log;
  }

  async open(): Promise<void> {
    this.#store = await this.fixture.open({ tailCacheBytes: 2_000, maxOpenFiles: 3 });
    this.#log = this.#store.create("t", topicId, 0, config);
  }
}

interface Command {
  run(model: Model, real: Real): Promise<void>;
  toString(): string;
}

const command = (name: string, run: (model: Model, real: Real) => Promise<void>): Command => ({
  run,
  toString: () => name,
});

const arbitraryRows = fc.array(fc.tuple(fc.integer({ min: 0, max: 7 }), fc.boolean()), { minLength: 1, maxLength: 4 });
const compressions = fc.constantFrom("none" as const, "gzip" as const, "lz4" as const);

const append = (
  rows: readonly (readonly [number, boolean])[],
  producerId: number,
  compression: "none" | "gzip" | "lz4",
) =>
  command(`producer ${producerId} appends ${JSON.stringify(rows)}`, async (model, { log, fixture }) => {
    const baseSequence = model.sequences.get(producerId) ?? 0;
    const isTransactional = producerId !== plain;
    const records = rows.map(([key, isTombstone]) => {
      model.count += 1;
      const value = isTombstone ? null : `${model.count}${"x".repeat((model.count * 7) % 60)}`;
      return { key: `k${key}`, value };
    });
    const bytes = encodeBatch(
      records.map(({ key, value }) => ({
        key: Buffer.from(key),
        value: value === null ? null : Buffer.from(value),
        timestamp: fixture.now,
      })),
      { producerId, producerEpoch: 0, baseSequence, isTransactional, compression },
    );
    const { baseOffset, lastOffset } = log.append(bytes, "client");
    model.sequences.set(producerId, baseSequence + rows.length);
    const added = records.map((record, index) => ({ ...record, offset: baseOffset + index }));
    if (isTransactional) model.open.set(producerId, [...(model.open.get(producerId) ?? []), ...added]);
    else model.committed.push(...added);
    await log.whenDurable(lastOffset + 1);
  });

const plain = 5;

const end = (producerId: number, type: "commit" | "abort") =>
  command(`${type} ${producerId}`, async (model, { log, fixture }) => {
    const rows = model.open.get(producerId);
    if (rows === undefined) return;
    model.open.delete(producerId);
    if (type === "commit") model.committed.push(...rows);
    const marker = { type, producerId, producerEpoch: 0, coordinatorEpoch: 0, timestamp: fixture.now };
    await log.whenDurable(log.append(encodeControlBatch(marker), "coordinator").lastOffset + 1);
  });

/** The last batch of each producer is known, whatever compaction and restarts did. */
const repeat = (producerId: number, count: number) =>
  command(`producer ${producerId} repeats ${count}`, async (model, { log }) => {
    const baseSequence = (model.sequences.get(producerId) ?? 0) - count;
    if (baseSequence < 0) return;
    const records = Array.from({ length: count }, () => ({ key: Buffer.from("k"), value: null, timestamp: 1 }));
    const isTransactional = producerId !== plain;
    const before = log.logEndOffset;
    try {
      const bytes = encodeBatch(records, { producerId, producerEpoch: 0, baseSequence, isTransactional });
      expect(log.append(bytes, "client")).toMatchObject({ isDuplicate: true });
    } catch (error) {
      expect(error).toMatchObject({ code: "OUT_OF_ORDER_SEQUENCE_NUMBER" });
    }
    expect(log.logEndOffset).toBe(before);
  });

async function check(model: Model, log: PartitionLog, from = model.start): Promise<void> {
  const visible = [...model.committed].filter(({ offset }) => offset < log.lastStableOffset && offset >= from);
  const byOffset = new Map(visible.map((row) => [row.offset, row]));
  const found = await committedRecords(log, from);
  for (const { offset, key, value } of found) {
    expect({ offset, key: String(key), value: value === null ? null : String(value) }).toEqual(byOffset.get(offset));
  }
  const expected = new Map<string, string>();
  for (const { key, value } of visible.sort((a, b) => a.offset - b.offset)) {
    if (value === null) expected.delete(key);
    else expected.set(key, value);
  }
  expect(latestValues(found)).toEqual(expected);
}

const read = (at: number) =>
  command(`read from ${at}`, async (model, { log }) => {
    await check(model, log);
    // Deletions before `from` are unknown to who begins there, and the other way round: a value may be gone, not wrong.
    const from = model.start + Math.floor(at * (log.lastStableOffset - model.start));
    const byOffset = new Map(model.committed.map((row) => [row.offset, row]));
    for (const { offset, value } of await committedRecords(log, from)) {
      expect(value === null ? null : String(value)).toBe(byOffset.get(offset)?.value);
    }
  });

const clean = (dedupeBufferBytes: number) =>
  command(`clean with ${dedupeBufferBytes} bytes`, async (model, { store, log }) => {
    model.rounds += await cleanAll(store, { ...limits, dedupeBufferBytes });
    await check(model, log);
  });

const deleteRecords = (at: number) =>
  command(`delete records to ${at}`, async (model, { log }) => {
    model.start = await log.deleteRecordsBefore(model.start + Math.floor(at * (log.lastStableOffset - model.start)));
  });

const restart = (how: "kill" | "close", lost: string | undefined) =>
  command(`${how}, losing ${lost}`, async (model, real) => {
    if (how === "close") await real.store.close();
    if (lost !== undefined && real.fixture.files.stat(`${dataDir}/t-0`) !== undefined) {
      for (const name of real.fixture.names(lost)) real.fixture.files.unlink(`${dataDir}/t-0/${name}`);
    }
    await real.open();
    await check(model, real.log);
  });

const killedWhileCleaning = (step: number) =>
  command(`killed at file call ${step} of a cleaning`, async (model, real) => {
    const { fixture } = real;
    let left = step;
    fixture.fail = () => {
      left -= 1;
      // A process that is dead does nothing any more.
      return left < 0 ? Object.assign(new Error("dead"), { code: "EIO" }) : undefined;
    };
    await cleanAll(real.store).catch(() => {});
    fixture.fail = () => undefined;
    fixture.events.length = 0;
    await real.open();
    await check(model, real.log);
  });

const wait = (ms: number) =>
  command(`wait ${ms}`, async (_, { fixture }) => {
    fixture.now += ms;
  });

const fraction = fc.double({ min: 0, max: 1, noNaN: true });
const transactional = fc.constantFrom(7, 8);
const producers = fc.constantFrom(plain, 7, 8);
const outcomes = fc.constantFrom("commit" as const, "abort" as const);
const stops = fc.constantFrom("kill" as const, "close" as const);
const losses = fc.constantFrom(undefined, ".index", ".timeindex", ".txnindex", ".snapshot");

describe("a compacted log, held against a Map", () => {
  it("has the last committed value of every key after any commands, rounds, restarts and deaths", async () => {
    const appends = fc.tuple(arbitraryRows, compressions);
    const commands = fc.oneof(
      { weight: 12, arbitrary: appends.map(([rows, codec]) => append(rows, plain, codec)) },
      { weight: 4, arbitrary: fc.tuple(appends, transactional).map(([[rows, codec], id]) => append(rows, id, codec)) },
      { weight: 6, arbitrary: fc.tuple(transactional, outcomes).map(([id, outcome]) => end(id, outcome)) },
      { weight: 2, arbitrary: fc.tuple(producers, fc.integer({ min: 1, max: 4 })).map(([id, n]) => repeat(id, n)) },
      { weight: 2, arbitrary: fraction.map(read) },
      { weight: 6, arbitrary: fc.constantFrom(100, 1_000_000).map(clean) },
      { weight: 3, arbitrary: fc.constantFrom(200, 1_000, 5_000).map(wait) },
      { weight: 1, arbitrary: fraction.map((at) => deleteRecords(at * 0.4)) },
      { weight: 2, arbitrary: fc.tuple(stops, losses).map(([how, lost]) => restart(how, lost)) },
      { weight: 2, arbitrary: fc.integer({ min: 0, max: 60 }).map(killedWhileCleaning) },
    );
    const runs = fc.array(commands, { minLength: 10, maxLength: 90, size: "max" });
    let rounds = 0;
    await fc.assert(
      fc.asyncProperty(runs, fc.boolean(), async (run, hasWorkers) => {
        const real = new Real(hasWorkers);
        await real.open();
        const model: Model = { committed: [], open: new Map(), sequences: new Map(), start: 0, count: 0, rounds: 0 };
        for (const each of run) await each.run(model, real);
        rounds += model.rounds;
        await check(model, real.log);
        expect(real.fixture.events).toEqual([]);
      }),
      { numRuns: 60 },
    );
    expect(rounds).toBeGreaterThan(60);
  }, 120_000);
});
