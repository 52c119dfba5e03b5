import { RecordBatch } from "@ottla/protocol";
import { describe, expect, it } from "vitest";
import { batchOf } from "../storage/store-fixture.js";
import { decodeProducerSnapshot, encodeProducerSnapshot } from "./producer-snapshot.js";
import { type ProducerRules, ProducerStates } from "./producer-state.js";

const now = { wallMs: 5_000, monotonicMs: 100 };
const rules: ProducerRules = { origin: "client", where: "t-0", expiredBefore: 0, transactionVersion: 0 };
const largest = 2 ** 31 - 1;

interface Sent {
  readonly epoch?: number;
  readonly sequence: number;
  readonly count?: number;
  readonly isTransactional?: boolean;
}

function batch({ epoch = 0, sequence, count = 1, isTransactional = false }: Sent, baseOffset = 0): RecordBatch {
  const values = Array.from({ length: count }, () => "value");
  const header = { producerId: 1, producerEpoch: epoch, baseSequence: sequence, isTransactional, baseOffset };
  return RecordBatch.at(batchOf(values, header));
}

function after(sent: readonly Sent[]): ProducerStates {
  const states = new ProducerStates();
  let offset = 0;
  for (const each of sent) {
    states.add(batch(each, offset), now);
    offset += each.count ?? 1;
  }
  return states;
}

describe("what a producer may send next", () => {
  it.each([
    { title: "anything from an unknown one", before: [], next: { sequence: 17 } },
    { title: "the next sequence", before: [{ sequence: 0, count: 3 }], next: { sequence: 3 } },
    { title: "0 after the largest sequence", before: [{ sequence: largest }], next: { sequence: 0 } },
    {
      title: "what follows a batch that goes over the largest sequence",
      before: [{ sequence: largest, count: 3 }],
      next: { sequence: 2 },
    },
    { title: "0 in a newer epoch", before: [{ sequence: 9 }], next: { epoch: 1, sequence: 0 } },
  ])("accepts $title", ({ before, next }) => {
    expect(after(before).check(batch(next), rules)).toBeUndefined();
  });

  it.each([
    { title: "a gap", before: [{ sequence: 0 }], next: { sequence: 2 }, code: "OUT_OF_ORDER_SEQUENCE_NUMBER" },
    {
      title: "an older sequence",
      before: [{ sequence: 5 }],
      next: { sequence: 3 },
      code: "OUT_OF_ORDER_SEQUENCE_NUMBER",
    },
    {
      title: "other bounds",
      before: [{ sequence: 0, count: 2 }],
      next: { sequence: 0 },
      code: "OUT_OF_ORDER_SEQUENCE_NUMBER",
    },
    {
      title: "a newer epoch not at 0",
      before: [{ sequence: 0 }],
      next: { epoch: 1, sequence: 1 },
      code: "OUT_OF_ORDER_SEQUENCE_NUMBER",
    },
    {
      title: "an older epoch",
      before: [{ epoch: 2, sequence: 0 }],
      next: { epoch: 1, sequence: 0 },
      code: "INVALID_PRODUCER_EPOCH",
    },
    {
      title: "a batch outside of the open transaction",
      before: [{ sequence: 0, isTransactional: true }],
      next: { sequence: 1 },
      code: "INVALID_TXN_STATE",
    },
  ])("refuses $title", ({ before, next, code }) => {
    expect(() => after(before).check(batch(next), rules)).toThrow(expect.objectContaining({ code }));
  });

  it("knows each of the last five batches again, and none before", () => {
    const states = after(Array.from({ length: 8 }, (_, index) => ({ sequence: index * 2, count: 2 })));
    for (let index = 3; index < 8; index += 1) {
      const known = states.check(batch({ sequence: index * 2, count: 2 }), rules);
      expect(known).toMatchObject({ lastOffset: index * 2 + 1, offsetDelta: 1 });
    }
    expect(() => states.check(batch({ sequence: 4, count: 2 }), rules)).toThrow(/OUT_OF_ORDER/);
  });

  it("knows again a batch that went over the largest sequence", () => {
    const states = after([{ sequence: largest - 1, count: 4 }]);
    expect(states.check(batch({ sequence: largest - 1, count: 4 }), rules)).toMatchObject({ lastOffset: 3 });
  });

  it("goes through a snapshot all but its times, and no torn or changed snapshot is believed", () => {
    const states = after([{ sequence: 0 }, { sequence: 1, count: 2 }, { sequence: 3, isTransactional: true }]);
    const bytes = encodeProducerSnapshot(states.entries(), now);
    // Of the last batch it keeps when its producer was heard of, in place of its records' time.
    const known = [...states.entries()].map((entry) => ({
      ...entry,
      batches: entry.batches.map((batch, index, { length }) =>
        index === length - 1 ? { ...batch, timestamp: now.wallMs } : batch,
      ),
      lastTimestamp: now.wallMs,
    }));
    expect(decodeProducerSnapshot(bytes, now)).toEqual(known);
    for (let length = 0; length < bytes.length; length += 1) {
      expect(decodeProducerSnapshot(bytes.subarray(0, length), now)).toBeUndefined();
    }
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8((changed[at] ?? 0) ^ 1, at);
      expect(decodeProducerSnapshot(changed, now)).toBeUndefined();
    }
  });

  it("is written whatever fraction of a millisecond the monotonic clock is at", () => {
    const states = after([{ sequence: 0 }]);
    const bytes = encodeProducerSnapshot(states.entries(), { wallMs: 6_000, monotonicMs: 1_100.75 });
    expect(decodeProducerSnapshot(bytes, now)).toMatchObject([{ lastTimestamp: 4_999 }]);
  });

  it("counts the time it was away as idle, and no time for a clock that was set back", () => {
    const bytes = encodeProducerSnapshot(after([{ sequence: 0 }]).entries(), now);
    const seenAt = (wallMs: number) => decodeProducerSnapshot(bytes, { wallMs, monotonicMs: 7_000 })?.[0]?.seenAt;
    expect([seenAt(6_000), seenAt(1_000)]).toEqual([6_000, 7_000]);
  });
});
