import { ByteWriter } from "@ottla/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeTransactionRecord, encodeTransactionRecord } from "./transaction-records.js";
import type { TransactionState } from "./transaction-state.js";

const known = {
  producerId: fc.nat(),
  producerEpoch: fc.nat({ max: 32_767 }),
  previousProducerId: fc.integer({ min: -1 }),
  lastProducerEpoch: fc.constant(-1),
  timeoutMs: fc.nat(),
  lastUpdateTimestamp: fc.nat(),
  clientTransactionVersion: fc.constantFrom<0 | 2>(0, 2),
};
const startTimestamp = fc.nat();
const partitions = fc
  .dictionary(
    fc.string({ minLength: 1, maxLength: 9 }),
    fc.uniqueArray(fc.nat({ max: 99 }), { minLength: 1, maxLength: 4 }),
  )
  .map((topics) => new Map(Object.entries(topics).map(([topic, ids]) => [topic, new Set(ids)])));

const arbitraryState: fc.Arbitrary<TransactionState> = fc.oneof(
  fc.record({ kind: fc.constant<"empty">("empty"), ...known }),
  fc.record({ kind: fc.constant<"ongoing">("ongoing"), ...known, startTimestamp, partitions }),
  fc.record({
    kind: fc.constantFrom<"prepareCommit" | "prepareAbort">("prepareCommit", "prepareAbort"),
    ...known,
    startTimestamp,
    partitions,
    nextProducerId: fc.integer({ min: -1 }),
  }),
  fc.record({
    kind: fc.constantFrom<"completeCommit" | "completeAbort">("completeCommit", "completeAbort"),
    ...known,
    startTimestamp,
  }),
);

describe("the records of transactions", () => {
  it("say again all that they were told", () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1 }),
        fc.option(arbitraryState),
        fc.nat(2),
        (transactionalId, state, version) => {
          const encoded = encodeTransactionRecord({ transactionalId, state }, 5, version);
          expect(encoded.timestamp).toBe(5);
          expect(decodeTransactionRecord(encoded)).toEqual({ transactionalId, state });
        },
      ),
    );
  });

  it("are bytes as Kafka 4.3 writes them", () => {
    const state: TransactionState = {
      kind: "ongoing",
      producerId: 18,
      producerEpoch: 0,
      previousProducerId: 18,
      lastProducerEpoch: -1,
      timeoutMs: 200,
      lastUpdateTimestamp: 3,
      clientTransactionVersion: 2,
      startTimestamp: 2,
      partitions: new Map([["t", new Set([0])]]),
    };
    const { key, value } = encodeTransactionRecord({ transactionalId: "id", state }, 0);
    expect(key.toString("hex")).toBe("000000026964");
    expect(value?.toString("hex")).toBe(
      [
        "0001", // version
        "0000000000000012 0000 000000c8 01", // producer id, epoch, timeout, Ongoing
        "02 0274 02 00000000 00", // one topic, one partition
        "0000000000000003 0000000000000002", // last update, start
        "02 00 08 0000000000000012 02 02 0002", // tags 0 and 2
      ]
        .join("")
        .replaceAll(" ", ""),
    );
  });

  it.each([
    { title: "transaction.version 0", transactionVersion: 0, state: {}, version: 0 },
    { title: "transaction.version 1", transactionVersion: 1, state: {}, version: 1 },
    { title: "more to say", transactionVersion: 0, state: { previousProducerId: 17 }, version: 1 },
    {
      title: "a client of version 2",
      transactionVersion: 0,
      state: { clientTransactionVersion: 2 as const },
      version: 1,
    },
  ])("are of version $version with $title", ({ transactionVersion, state, version }) => {
    const plain = {
      kind: "empty" as const,
      producerId: 18,
      producerEpoch: 0,
      previousProducerId: -1,
      lastProducerEpoch: -1,
      timeoutMs: 200,
      lastUpdateTimestamp: 3,
      clientTransactionVersion: 0 as const,
    };
    const record = { transactionalId: "id", state: { ...plain, ...state } };
    expect(encodeTransactionRecord(record, 0, transactionVersion).value?.readInt16BE(0)).toBe(version);
  });

  it("of other kinds are passed over, and those of unknown versions or states refused", () => {
    const key = new ByteWriter();
    key.int16(1);
    expect(decodeTransactionRecord({ key: Buffer.concat(key.finish()), value: null })).toBeUndefined();
    const { key: own } = encodeTransactionRecord({ transactionalId: "id", state: null }, 0);
    expect(() => decodeTransactionRecord({ key: own, value: Buffer.from([0, 2]) })).toThrow("versions 0-1, not 2");
  });
});
