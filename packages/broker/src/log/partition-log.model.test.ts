import { encodeControlBatch } from "@ottla/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LogStore } from "../storage/log-store.js";
import { batchOf, dataDir, readAll, StoreFixture, topicId, valuesOf } from "../storage/store-fixture.js";
import { defaultLogConfig } from "./log-config.js";
import type { PartitionLog } from "./partition-log.js";

const config = { ...defaultLogConfig, segmentBytes: 700, indexIntervalBytes: 150 };

/** What a log is to its users: an array, of which a beginning may be deleted. */
interface Model {
  values: string[];
  start: number;
  sequence: number;
  /** What producers 10 and 11 are at: the epoch of the transaction that is open or the next one. */
  readonly transactional: { readonly producerId: number; epoch: number; offsets: number[] }[];
  readonly aborted: Aborted[];
}

/** The offsets of its records, and of the marker that ended it. */
interface Aborted {
  readonly producerId: number;
  readonly offsets: readonly number[];
  readonly marker: number;
}

const emptyModel = (): Model => ({
  values: [],
  start: 0,
  sequence: 0,
  transactional: [10, 11].map((producerId) => ({ producerId, epoch: 0, offsets: [] })),
  aborted: [],
});

class Real {
  readonly fixture = new StoreFixture();
  store: LogStore | undefined;
  #log: PartitionLog | undefined;

