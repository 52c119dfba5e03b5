import { describe, expect, it } from "vitest";
import { append, type OpenedLog, StoreFixture } from "../../storage/store-fixture.js";
import { cleanAll, committedRecords } from "./compacted-log.test-kit.js";
import { CopyingWorkers } from "./copying-workers.test-kit.js";

const config = { segmentBytes: 500, cleanupPolicy: ["compact"] as const, minCleanableDirtyRatio: 0.01 };

interface Opened extends OpenedLog {
  readonly fixture: StoreFixture;
  readonly workers: CopyingWorkers;
}

/** A store with a log that has much to compact, and the threads it may start. */
async function openWithWorkers(): Promise<Opened> {
  const fixture = new StoreFixture();
  let workers: CopyingWorkers | undefined;
  fixture.workersOn = (files) => {
    workers = new CopyingWorkers(files);
    return workers;
  };
  const opened = await fixture.log(config);
  if (workers === undefined) throw new Error("no workers");
  await fill(opened);
  return { ...opened, fixture, workers };
}

async function fill({ log }: OpenedLog): Promise<void> {
  for (let round = 0; round < 30; round += 1) await append(log, ["v"], { key: "a" });
}

const count = async ({ log }: OpenedLog): Promise<number> => (await committedRecords(log)).length;

/** Calls `then` in the middle of the next round: when it makes its file. */
function inTheMiddle({ fixture }: Opened, then: () => void): void {
  fixture.fail = (call, path) => {
    if (call !== "open" || !path.endsWith(".cleaned")) return undefined;
    fixture.fail = () => undefined;
    then();
    return undefined;
  };
}

describe("the thread that compaction is done in", () => {
  it("is there while something is due, for all rounds", async () => {
    const opened = await openWithWorkers();
    const { store, workers } = opened;
    const little = { dedupeBufferBytes: 1, dedupeBufferLoad: 0.01, ioBufferBytes: 1_000 };
    for (let key = 0; key < 40; key += 1) await append(opened.log, ["v"], { key: `k${key}` });
    expect(workers.started).toHaveLength(0);
    expect(await cleanAll(store, little)).toBeGreaterThan(2);
    expect(workers.started).toHaveLength(1);
    expect(workers.started[0]?.rounds).toBeGreaterThan(2);
    expect(workers.alive).toBe(0);
    await fill(opened);
    await cleanAll(store);
    expect(workers.started).toHaveLength(2);
    expect(workers.alive).toBe(0);
  });

  it("ends the round with it when it dies, which is reported, and another one tries again some minutes later", async () => {
    const opened = await openWithWorkers();
    const { fixture, store, workers } = opened;
    inTheMiddle(opened, () => workers.started[0]?.crash(new Error("out of memory")));
    await cleanAll(store);
    expect(fixture.events).toMatchObject([
      { kind: "compactionFailed", topic: "t", error: { message: "out of memory" } },
    ]);
    expect(fixture.names(".cleaned")).toEqual([]);
    expect(await count(opened)).toBe(30);
    fixture.now += 300_000;
    expect(await cleanAll(store)).toBe(1);
    expect(workers.started).toHaveLength(2);
    expect(workers.alive).toBe(0);
    expect(await count(opened)).toBeLessThan(10);
  });

  it("is not needed: where none can be started, that is reported once and the event loop does the work", async () => {
    const opened = await openWithWorkers();
    const { fixture, store, workers } = opened;
    workers.refusal = new Error("no threads here");
    expect(await cleanAll(store)).toBe(1);
    await fill(opened);
    expect(await cleanAll(store)).toBe(1);
    expect(fixture.events).toMatchObject([{ kind: "workerFailed", error: { message: "no threads here" } }]);
    expect(workers.started).toHaveLength(1);
    expect(await count(opened)).toBeLessThan(10);
  });

  it("is not started for other files than it has", async () => {
    const fixture = new StoreFixture();
    const workers = new CopyingWorkers(new StoreFixture().files);
    fixture.workersOn = () => workers;
    const opened = await fixture.log(config);
    await fill(opened);
    expect(await cleanAll(opened.store)).toBe(1);
    expect(workers.started).toHaveLength(0);
  });

  it.each([
    { title: "the store closes", stop: ({ store }: Opened) => store.close() },
    { title: "its log is deleted", stop: ({ store }: Opened) => store.delete("t", 0) },
  ])("is ended in the middle of a round when $title, and leaves nothing", async ({ stop }) => {
    const opened = await openWithWorkers();
    const { fixture, store, workers } = opened;
    let stopped: Promise<void> | undefined;
    inTheMiddle(opened, () => {
      stopped = stop(opened);
    });
    await cleanAll(store);
    await stopped;
    expect(workers.started).toHaveLength(1);
    expect(workers.alive).toBe(0);
    expect(fixture.events).toEqual([]);
    const names = fixture.files.list("/data").flatMap((name) => (name.startsWith("t-") ? fixture.names("") : []));
    expect(names.filter((name) => name.endsWith(".cleaned"))).toEqual([]);
  });

  it("stops without harm when the segments that it works on are removed", async () => {
    const opened = await openWithWorkers();
    const { fixture, store, log, workers } = opened;
    let deleted: Promise<number> | undefined;
    inTheMiddle(opened, () => {
      deleted = log.deleteRecordsBefore(20);
    });
    await cleanAll(store);
    await deleted;
    await cleanAll(store);
    expect(fixture.events).toEqual([]);
    expect(workers.alive).toBe(0);
    expect((await committedRecords(log)).map(({ offset }) => offset)).toContain(29);
    expect(fixture.names(".cleaned")).toEqual([]);
  });
});
