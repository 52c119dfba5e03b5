import { nodeWorld, systemError } from "@ottla/world";
import { describe, expect, it } from "vitest";
import { defaultLogConfig } from "../log/log-config.js";
import { randomUuid } from "./meta-properties.js";
import { append, batchOf, dataDir, readAll, StoreFixture, valuesOf } from "./store-fixture.js";

const logFile = `${dataDir}/t-0/00000000000000000000.log`;
const noSpace = () => systemError("ENOSPC", "write");

describe("a log on a disk that fails", () => {
  it("refuses what does not fit, goes on reading, and recovers when there is room", async () => {
    const fixture = new StoreFixture();
    const { log } = await fixture.log();
    const producer = { producerId: 1, producerEpoch: 0 };
    await append(log, ["a"], { ...producer, baseSequence: 0 });
    fixture.fail = (call) => (call === "write" ? noSpace() : undefined);
    const failed = ["b", "c"].map((value, index) => append(log, [value], { ...producer, baseSequence: index + 1 }));
    for (const each of failed) await expect(each).rejects.toThrow(/KAFKA_STORAGE_ERROR/);
    expect([log.logEndOffset, log.highWatermark]).toEqual([1, 1]);
    expect(valuesOf(await readAll(log))).toEqual(["a"]);
    expect(fixture.events).toMatchObject([{ kind: "writeFailed", topic: "t", partition: 0 }]);
    fixture.fail = () => undefined;
    expect(await append(log, ["b"], { ...producer, baseSequence: 1 })).toBe(1);
    const { log: again } = await fixture.log();
    expect(valuesOf(await readAll(again))).toEqual(["a", "b"]);
    expect(again.leaderEpoch).toBe(0);
  });

  it("cuts half a batch away before it writes again, however long that cannot be done", async () => {
    const fixture = new StoreFixture();
    const { log } = await fixture.log();
    await append(log, ["a"]);
    fixture.fail = (call) => (call === "write" || call === "truncate" ? noSpace() : undefined);
    await expect(append(log, ["b"])).rejects.toThrow(/KAFKA_STORAGE_ERROR/);
    fixture.fail = (call) => (call === "truncate" ? noSpace() : undefined);
    await expect(append(log, ["b"])).rejects.toThrow(/KAFKA_STORAGE_ERROR/);
    fixture.fail = () => undefined;
    expect(await append(log, ["b"])).toBe(1);
    expect(valuesOf(await readAll((await fixture.log()).log))).toEqual(["a", "b"]);
    expect(fixture.names(".cut")).toEqual([]);
  });

  it("acknowledges nothing after a failed sync until it is opened anew, and goes on serving what was durable", async () => {
    const fixture = new StoreFixture();
    const { store, log } = await fixture.log();
    const other = store.create("other", "AAAAAAAAAAAAAAAAAAAAAg", 0, log.config);
    await append(log, ["a"]);
    fixture.fail = (call) => (call === "datasync" ? systemError("EIO", "fdatasync") : undefined);
    await expect(append(log, ["b"])).rejects.toThrow(/KAFKA_STORAGE_ERROR/);
    fixture.fail = () => undefined;
    expect(() => log.append(batchOf(["c"]), "client")).toThrow(/KAFKA_STORAGE_ERROR/);
    expect(() => other.append(batchOf(["c"]), "client")).toThrow(/KAFKA_STORAGE_ERROR/);
    await expect(log.whenDurable(2)).rejects.toThrow(/KAFKA_STORAGE_ERROR/);
    expect([log.highWatermark, valuesOf(await readAll(log))]).toEqual([1, ["a"]]);
    expect(fixture.events).toMatchObject([{ kind: "storeFailed" }]);
    await store.close();
    expect(fixture.files.stat(`${dataDir}/.kafka_cleanshutdown`)).toBeUndefined();
    const { log: again } = await fixture.log();
    expect(await append(again, ["c"])).toBe(2);
  });

  it.each(["open", "makeDirectory"] as const)(
    "gives a retriable error when %s fails, and then recovers",
    async (failing) => {
      const fixture = new StoreFixture();
      const { log } = await fixture.log();
      fixture.fail = (call) => (call === failing ? systemError("EMFILE", "open") : undefined);
      await expect(append(log, ["a"])).rejects.toMatchObject({ code: "KAFKA_STORAGE_ERROR", retriable: true });
      fixture.fail = () => undefined;
      expect(await append(log, ["a"])).toBe(0);
    },
  );

  it("keeps failing files of one partition from the others", async () => {
    const fixture = new StoreFixture();
    const { store, log } = await fixture.log();
    const other = store.create("other", "AAAAAAAAAAAAAAAAAAAAAg", 0, log.config);
    fixture.fail = (call, path) => (call === "write" && path === logFile ? systemError("EIO", "write") : undefined);
    const [failed, done] = await Promise.allSettled([append(log, ["a"]), append(other, ["b"])]);
    expect(failed).toMatchObject({ status: "rejected", reason: { code: "KAFKA_STORAGE_ERROR" } });
    expect(done).toEqual({ status: "fulfilled", value: 0 });
  });

  it("rejects a deletion of records that cannot be written down, and does not do it", async () => {
    const fixture = new StoreFixture();
    const { log } = await fixture.log();
    await append(log, ["a"]);
    fixture.fail = (_, path) => (path.includes("log-start") ? noSpace() : undefined);
    await expect(log.deleteRecordsBefore(1)).rejects.toThrow(/KAFKA_STORAGE_ERROR/);
    expect(log.logStartOffset).toBe(0);
  });

  it("has room spared to write that down on a full disk, as what it deletes then makes more", async () => {
    const fixture = new StoreFixture();
    const { store } = await fixture.log();
    await store.close();
    const { store: second, log } = await fixture.log({ segmentBytes: 150 });
    for (const value of ["a", "b", "c"]) await append(log, [value.repeat(50)]);
    const spare = `${dataDir}/log-start-offset-checkpoint.spare`;
    fixture.fail = (call) => (call === "write" && fixture.files.stat(spare) !== undefined ? noSpace() : undefined);
    await expect(append(log, ["d"])).rejects.toThrow(/KAFKA_STORAGE_ERROR/);
    expect(await log.deleteRecordsBefore(2)).toBe(2);
    expect(fixture.files.stat(logFile)).toBeUndefined();
    expect(await append(log, ["d"])).toBe(3);
    fixture.fail = () => undefined;
    await second.close();
    expect(fixture.files.stat(spare)).toBeDefined();
  });

  it.each(["sync", "os"] as const)(
    "keeps few files open, and closes what it may with durability `%s`",
    async (durability) => {
      const fixture = new StoreFixture();
      const store = await fixture.open({ maxOpenFiles: 4, durability });
      const names = Array.from({ length: 30 }, (_, index) => `t${index}`);
      const logs = names.map((name) => store.create(name, randomUuid(nodeWorld.random), 0, defaultLogConfig));
      let mostOpen = 0;
      for (let round = 0; round < 3; round += 1) {
        for (const [index, log] of logs.entries()) {
          await append(log, [`${index} ${round}`]);
          mostOpen = Math.max(mostOpen, fixture.openFiles);
        }
      }
      for (const [index, log] of logs.entries()) {
        expect(valuesOf(await readAll(log))).toEqual([0, 1, 2].map((round) => `${index} ${round}`));
      }
      // `partition.metadata` is open until it is synced.
      expect(mostOpen).toBeLessThanOrEqual(6);
    },
  );
});
