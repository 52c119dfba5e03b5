import { encodeControlBatch } from "@ottla/protocol";
import { describe, expect, it } from "vitest";
import { batchOf, dataDir, type OpenedLog, StoreFixture, topicId } from "../storage/store-fixture.js";
import { defaultLogConfig } from "./log-config.js";
import type { PartitionLog } from "./partition-log.js";
import { SegmentedLog } from "./segmented-log.js";

const config = { ...defaultLogConfig, segmentBytes: 400 };

interface Marker {
  readonly type: "abort" | "commit";
  readonly producerId: number;
  readonly producerEpoch?: number;
  readonly coordinatorEpoch?: number;
  readonly transactionVersion?: number;
}

function write(log: PartitionLog, producerId: number, values: readonly string[], epoch = 0, baseSequence = 0): number {
  const header = { producerId, producerEpoch: epoch, baseSequence, isTransactional: true };
  return log.append(batchOf(values, header), "client", { transactionVersion: 2 }).baseOffset;
}

function end(log: PartitionLog, marker: Marker): number {
  const { producerEpoch = 1, coordinatorEpoch = 0, transactionVersion = 2, ...rest } = marker;
  const batch = encodeControlBatch({ ...rest, producerEpoch, coordinatorEpoch, timestamp: 5_000 });
  return log.append(batch, "coordinator", { transactionVersion }).baseOffset;
}

const settled = (log: PartitionLog): Promise<void> => log.whenDurable(log.logEndOffset);
const values = ["0", "1", "2"];

/** Offsets 0-2 of producer 1, 3-5 of 2, 6 plain, 7 aborts 2, 8-10 of 3, 11 commits 3, 12 aborts 1: several segments. */
async function filled(log: PartitionLog): Promise<void> {
  write(log, 1, values);
  write(log, 2, values);
  log.append(batchOf(["plain"]), "client");
  end(log, { type: "abort", producerId: 2 });
  write(log, 3, values);
  end(log, { type: "commit", producerId: 3 });
  end(log, { type: "abort", producerId: 1 });
  await settled(log);
}

const first = { producerId: 1, firstOffset: 0, lastOffset: 12, lastStableOffset: 13 };
const second = { producerId: 2, firstOffset: 3, lastOffset: 7, lastStableOffset: 0 };

async function reopened(fixture: StoreFixture, how: (fixture: StoreFixture) => void = () => {}): Promise<PartitionLog> {
  how(fixture);
  const store = await fixture.open();
  return store.create("t", topicId, 0, config);
}

describe("the last stable offset", () => {
  it("is never below the log start, where nobody could read on: records of an open transaction may be deleted", async () => {
    const { log } = await new StoreFixture().log(config);
    write(log, 1, values);
    log.append(batchOf(["plain"]), "client");
    await settled(log);
    expect(log.lastStableOffset).toBe(0);
    await log.deleteRecordsBefore(2);
    expect(log.lastStableOffset).toBe(2);
    end(log, { type: "abort", producerId: 1 });
    await settled(log);
    expect(log.lastStableOffset).toBe(5);
  });
});

describe("a log of transactions that nobody reads", () => {
  it("remembers none that ended", async () => {
    const { log } = await new StoreFixture().log(config);
    if (!(log instanceof SegmentedLog)) throw new TypeError("another log");
    write(log, 9, ["open"]);
    for (let count = 0; count < 50; count += 1) {
      write(log, 1, ["x"], 0, count);
      end(log, { type: count % 2 === 0 ? "commit" : "abort", producerId: 1, transactionVersion: 0, producerEpoch: 0 });
      await settled(log);
      expect(log.folder.transactions.size).toBe(1);
    }
    end(log, { type: "commit", producerId: 9 });
    await settled(log);
    expect(log.folder.transactions.size).toBe(0);
    expect(log.lastStableOffset).toBe(102);
  });
});

