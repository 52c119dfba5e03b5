import { KafkaProtocolError, type ProtocolErrorCode, RecordBatch } from "@ottla/protocol";
import { describe, expect, it } from "vitest";
import { ManualTime, settled } from "../group/manual-time.test-kit.js";
import { FakeOffsetsLog } from "../group/offsets-log.test-kit.js";
import { silent } from "../logger.js";
import type { TransactionMarker } from "./transaction-markers.js";
import { TransactionShard } from "./transaction-shard.js";
import type { ProducerIdentity, TopicPartition } from "./transaction-state.js";

/** Markers that a test holds back, lets through or lets fail. */
class FakeMarkers {
  readonly written: string[] = [];
  isHeld = false;
  failures: ProtocolErrorCode[] = [];
  #waiting: (() => void)[] = [];

  async write({ topic, partition }: TopicPartition, marker: TransactionMarker): Promise<void> {
    if (this.isHeld) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    const failure = this.failures.shift();
    if (failure !== undefined) throw new KafkaProtocolError(failure, "as the test says");
    this.written.push(`${marker.result} ${topic}-${partition} ${marker.producerId}/${marker.producerEpoch}`);
  }

  release(): void {
    this.isHeld = false;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

async function opened(log = new FakeOffsetsLog(), markers = new FakeMarkers()) {
  const time = new ManualTime();
  let nextId = 100;
  const shard = await TransactionShard.open(log, {
    clock: time,
    timers: time,
    logger: silent,
    markers,
    nextProducerId: async () => nextId++,
    admissionWaitMs: () => 100,
    transactionVersion: () => 2,
  });
  const init = () => shard.run("tx", { kind: "initProducer", timeoutMs: 1_000, expected: undefined });
  const add = (producer: ProducerIdentity, topic: string) =>
    shard.run("tx", { kind: "addPartitions", producer, partitions: [{ topic, partition: 0 }], version: 2 });
  const end = (producer: ProducerIdentity, result: "commit" | "abort" = "commit") =>
    shard.run("tx", { kind: "end", producer, result, version: 2 });
  const admit = (producer: ProducerIdentity, topic: string) => shard.admit("tx", producer, [{ topic, partition: 0 }]);
  const kind = () => shard.states().get("tx")?.kind;
  return { shard, log, markers, time, init, add, end, admit, kind };
}

const settledAs = async (promise: Promise<unknown>): Promise<unknown> => {
  let outcome: unknown = "waits";
  promise.then(
    (value) => {
      outcome = value;
    },
    (error: unknown) => {
      outcome = error instanceof KafkaProtocolError ? error.code : error;
    },
  );
  await settled();
  return outcome;
};

describe("a shard of transactions", () => {
  it("tells a producer that another has followed that it is fenced, also while the other's transaction is being ended", async () => {
    const { markers, init, add, end } = await opened();
    const zombie = await init();
    const producer = await init();
    await add(producer, "orders");
    markers.isHeld = true;
    await end(producer);
    expect(await settledAs(end(zombie))).toBe("PRODUCER_FENCED");
    expect(await settledAs(add(zombie, "orders"))).toBe("PRODUCER_FENCED");
    expect(await settledAs(end(producer))).toBe("CONCURRENT_TRANSACTIONS");
    markers.release();
  });

  it("has a producer that knows its next epoch come again while its last transaction is being ended", async () => {
    const { markers, init, add, end } = await opened();
    const producer = await init();
    await add(producer, "orders");
    markers.isHeld = true;
    const next = await end(producer);
    expect(await settledAs(end(next, "abort"))).toBe("CONCURRENT_TRANSACTIONS");
    expect(await settledAs(end(producer))).toBe("CONCURRENT_TRANSACTIONS");
    const added = add(next, "orders");
    markers.release();
    await added;
  });

  it("answers when what it says is durable, and takes no other change before", async () => {
    const { log, init, add } = await opened();
    log.isHeld = true;
    const first = init();
    expect(await settledAs(first)).toBe("waits");
    expect(await settledAs(init())).toBe("CONCURRENT_TRANSACTIONS");
    log.sync();
    const producer = await first;
    const added = add(producer, "orders");
    expect(await settledAs(added)).toBe("waits");
    expect(await settledAs(add(producer, "bills"))).toBe("CONCURRENT_TRANSACTIONS");
    log.sync();
    expect(await settledAs(added)).toEqual(producer);
  });

  it("decides the end before any marker is written, and completes after the last", async () => {
    const { log, markers, init, add, end, kind } = await opened();
    const producer = await init();
    await add(producer, "orders");
    await add(producer, "bills");
    log.isHeld = true;
    const ended = end(producer);
    expect([await settledAs(ended), markers.written]).toEqual(["waits", []]);
    markers.isHeld = true;
    log.isHeld = false;
    log.sync();
    expect(await ended).toEqual({ ...producer, producerEpoch: 1 });
    expect(kind()).toBe("prepareCommit");
    expect(await settledAs(end(producer))).toBe("CONCURRENT_TRANSACTIONS");
    expect(await settledAs(init())).toBe("CONCURRENT_TRANSACTIONS");
    markers.release();
    await settled();
    expect(markers.written).toEqual(["commit orders-0 100/1", "commit bills-0 100/1"]);
    expect(kind()).toBe("completeCommit");
    expect(await end(producer)).toEqual({ ...producer, producerEpoch: 1 });
  });

  it("lets records in when their partition is durably in the transaction, and not before", async () => {
    const { log, init, admit } = await opened();
    const producer = await init();
    log.isHeld = true;
    const first = admit(producer, "orders");
    const again = admit(producer, "orders");
    const other = admit(producer, "bills");
    for (const wait of [first, again, other]) expect(await settledAs(Promise.resolve(wait))).toBe("waits");
    log.sync();
    await Promise.all([first, again, other]);
    expect([admit(producer, "orders"), admit(producer, "bills")]).toEqual([undefined, undefined]);
    expect(() => admit({ ...producer, producerEpoch: 3 }, "orders")).toThrow("PRODUCER_FENCED");
  });

  it("lets the records of the next transaction wait for the end of the last, but not for long", async () => {
    const { markers, time, init, add, end, admit, kind } = await opened();
    const producer = await init();
    await add(producer, "orders");
    markers.isHeld = true;
    const next = await end(producer);
    const late = settledAs(Promise.resolve(admit(next, "orders")));
    await time.advance(100);
    expect(await late).toBe("waits");
    const refused = admit(next, "orders");
    const code = settledAs(Promise.resolve(refused));
    await time.advance(101);
    expect(await settledAs(Promise.resolve(refused))).toBe("CONCURRENT_TRANSACTIONS");
    await code;
    const waiting = admit(next, "orders");
    const added = add(next, "bills");
    markers.release();
    await waiting;
    await admit(next, "orders");
    await added.catch(() => undefined);
    expect(admit(next, "orders")).toBeUndefined();
    expect(kind()).toBe("ongoing");
  });

  it("tries a marker again that its log could not take, and forgets one whose partition is gone", async () => {
    const { markers, time, init, add, end, kind } = await opened();
    const producer = await init();
    await add(producer, "orders");
    markers.failures = ["KAFKA_STORAGE_ERROR", "NOT_COORDINATOR"];
    const next = await end(producer, "abort");
    await settled();
    expect(kind()).toBe("prepareAbort");
    await time.advance(1_000);
    expect([kind(), markers.written]).toEqual(["completeAbort", ["abort orders-0 100/1"]]);
    await add(next, "deleted");
    markers.failures = ["UNKNOWN_TOPIC_OR_PARTITION"];
    await end(next);
    await settled();
    expect(kind()).toBe("completeCommit");
    expect(time.pending).toBe(0);
  });

  it("aborts what takes too long, and fences its producer", async () => {
    const { shard, markers, time, init, add, end, kind } = await opened();
    const producer = await init();
    await add(producer, "orders");
    await time.advance(1_000);
    await shard.abortTimedOut();
    expect(kind()).toBe("ongoing");
    await time.advance(1);
    await shard.abortTimedOut();
    await settled();
    expect([kind(), markers.written]).toEqual(["completeAbort", ["abort orders-0 100/1"]]);
    expect(await settledAs(add(producer, "orders"))).toBe("PRODUCER_FENCED");
    expect(await settledAs(end(producer))).toBe("INVALID_TXN_STATE");
  });

  it("forgets ids that nobody uses, but not an open transaction", async () => {
    const { shard, log, time, init, add } = await opened();
    await shard.run("idle", { kind: "initProducer", timeoutMs: 1_000, expected: undefined });
    const producer = await init();
    await add(producer, "orders");
    await shard.expireUnusedSince(time.now() - 1);
    expect([...shard.states().keys()]).toEqual(["idle", "tx"]);
    await shard.expireUnusedSince(time.now());
    expect([...shard.states().keys()]).toEqual(["tx"]);
    const loaded = await opened(new FakeOffsetsLog(0, log.batches));
    expect(loaded.shard.states()).toEqual(shard.states());
  });

  it("forgets any number of ids, so many in one batch", async () => {
    const { shard, log, time } = await opened();
    for (let each = 0; each < 1_500; each += 1) {
      await shard.run(`${each}`, { kind: "initProducer", timeoutMs: 1_000, expected: undefined });
    }
    const before = log.batches.length;
    await shard.expireUnusedSince(time.now());
    expect(shard.states().size).toBe(0);
    expect(log.batches.slice(before).map((bytes) => RecordBatch.at(bytes).recordCount)).toEqual([1_000, 500]);
  });

  it("goes on after a restart: what was open stays open, what was decided is carried out", async () => {
    const { log, markers, init, add, end } = await opened();
    const producer = await init();
    await add(producer, "orders");
    const open = await opened(new FakeOffsetsLog(0, log.batches));
    expect(open.kind()).toBe("ongoing");
    markers.isHeld = true;
    await end(producer);
    const decided = await opened(new FakeOffsetsLog(0, log.batches));
    await settled();
    expect([decided.kind(), decided.markers.written]).toEqual(["completeCommit", ["commit orders-0 100/1"]]);
    const over = await opened(new FakeOffsetsLog(0, decided.log.batches));
    expect([over.kind(), over.markers.written]).toEqual(["completeCommit", []]);
  });

  it("ends when its log fails: what was not durable was not said, and what is loaded again goes on", async () => {
    const { shard, log, init, add } = await opened();
    const producer = await init();
    log.isHeld = true;
    const added = add(producer, "orders");
    const admitted = Promise.resolve(shard.admit("tx", producer, [{ topic: "bills", partition: 0 }]));
    const codes = Promise.all([settledAs(added), settledAs(admitted)]);
    log.fail();
    expect(await codes).toEqual(["NOT_COORDINATOR", "NOT_COORDINATOR"]);
    expect(shard.isClosed).toBe(true);
    expect(await settledAs(init())).toBe("NOT_COORDINATOR");
    log.isHeld = false;
    const again = await opened(log);
    expect(again.kind()).toBe("empty");
    await again.add(producer, "orders");
    expect(again.kind()).toBe("ongoing");
  });

  it("stops trying when it is closed", async () => {
    const { shard, markers, time, init, add, end } = await opened();
    const producer = await init();
    await add(producer, "orders");
    markers.failures = ["KAFKA_STORAGE_ERROR"];
    await end(producer);
    await settled();
    shard.close();
    await time.advance(10_000);
    expect([markers.written, time.pending]).toEqual([[], 0]);
  });
});
