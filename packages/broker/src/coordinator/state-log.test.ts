import { batchesIn, encodeBatch, KafkaProtocolError, RecordBatch } from "@ottla/protocol";
import { describe, expect, it } from "vitest";
import type { PartitionLog } from "../log/partition-log.js";
import { batchOf, StoreFixture } from "../storage/store-fixture.js";
import { StateLog, type StateRecord } from "./state-log.js";

/** A log in memory whose writes can be made to fail as a full disk does: what was queued is taken back. */
class FakeLog {
  batches: Buffer[] = [];
  #queued: Buffer[] = [];
  isFull = false;
  logStartOffset = 0;

  #count = (batches: readonly Buffer[]) =>
    batches.flatMap((bytes) => [...batchesIn(bytes)]).reduce((sum, { recordCount }) => sum + recordCount, 0);

  get highWatermark(): number {
    return this.#count(this.batches);
  }

  get logEndOffset(): number {
    return this.#count([...this.batches, ...this.#queued]);
  }

  append(batch: Buffer): { baseOffset: number; lastOffset: number } {
    if (this.isFull) throw new KafkaProtocolError("KAFKA_STORAGE_ERROR", "disk full");
    const baseOffset = this.logEndOffset;
    RecordBatch.at(batch).assign(baseOffset, 0);
    this.#queued.push(batch);
    return { baseOffset, lastOffset: this.logEndOffset - 1 };
  }

  /** The write that follows an append. */
  settle(): void {
    if (!this.isFull) this.batches.push(...this.#queued);
    this.#queued = [];
  }

  async whenWritten(): Promise<void> {
    await Promise.resolve();
    this.settle();
  }

  async whenDurable(offset: number): Promise<void> {
    await Promise.resolve();
    this.settle();
    if (this.highWatermark < offset) throw new KafkaProtocolError("KAFKA_STORAGE_ERROR", "disk full");
  }

  read() {
    return { buffers: this.batches, sizeInBytes: 0 };
  }
}

const record = (text: string): StateRecord => ({ key: Buffer.from("k"), value: Buffer.from(text), timestamp: 1 });

async function opened(fake: FakeLog): Promise<{ state: StateLog; seen: string[] }> {
  const seen: string[] = [];
  const state = await StateLog.open(fake as unknown as PartitionLog, ({ value }) => seen.push(String(value)));
  return { state, seen };
}

describe("state log", () => {
  it("does not take a log that cannot be read for an empty one", async () => {
    const fake = new FakeLog();
    fake.read = () => {
      throw new KafkaProtocolError("KAFKA_STORAGE_ERROR", "its files cannot be read");
    };
    await expect(opened(fake)).rejects.toThrow("its files cannot be read");
  });

  it("believes nothing that is not what was written", async () => {
    const fake = new FakeLog();
    const running = await opened(fake);
    await running.state.append([record("a")]);
    const [batch] = fake.batches;
    batch?.writeUInt8(batch.readUInt8(batch.length - 2) ^ 1, batch.length - 2);
    await expect(opened(fake)).rejects.toThrow("the batch at offset 0 has a wrong checksum");
  });

  it("comes to the same state by replay as by running", async () => {
    const fake = new FakeLog();
    const running = await opened(fake);
    await running.state.append([record("a"), record("b")]);
    await running.state.append([record("c")]);
    expect((await opened(fake)).seen).toEqual(running.seen);
    expect(running.seen).toEqual(["a", "b", "c"]);
  });
  it("takes over what an earlier coordinator of the log appended and nobody has written yet", async () => {
    const { log } = await new StoreFixture().log();
    log.append(batchOf(["first"]), "coordinator");
    await log.whenDurable(1);
    log.append(batchOf(["second"]), "coordinator");
    const seen: string[] = [];
    await StateLog.open(log, ({ value }) => seen.push(String(value)));
    expect(seen).toEqual(["first", "second"]);
  });

  it("applies nothing when the append is refused", async () => {
    const fake = new FakeLog();
    const { state, seen } = await opened(fake);
    fake.isFull = true;
    await expect(state.append([record("a")])).rejects.toThrow("KAFKA_STORAGE_ERROR");
    expect(seen).toEqual([]);
  });
  it("writes what it applied again, and first, after a write that failed and gave its offsets back", async () => {
    const fake = new FakeLog();
    const { state, seen } = await opened(fake);
    const lost = state.append([record("a")]);
    fake.isFull = true;
    await expect(lost).rejects.toThrow("KAFKA_STORAGE_ERROR");
    await expect(state.durable()).rejects.toThrow("KAFKA_STORAGE_ERROR");
    fake.isFull = false;
    await state.append([record("b")]);
    expect(seen).toEqual(["a", "b"]);
    expect((await opened(fake)).seen).toEqual(["a", "b"]);
  });
  it("writes it again also where somebody else was given its offsets meanwhile", async () => {
    const fake = new FakeLog();
    const { state, seen } = await opened(fake);
    const lost = [state.append([record("a")]), state.append([record("b")])];
    fake.isFull = true;
    for (const each of lost) await expect(each).rejects.toThrow("KAFKA_STORAGE_ERROR");
    fake.isFull = false;
    const others = [1, 2, 3].map((n) => ({ key: Buffer.from("k"), value: Buffer.from(`other ${n}`), timestamp: 1 }));
    fake.append(encodeBatch(others));
    fake.settle();
    await state.durable();
    expect(seen).toEqual(["a", "b"]);
    expect((await opened(fake)).seen).toEqual(["other 1", "other 2", "other 3", "a", "b"]);
  });
  it("tells of each record whose transaction it is part of, and of the transaction's end, when running and when replayed", async () => {
    const fake = new FakeLog();
    const open = async () => {
      const seen: unknown[] = [];
      const state = await StateLog.open(
        fake as unknown as PartitionLog,
        ({ value }, { offset, producerId }) => seen.push([String(value), offset, producerId]),
        (producerId, result) => seen.push([result, producerId]),
      );
      return { state, seen };
    };
    const { state, seen } = await open();
    const producer = { producerId: 7, producerEpoch: 0 };
    await state.append([record("a")]);
    await state.append([record("b"), record("c")], producer);
    await state.endTransaction({ ...producer, coordinatorEpoch: 0, result: "commit" }, 1);
    await state.endTransaction({ ...producer, coordinatorEpoch: 0, result: "abort" }, 1);
    expect(seen).toEqual([
      ["a", 0, -1],
      ["b", 1, 7],
      ["c", 2, 7],
      ["commit", 7],
      ["abort", 7],
    ]);
    expect((await open()).seen).toEqual(seen);
  });
});