describe("the aborted transactions of a range", () => {
  it.each([
    { from: 0, upTo: 13, found: [second, first] },
    { from: 0, upTo: 3, found: [first] },
    { from: 0, upTo: 4, found: [second, first] },
    { from: 7, upTo: 13, found: [second, first] },
    { from: 8, upTo: 13, found: [first] },
    { from: 13, upTo: 13, found: [] },
  ])("from $from up to $upTo", async ({ from, upTo, found }) => {
    const { log } = await new StoreFixture().log(config);
    await filled(log);
    expect(await log.abortedTransactions(from, upTo)).toEqual(found);
  });

  it("ends at the entry behind which nothing can overlap", async () => {
    const { log } = await new StoreFixture().log(config);
    write(log, 1, values);
    end(log, { type: "abort", producerId: 1 });
    write(log, 2, values);
    end(log, { type: "abort", producerId: 2 });
    await settled(log);
    expect(await log.abortedTransactions(0, 4)).toMatchObject([{ producerId: 1 }]);
  });

  it("stands in .txnindex files as Kafka writes them", async () => {
    const fixture = new StoreFixture();
    const { store, log } = await fixture.log();
    await filled(log);
    await store.close();
    expect(fixture.names(".txnindex")).toEqual(["00000000000000000000.txnindex"]);
    const bytes = fixture.bytes(`${dataDir}/t-0/00000000000000000000.txnindex`);
    expect(bytes.toString("hex").match(/.{68}/g)).toEqual([
      "0000" + "0000000000000002" + "0000000000000003" + "0000000000000007" + "0000000000000000",
      "0000" + "0000000000000001" + "0000000000000000" + "000000000000000c" + "000000000000000d",
    ]);
  });

  const losses: readonly { readonly title: string; readonly lose: (fixture: StoreFixture) => void }[] = [
    { title: "nothing is lost", lose: () => {} },
    { title: "its indexes are gone", lose: (fixture) => lose(fixture, ".txnindex") },
    {
      title: "its indexes are torn",
      lose: (fixture) => {
        for (const name of fixture.names(".txnindex")) {
          const path = `${dataDir}/t-0/${name}`;
          const bytes = fixture.bytes(path);
          if (bytes.length > 0) fixture.put(path, bytes.subarray(0, bytes.length - 5));
        }
      },
    },
    {
      title: "its indexes and snapshots are gone",
      lose: (fixture) => {
        lose(fixture, ".txnindex");
        lose(fixture, ".snapshot");
      },
    },
  ];
  const lose = (fixture: StoreFixture, suffix: string) => {
    for (const name of fixture.names(suffix)) fixture.files.unlink(`${dataDir}/t-0/${name}`);
  };

  it.each(losses)("is known again after an orderly stop when $title", async ({ lose }) => {
    const fixture = new StoreFixture();
    const { store, log } = await fixture.log(config);
    await filled(log);
    await store.close();
    const again = await reopened(fixture, lose);
    expect(await again.abortedTransactions(0, 13)).toEqual([second, first]);
    write(again, 4, values);
    end(again, { type: "abort", producerId: 4 });
    await settled(again);
    const last = { producerId: 4, firstOffset: 13, lastOffset: 16, lastStableOffset: 17 };
    expect(await again.abortedTransactions(0, 17)).toEqual([second, first, last]);
  });

  it.each(losses)("is known again after a kill when $title", async ({ lose }) => {
    const fixture = new StoreFixture();
    const { log } = await fixture.log(config);
    await filled(log);
    const again = await reopened(fixture, lose);
    expect(await again.abortedTransactions(0, 13)).toEqual([second, first]);
  });

  it("goes with the tail that recovery cuts", async () => {
    const fixture = new StoreFixture();
    const { log } = await fixture.log();
    await filled(log);
    const path = `${dataDir}/t-0/00000000000000000000.log`;
    const bytes = fixture.bytes(path);
    const again = await reopened(fixture, () => fixture.put(path, bytes.subarray(0, bytes.length - 3)));
    expect(again.logEndOffset).toBe(12);
    expect(again.lastStableOffset).toBe(0);
    expect(await again.abortedTransactions(0, 12)).toEqual([second]);
    end(again, { type: "commit", producerId: 1 });
    await settled(again);
    expect(await again.abortedTransactions(0, 13)).toEqual([second]);
  });

  it("has no entry of a marker that could not be written", async () => {
    const fixture = new StoreFixture();
    const { store, log } = await fixture.log();
    write(log, 1, values);
    write(log, 2, values);
    end(log, { type: "abort", producerId: 2 });
    await settled(log);
    fixture.fail = (call, path) => (call === "write" && path.endsWith(".log") ? new Error("no room") : undefined);
    end(log, { type: "abort", producerId: 1 });
    await expect(settled(log)).rejects.toMatchObject({ code: "KAFKA_STORAGE_ERROR" });
    fixture.fail = () => undefined;
    end(log, { type: "commit", producerId: 1 });
    await settled(log);
    expect(await log.abortedTransactions(0, 8)).toMatchObject([{ producerId: 2 }]);
    await store.close();
    const again = await reopened(fixture);
    expect(await again.abortedTransactions(0, 8)).toMatchObject([{ producerId: 2 }]);
  });

  it("takes no marker whose entry could not be written", async () => {
    const fixture = new StoreFixture();
    const { log } = await fixture.log();
    write(log, 1, values);
    await settled(log);
    fixture.fail = (call, path) => (call === "open" && path.endsWith(".txnindex") ? new Error("no room") : undefined);
    end(log, { type: "abort", producerId: 1 });
    await expect(settled(log)).rejects.toMatchObject({ code: "KAFKA_STORAGE_ERROR" });
    expect(log.lastStableOffset).toBe(0);
    expect(log.logEndOffset).toBe(3);
    fixture.fail = () => undefined;
    end(log, { type: "abort", producerId: 1 });
    await settled(log);
    expect(await log.abortedTransactions(0, 4)).toMatchObject([{ producerId: 1, firstOffset: 0 }]);
  });

  it("goes with its segment when records are deleted", async () => {
    const fixture = new StoreFixture();
    const { log } = await fixture.log(config);
    await filled(log);
    const before = fixture.names(".txnindex").length;
    await log.deleteRecordsBefore(13);
    expect(fixture.names(".txnindex").length).toBeLessThan(before);
    expect(await log.abortedTransactions(13, 13)).toEqual([]);
  });
});

