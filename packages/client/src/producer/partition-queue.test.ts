import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PartitionQueue } from "./partition-queue.js";
import { nextSequence } from "./producer-batch.js";
import { producerSettings } from "./producer-options.js";
import type { RecordMetadata } from "./record-metadata.js";

const settings = producerSettings({ batchBytes: 500 }, { requestTimeoutMs: 1_000 });
const clock = { now: () => 0, monotonic: () => 0 };
const identity = { producerId: 9, producerEpoch: 0 };
const atOnce = Number.NEGATIVE_INFINITY;

const queueOf = (sizes: readonly number[]) => {
  const queue = new PartitionQueue("orders", 0, settings);
  const offsets: bigint[] = [];
  for (const [index, size] of sizes.entries()) {
    const record = { key: null, value: Buffer.alloc(size, index), timestamp: 5 };
    const sink = { delivered: ({ offset }: RecordMetadata) => offsets.push(offset), failed: () => {} };
    queue.append(record, size + 36, sink, clock);
  }
  return { queue, offsets };
};

describe("partition queue", () => {
  it("fills batches in order up to their size, and numbers them without gaps", () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 900 }), { minLength: 1, maxLength: 60 }), (sizes) => {
        const { queue, offsets } = queueOf(sizes);
        let sequence = 0;
        let offset = 0;
        for (let taken = 0; !queue.isIdle; taken += 1) {
          const batch = queue.take(1, identity);
          if (batch === undefined) throw new Error("no batch");
          const { count } = batch;
          expect(batch.sequence).toEqual({ ...identity, baseSequence: sequence });
          const bytes = batch.encode();
          if (count > 1) expect(bytes.length).toBeLessThanOrEqual(taken < settings.maxInFlight ? 500 : 500 * 16);
          sequence = nextSequence(sequence, count);
          queue.delivered(batch);
          batch.deliver(offset, -1);
          offset += count;
        }
        expect(offsets).toEqual(sizes.map((_, index) => BigInt(index)));
        expect(queue.unsettled).toEqual([]);
      }),
    );
  });

  it("sends nothing new behind a retry, which the broker would forget behind five others", () => {
    const { queue } = queueOf(Array.from({ length: 40 }, () => 100));
    const next = () => {
      const batch = queue.take(1, identity);
      if (batch === undefined) throw new Error("no batch");
      return batch;
    };
    const mayGo = () => queue.sendableAt(1, 0) < Number.POSITIVE_INFINITY;
    queue.delivered(next());
    const astray = next();
    // Sent by another connection before it is known that the first broke.
    const later = next();
    queue.retry(astray);
    expect(mayGo()).toBe(false);
    queue.delivered(later);
    expect(mayGo()).toBe(true);
    expect(next()).toBe(astray);
    expect(mayGo()).toBe(false);
    queue.delivered(astray);
    expect(mayGo()).toBe(true);
  });

  it("lets a batch grow while as many as may be under way are ahead of it, until the broker refuses one as too large", () => {
    const { queue } = queueOf(Array.from({ length: 60 }, () => 100));
    const sizes = (node: number) => {
      const batches = [];
      while (!queue.isIdle) batches.push(queue.take(node, identity));
      return batches.flatMap((batch) => (batch === undefined ? [] : [batch]));
    };
    const sent = sizes(1);
    expect(sent.map(({ count }) => count)).toEqual([3, 3, 3, 3, 3, 45]);
    const grown = sent[5];
    if (grown === undefined) throw new Error("no batch");
    expect(grown.sizeInBytes).toBeLessThanOrEqual(500 * 16);
    for (const batch of sent.slice(0, 5)) queue.delivered(batch);
    queue.replace(grown, grown.split());
    const halves = sizes(1);
    expect(halves.map(({ count }) => count)).toEqual([22, 23]);

    const record = { key: null, value: Buffer.alloc(100), timestamp: 5 };
    const sink = { delivered: () => {}, failed: () => {} };
    for (let index = 0; index < 100; index += 1) queue.append(record, 136, sink, clock);
    const next = sizes(1);
    expect(next.reduce((sum, { count }) => sum + count, 0)).toBe(100);
    for (const batch of next) expect(batch.sizeInBytes).toBeLessThanOrEqual(500 * 8);
  });

  it("sends a batch that outgrew its size at once when it may", () => {
    const { queue } = queueOf(Array.from({ length: 30 }, () => 100));
    const sent = Array.from({ length: 5 }, () => queue.take(1, identity));
    for (const batch of sent) if (batch !== undefined) queue.delivered(batch);
    expect(queue.nextSizeInBytes).toBeGreaterThan(500);
    expect(queue.sendableAt(1, 5_000)).toBeLessThanOrEqual(0);
  });

  it("keeps retries before what came later, with the sequences they had", () => {
    const { queue } = queueOf(Array.from({ length: 8 }, () => 400));
    const first = queue.take(1, identity);
    if (first === undefined) throw new Error("no batch");
    expect(queue.sendableAt(1, atOnce)).toBe(Number.POSITIVE_INFINITY);
    queue.delivered(first);
    const [a, b, c] = [queue.take(1, identity), queue.take(1, identity), queue.take(1, identity)];
    if (a === undefined || b === undefined || c === undefined) throw new Error("no batch");
    queue.retry(b);
    expect(queue.sendableAt(1, atOnce)).toBe(Number.POSITIVE_INFINITY);
    queue.retry(c);
    queue.retry(a);
    expect([queue.take(1, identity), queue.take(1, identity), queue.take(1, identity)]).toEqual([a, b, c]);
    expect([a, b, c].map(({ sequence }) => sequence?.baseSequence)).toEqual([1, 2, 3]);
  });

  it("does not send to a new leader before the old one has answered", () => {
    const { queue } = queueOf([400, 400, 400]);
    const first = queue.take(1, identity);
    if (first !== undefined) queue.delivered(first);
    queue.take(1, identity);
    expect(queue.sendableAt(1, atOnce)).toBeLessThanOrEqual(0);
    expect(queue.sendableAt(2, atOnce)).toBe(Number.POSITIVE_INFINITY);
  });

  it("needs another producer id when the epochs of its own are used up", () => {
    const { queue } = queueOf([400, 400, 400]);
    const last = { producerId: 9, producerEpoch: 32_767 };
    const first = queue.take(1, last);
    if (first === undefined) throw new Error("no batch");
    queue.outOfOrder(first);
    expect(queue.needsOtherId(last)).toBe(true);
    const other = { producerId: 10, producerEpoch: 0 };
    expect(queue.needsOtherId(other)).toBe(false);
    expect(queue.take(1, other)?.sequence).toEqual({ ...other, baseSequence: 0 });
  });

  it("counts sequences past 2^31 - 1 from 0 on", () => {
    expect(nextSequence(2 ** 31 - 1, 1)).toBe(0);
    expect(nextSequence(2 ** 31 - 3, 5)).toBe(2);
  });
});