  get log(): PartitionLog {
    if (this.#log === undefined) throw new Error("not opened");
    return this.#log;
  }

  async open(): Promise<void> {
    // Few files and hardly a tail in memory, so that reads come from the disk as well.
    this.store = await this.fixture.open({ tailCacheBytes: 1_000, maxOpenFiles: 2 });
    this.#log = this.store.create("t", topicId, 0, config);
  }
}

type Command = fc.AsyncCommand<Model, Real>;

const command = (name: string, run: (model: Model, real: Real) => Promise<void>): Command => ({
  check: () => true,
  run,
  toString: () => name,
});

const producer = { producerId: 5, producerEpoch: 0 };

const append = (counts: readonly number[]) =>
  command(`append ${counts}`, async (model, { log }) => {
    const pending = counts.map((count) => {
      const values = Array.from(
        { length: count },
        (_, index) => `${model.values.length + index}${".".repeat(count * 9)}`,
      );
      const bytes = batchOf(values, { ...producer, baseSequence: model.sequence });
      expect(log.append(bytes, "client")).toMatchObject({ baseOffset: model.values.length, isDuplicate: false });
      model.values.push(...values);
      model.sequence += count;
      return log.whenDurable(model.values.length);
    });
    await Promise.all(pending);
    expect(log.highWatermark).toBe(model.values.length);
  });

const appendAgain = (count: number) =>
  command(`append the last ${count} again`, async (model, { log }) => {
    const values = Array.from({ length: count }, () => "again");
    const baseSequence = model.sequence - count;
    // Its last batches are at the end of the log unless a transaction wrote since.
    if (baseSequence < 0 || !model.values.at(-1)?.match(/^\d/)) return;
    try {
      const result = log.append(batchOf(values, { ...producer, baseSequence }), "client");
      expect(result).toMatchObject({ baseOffset: model.values.length - count, isDuplicate: true });
    } catch (error) {
      // The batches were divided otherwise.
      expect(error).toMatchObject({ code: "OUT_OF_ORDER_SEQUENCE_NUMBER" });
    }
    expect(log.logEndOffset).toBe(model.values.length);
  });

const read = (at: number, maxBytes: number) =>
  command(`read from ${at} by ${maxBytes}`, async (model, { log }) => {
    const from = model.start + Math.floor(at * (model.values.length - model.start));
    expect(valuesOf(await readAll(log, from, maxBytes))).toEqual(model.values.slice(from));
  });

const deleteRecords = (at: number) =>
  command(`delete records to ${at}`, async (model, { log }) => {
    const before = model.start + Math.floor(at * (model.values.length - model.start));
    model.start = await log.deleteRecordsBefore(before);
    expect(model.start).toBe(before);
  });

const writeInTransaction = (which: number, count: number) =>
  command(`write ${count} in the transaction of ${which}`, async ({ transactional, values }, { log }) => {
    const producer = transactional[which];
    if (producer === undefined) return;
    const { producerId, epoch, offsets } = producer;
    const texts = Array.from({ length: count }, () => `t${producerId}-${epoch}`);
    const header = { producerId, producerEpoch: epoch, baseSequence: offsets.length, isTransactional: true };
    const { baseOffset } = log.append(batchOf(texts, header), "client", { transactionVersion: 2 });
    expect(baseOffset).toBe(values.length);
    for (const text of texts) offsets.push(values.push(text) - 1);
    await log.whenDurable(values.length);
    expect(log.producer(producerId)).toMatchObject({ epoch, transactionFirstOffset: offsets[0] });
  });

/** The value of a marker of coordinator epoch 0, as a reader of records sees it. */
const markerValue = "\0".repeat(6);

const endTransaction = (which: number, type: "abort" | "commit") =>
  command(`${type} the transaction of ${which}`, async ({ transactional, aborted, values }, { log }) => {
    const producer = transactional[which];
    if (producer === undefined) return;
    const { producerId, epoch, offsets } = producer;
    const header = { producerId, producerEpoch: epoch + 1, coordinatorEpoch: 0, timestamp: 1_000 };
    log.append(encodeControlBatch({ type, ...header }), "coordinator", { transactionVersion: 2 });
    const marker = values.push(markerValue) - 1;
    if (type === "abort" && offsets.length > 0) aborted.push({ producerId, offsets, marker });
    producer.epoch += 1;
    producer.offsets = [];
    await log.whenDurable(values.length);
    expect(log.producer(producerId)).toMatchObject({ epoch: epoch + 1, transactionFirstOffset: -1 });
  });

const lookCommitted = (from: number, upTo: number) =>
  command(`look at what is aborted from ${from} to ${upTo}`, async (model, { log }) => {
    const opened = model.transactional.flatMap(({ offsets }) => offsets.slice(0, 1));
    expect(log.lastStableOffset).toBe(Math.min(model.values.length, ...opened));
    const first = model.start + Math.floor(from * (model.values.length - model.start));
    const end = first + Math.floor(upTo * (model.values.length - first));
    const found = await log.abortedTransactions(first, end);
    const isNamed = ({ producerId, offsets }: Aborted) => {
      const seen = offsets.find((offset) => offset >= first && offset < end);
      if (seen === undefined) return true;
      return found.some((each) => each.producerId === producerId && each.firstOffset <= seen);
    };
    expect(model.aborted.filter((transaction) => !isNamed(transaction))).toEqual([]);
    // The records that it began with may be deleted: then it begins later for whoever goes through the batches again.
    const isTrue = ({ producerId, firstOffset }: (typeof found)[number]) =>
      firstOffset < end &&
      model.aborted.some(
        (each) => each.producerId === producerId && each.marker >= first && each.offsets.includes(firstOffset),
      );
    expect(found.filter((each) => !isTrue(each))).toEqual([]);
  });

const restart = (how: "kill" | "close") =>
  command(how, async (_, real) => {
    if (how === "close") await real.store?.close();
    await real.open();
  });

const losses = [".index", ".timeindex", ".txnindex", ".snapshot"];

const lose = (suffix: string) =>
  command(`close and lose ${suffix}`, async (_, real) => {
    await real.store?.close();
    if (real.fixture.files.stat(`${dataDir}/t-0`) !== undefined) {
      for (const name of real.fixture.names(suffix)) real.fixture.files.unlink(`${dataDir}/t-0/${name}`);
    }
    await real.open();
  });

describe("a partition log, held against an array", () => {
  it("does as the array does over any commands and restarts", async () => {
    const fraction = fc.double({ min: 0, max: 1, noNaN: true });
    const commands = [
      fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 6 }).map(append),
      fc.integer({ min: 1, max: 4 }).map(appendAgain),
      fc
        .tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(1, 300, 5_000))
        .map(([at, max]) => read(at, max)),
      fc.double({ min: 0, max: 1, noNaN: true }).map(deleteRecords),
      fc
        .tuple(fc.constantFrom(0, 1), fc.integer({ min: 1, max: 4 }))
        .map(([who, count]) => writeInTransaction(who, count)),
      fc
        .tuple(fc.constantFrom(0, 1), fc.constantFrom("abort" as const, "commit" as const))
        .map(([who, type]) => endTransaction(who, type)),
      fc.tuple(fraction, fraction).map(([from, upTo]) => lookCommitted(from, upTo)),
      fc.constantFrom("kill" as const, "close" as const).map(restart),
      fc.constantFrom(...losses).map(lose),
    ];
    await fc.assert(
      fc.asyncProperty(fc.commands(commands, { maxCommands: 40 }), async (run) => {
        const real = new Real();
        await real.open();
        await fc.asyncModelRun(() => ({ model: emptyModel(), real }), run);
        await real.open();
        expect(real.log.logStartOffset).toBeLessThanOrEqual(real.log.logEndOffset);
        expect(real.fixture.events).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });
});