describe("the last stable offset", () => {
  it("waits for the marker to be below the high watermark", async () => {
    const { log } = await new StoreFixture().log();
    write(log, 1, values);
    await settled(log);
    expect(log.lastStableOffset).toBe(0);
    end(log, { type: "commit", producerId: 1 });
    expect(log.lastStableOffset).toBe(0);
    await settled(log);
    expect(log.lastStableOffset).toBe(4);
  });

  it.each(["kill", "close"] as const)("is where the oldest open transaction begins after a %s", async (how) => {
    const fixture = new StoreFixture();
    const { store, log }: OpenedLog = await fixture.log(config);
    log.append(batchOf(["plain"]), "client");
    write(log, 1, values);
    write(log, 2, values);
    end(log, { type: "abort", producerId: 1 });
    await settled(log);
    if (how === "close") await store.close();
    const again = await reopened(fixture);
    expect(again.lastStableOffset).toBe(4);
    expect(again.producer(2)).toMatchObject({ epoch: 0, transactionFirstOffset: 4 });
    expect(again.producer(1)).toMatchObject({ epoch: 1, transactionFirstOffset: -1, coordinatorEpoch: 0 });
  });
});

describe("a marker", () => {
  const refusals: readonly { readonly title: string; readonly marker: Marker; readonly code: string }[] = [
    {
      title: "of an older epoch",
      marker: { type: "abort", producerId: 1, producerEpoch: 3, transactionVersion: 0 },
      code: "INVALID_PRODUCER_EPOCH",
    },
    {
      title: "of the epoch of the open transaction under version 2",
      marker: { type: "commit", producerId: 1, producerEpoch: 4 },
      code: "INVALID_PRODUCER_EPOCH",
    },
    {
      title: "of an older coordinator",
      marker: { type: "commit", producerId: 2, producerEpoch: 9, coordinatorEpoch: 6 },
      code: "TRANSACTION_COORDINATOR_FENCED",
    },
  ];

  async function begun(): Promise<PartitionLog> {
    const { log } = await new StoreFixture().log();
    write(log, 1, values, 4);
    end(log, { type: "commit", producerId: 2, producerEpoch: 4, coordinatorEpoch: 7 });
    await settled(log);
    return log;
  }

  it.each(refusals)("is refused $title", async ({ marker, code }) => {
    const log = await begun();
    expect(() => end(log, marker)).toThrow(expect.objectContaining({ code }));
    expect(log.logEndOffset).toBe(4);
  });

  it.each([
    { title: "of the same epoch under version 1", marker: { producerId: 1, producerEpoch: 4, transactionVersion: 1 } },
    { title: "of a newer epoch", marker: { producerId: 1, producerEpoch: 5 } },
    { title: "again, with no transaction open", marker: { producerId: 2, producerEpoch: 4, coordinatorEpoch: 7 } },
    { title: "for a producer that is not known", marker: { producerId: 3, producerEpoch: 0 } },
  ])("is taken $title", async ({ marker }) => {
    const log = await begun();
    expect(end(log, { type: "commit", ...marker })).toBe(4);
    expect(log.producer(marker.producerId)).toMatchObject({
      epoch: marker.producerEpoch,
      transactionFirstOffset: -1,
      lastTimestamp: 5_000,
    });
  });

  it("at the last of all epochs may be that of its transaction", async () => {
    const { log } = await new StoreFixture().log();
    write(log, 1, values, 0x7fff);
    expect(end(log, { type: "abort", producerId: 1, producerEpoch: 0x7fff })).toBe(3);
  });

  it("that ends nothing is no entry of the index", async () => {
    const { log } = await new StoreFixture().log();
    end(log, { type: "abort", producerId: 1 });
    await settled(log);
    expect(await log.abortedTransactions(0, 1)).toEqual([]);
  });
});

