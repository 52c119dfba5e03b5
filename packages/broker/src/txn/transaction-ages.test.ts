import { describe, expect, it } from "vitest";
import { TransactionAges } from "./transaction-ages.js";
import type { TransactionState } from "./transaction-state.js";

const open = (startTimestamp: number): TransactionState => ({
  kind: "ongoing",
  producerId: 1,
  producerEpoch: 0,
  lastProducerEpoch: -1,
  previousProducerId: -1,
  timeoutMs: 1_000,
  lastUpdateTimestamp: startTimestamp,
  clientTransactionVersion: 2,
  startTimestamp,
  partitions: new Map(),
});

describe("the age of a transaction", () => {
  it("is what passed, however often and far the clock is set", () => {
    const time = { wall: 1_700_000_000_000, steady: 5 };
    const ages = new TransactionAges({ now: () => time.wall, monotonic: () => time.steady });
    ages.follow("tx", open(time.wall));
    for (const jumpMs of [86_400_000, -172_800_000]) {
      time.wall += jumpMs;
      time.steady += 300;
      ages.follow("tx", open(1_700_000_000_000));
    }
    expect(ages.openForMs("tx")).toBe(600);
    ages.follow("tx", { ...open(0), kind: "completeCommit" } as TransactionState);
    expect(ages.openForMs("tx")).toBe(0);
  });

  it("goes on over a restart by the wall clock, and is never less than nothing", () => {
    const ages = new TransactionAges({ now: () => 10_000, monotonic: () => 5 });
    ages.follow("before", open(9_000));
    ages.follow("after", open(90_000));
    expect([ages.openForMs("before"), ages.openForMs("after")]).toEqual([1_000, 0]);
  });
});
