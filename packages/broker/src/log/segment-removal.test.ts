import { describe, expect, it } from "vitest";
import { append, batchOf, readAll, StoreFixture, valuesOf } from "../storage/store-fixture.js";
import { cleanAll } from "./compaction/compacted-log.test-kit.js";

const config = { segmentBytes: 300, indexIntervalBytes: 100 };

/** A folder whose producer snapshots reach the disk when the test says so, in the order it says. */
function slowSnapshots(): { readonly fixture: StoreFixture; readonly finish: (() => void)[] } {
  const fixture = new StoreFixture();
  const finish: (() => void)[] = [];
  fixture.syncOf = (path) =>
    path.endsWith(".snapshot") ? new Promise<void>((resolve) => finish.push(resolve)) : undefined;
  return { fixture, finish };
}

const text = (number: number): string => `${number}`.padEnd(120, "-");

describe("removing segments while the producers are made durable", () => {
  it("keeps what is behind the start when a later removal is through before an earlier one", async () => {
    const { fixture, finish } = slowSnapshots();
    const { store, log } = await fixture.log(config, { tailCacheBytes: 0 });
    let sequence = 0;
    const write = async (count: number): Promise<void> => {
      for (let each = 0; each < count; each += 1) {
        await append(log, [text(sequence)], { producerId: 1, producerEpoch: 0, baseSequence: sequence });
        sequence += 1;
      }
    };
    await write(4);
    const earlier = log.deleteRecordsBefore(2);
    await expect.poll(() => finish.length).toBe(1);
    await write(6);
    const later = log.deleteRecordsBefore(7);
    await expect.poll(() => finish.length).toBe(2);
    finish[1]?.();
    await later;
    finish[0]?.();
    await earlier;
    expect(valuesOf(await readAll(log)).map(Number.parseFloat)).toEqual([7, 8, 9]);
    await store.close();
  });

  it("keeps the log when compaction puts another segment in the place of the first that stays", async () => {
    const { fixture, finish } = slowSnapshots();
    const { store, log } = await fixture.log(
      { ...config, cleanupPolicy: ["compact", "delete"], minCleanableDirtyRatio: 0.01 },
      { tailCacheBytes: 0 },
    );
    for (let sequence = 0; sequence < 10; sequence += 1) {
      const key = sequence < 8 ? "a" : `${sequence}`;
      await append(log, [text(sequence)], { key, producerId: 1, producerEpoch: 0, baseSequence: sequence });
    }
    const deleted = log.deleteRecordsBefore(4);
    await expect.poll(() => finish.length).toBe(1);
    await cleanAll(store);
    finish[0]?.();
    await deleted;
    expect(valuesOf(await readAll(log)).map(Number.parseFloat)).toEqual([7, 8, 9]);
    await store.close();
  });
});

describe("removing segments that wait for their sync", () => {
  it("does not take for a failing disk that their files are gone", async () => {
    const fixture = new StoreFixture();
    const finish: (() => void)[] = [];
    fixture.syncOf = (path) => (path.endsWith(".log") ? new Promise((resolve) => finish.push(resolve)) : undefined);
    const { store, log } = await fixture.log({ ...config, segmentBytes: 150 }, { durability: "os" });
    for (let each = 0; each < 8; each += 1) log.append(batchOf([text(each)]), "client");
    await log.whenWritten(8);
    await expect.poll(() => finish.length).toBe(3);
    await log.deleteRecordsBefore(7);
    fixture.syncOf = () => undefined;
    for (const each of finish) each();
    await append(log, ["behind"]);
    await store.close();
    expect(fixture.events).toEqual([]);
  });
});