describe("a transaction's records", () => {
  it("begin with sequence 0 under version 2, and at any under version 1", async () => {
    const { log } = await new StoreFixture().log();
    const code = "OUT_OF_ORDER_SEQUENCE_NUMBER";
    expect(() => write(log, 1, values, 0, 7)).toThrow(expect.objectContaining({ code }));
    const header = { producerId: 1, producerEpoch: 0, baseSequence: 7, isTransactional: true };
    expect(log.append(batchOf(values, header), "client", { transactionVersion: 1 }).baseOffset).toBe(0);
  });

  it("go on in the epoch that the marker brought", async () => {
    const { log } = await new StoreFixture().log();
    write(log, 1, values, 0);
    end(log, { type: "commit", producerId: 1, producerEpoch: 1 });
    const code = "INVALID_PRODUCER_EPOCH";
    expect(() => write(log, 1, values, 0, 3)).toThrow(expect.objectContaining({ code }));
    expect(write(log, 1, values, 1, 0)).toBe(4);
    expect(log.producer(1)).toMatchObject({ epoch: 1, transactionFirstOffset: 4 });
  });

  it("of a coordinator have no sequences, but an epoch and a transaction to respect", async () => {
    const { log } = await new StoreFixture().log();
    const offsets = (header: object) => log.append(batchOf(["offset"], header), "coordinator");
    offsets({ producerId: 1, producerEpoch: 2, isTransactional: true });
    offsets({ producerId: 1, producerEpoch: 2, isTransactional: true });
    expect(() => offsets({ producerId: 1, producerEpoch: 1, isTransactional: true })).toThrow(/INVALID_PRODUCER_EPOCH/);
    expect(() => offsets({ producerId: 1, producerEpoch: 2 })).toThrow(/INVALID_TXN_STATE/);
    expect(log.producer(1)).toMatchObject({ transactionFirstOffset: 0 });
  });
});

describe("a producer whose last word was a marker", () => {
  it("is not forgotten by a restart", async () => {
    const fixture = new StoreFixture();
    const { store, log } = await fixture.log();
    write(log, 1, values, 0);
    end(log, { type: "commit", producerId: 1, producerEpoch: 1 });
    await settled(log);
    await store.close();
    fixture.now += 60_000;
    const again = await reopened(fixture);
    expect(() => write(again, 1, values, 0, 3)).toThrow(/INVALID_PRODUCER_EPOCH/);
    expect([...again.producers()]).toMatchObject([{ producerId: 1, epoch: 1 }]);
  });
});
