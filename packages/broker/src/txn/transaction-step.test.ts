import { describe, expect, it } from "vitest";
import type { TransactionEvent, Transition } from "./transaction-event.js";
import {
  type CompletedTransaction,
  type EmptyTransaction,
  isPrepared,
  type OngoingTransaction,
  type PreparedTransaction,
  type TransactionState,
} from "./transaction-state.js";
import { step } from "./transaction-step.js";

const now = 10_000;
const epoch = 5;
const known = {
  producerId: 70,
  producerEpoch: epoch,
  previousProducerId: 70,
  lastProducerEpoch: -1,
  timeoutMs: 1_000,
  lastUpdateTimestamp: 9_000,
  clientTransactionVersion: 2,
} as const;
const partitions = new Map([["orders", new Set([0])]]);
const empty: EmptyTransaction = { ...known, kind: "empty" };
const ongoing: OngoingTransaction = { ...known, kind: "ongoing", startTimestamp: 8_500, partitions };
const prepared = (kind: PreparedTransaction["kind"]): PreparedTransaction => ({ ...ongoing, kind, nextProducerId: -1 });
const completed = (kind: CompletedTransaction["kind"]): CompletedTransaction => ({
  ...known,
  kind,
  startTimestamp: 8_500,
});
const states = {
  empty,
  ongoing,
  prepareCommit: prepared("prepareCommit"),
  prepareAbort: prepared("prepareAbort"),
  completeCommit: completed("completeCommit"),
  completeAbort: completed("completeAbort"),
};

const happens = (state: TransactionState | undefined, event: TransactionEvent, freshProducerId?: number): Transition =>
  step(state, event, { now, freshProducerId });
const changeOf = (transition: Transition): TransactionState => {
  if (transition.kind !== "changed") throw new Error(`It was ${JSON.stringify(transition)}`);
  return transition.next;
};
/** The end of the table's cells: what was answered, and whether the epoch was bumped for it. */
const outcomeOf = (transition: Transition): string => {
  if (transition.kind === "refused") return transition.error;
  if (transition.kind === "changed") return `epoch ${transition.producer.producerEpoch}`;
  return transition.kind === "unchanged" ? `done, epoch ${transition.producer.producerEpoch}` : "needs an id";
};

const fenced = "PRODUCER_FENCED";
const invalid = "INVALID_TXN_STATE";
const concurrent = "CONCURRENT_TRANSACTIONS";
const bump = `epoch ${epoch + 1}`;
const done = `done, epoch ${epoch}`;

describe("the end of a transaction", () => {
  // The columns are the epochs that a request may come with: older, the one before, the current one, a newer one.
  const epochs = [epoch - 2, epoch - 1, epoch, epoch + 1];
  it.each<[keyof typeof states, "abort" | "commit", readonly string[]]>([
    ["empty", "abort", [fenced, fenced, bump, fenced]],
    ["empty", "commit", [fenced, fenced, invalid, fenced]],
    ["ongoing", "abort", [fenced, fenced, bump, fenced]],
    ["ongoing", "commit", [fenced, fenced, bump, fenced]],
    ["prepareAbort", "abort", [fenced, concurrent, fenced, fenced]],
    ["prepareAbort", "commit", [fenced, invalid, fenced, fenced]],
    ["prepareCommit", "abort", [fenced, invalid, fenced, fenced]],
    ["prepareCommit", "commit", [fenced, concurrent, fenced, fenced]],
    ["completeAbort", "abort", [fenced, done, bump, fenced]],
    ["completeAbort", "commit", [fenced, invalid, invalid, fenced]],
    ["completeCommit", "abort", [fenced, invalid, bump, fenced]],
    ["completeCommit", "commit", [fenced, done, invalid, fenced]],
  ])("from %s by %s, by epoch, as KIP-890 has it", (state, result, outcomes) => {
    const answers = epochs.map((producerEpoch) =>
      outcomeOf(
        happens(states[state], { kind: "end", producer: { producerId: 70, producerEpoch }, result, version: 2 }),
      ),
    );
    expect(answers).toEqual(outcomes);
  });

  it.each<[keyof typeof states, "abort" | "commit", string]>([
    ["empty", "abort", invalid],
    ["empty", "commit", invalid],
    ["ongoing", "abort", `epoch ${epoch}`],
    ["ongoing", "commit", `epoch ${epoch}`],
    ["prepareAbort", "abort", concurrent],
    ["prepareAbort", "commit", invalid],
    ["prepareCommit", "abort", invalid],
    ["prepareCommit", "commit", concurrent],
    ["completeAbort", "abort", done],
    ["completeAbort", "commit", invalid],
    ["completeCommit", "abort", invalid],
    ["completeCommit", "commit", done],
  ])("from %s by %s keeps the epoch, and takes no other, for older clients", (state, result, outcome) => {
    const end = (producerEpoch: number) =>
      outcomeOf(
        happens(states[state], { kind: "end", producer: { producerId: 70, producerEpoch }, result, version: 0 }),
      );
    expect([epoch - 1, epoch, epoch + 1].map(end)).toEqual([fenced, outcome, fenced]);
  });

  it.each([undefined, ...Object.values(states)])("is refused to another producer id", (state) => {
    for (const version of [0, 2] as const) {
      const producer = { producerId: 71, producerEpoch: epoch };
      const outcome = outcomeOf(happens(state, { kind: "end", producer, result: "abort", version }));
      expect(outcome).toBe("INVALID_PRODUCER_ID_MAPPING");
    }
  });

  it("keeps partitions and start until the markers are written", () => {
    const producer = { producerId: 70, producerEpoch: epoch };
    const next = changeOf(happens(ongoing, { kind: "end", producer, result: "commit", version: 2 }));
    expect(next).toEqual({
      ...ongoing,
      kind: "prepareCommit",
      producerEpoch: epoch + 1,
      lastProducerEpoch: epoch,
      nextProducerId: -1,
      lastUpdateTimestamp: now,
    });
    const over = changeOf(happens(next, { kind: "markersWritten" }));
    expect(over).toMatchObject({ kind: "completeCommit", producerEpoch: epoch + 1, startTimestamp: 8_500 });
  });

  it("gives a new producer id when the epochs are used up, also to the one that asks again", () => {
    const last = 32_766;
    const producer = { producerId: 70, producerEpoch: last };
    const end = { kind: "end", producer, result: "commit", version: 2 } as const;
    const worn = { ...ongoing, producerEpoch: last };
    expect(happens(worn, end)).toEqual({ kind: "needsProducerId" });
    const transition = happens(worn, end, 99);
    expect(transition).toMatchObject({ kind: "changed", producer: { producerId: 99, producerEpoch: 0 } });
    const next = changeOf(transition);
    expect(next).toMatchObject({ producerId: 70, producerEpoch: 32_767, nextProducerId: 99 });
    const over = changeOf(happens(next, { kind: "markersWritten" }));
    expect(over).toMatchObject({ producerId: 99, producerEpoch: 0, previousProducerId: 70, lastProducerEpoch: last });
    expect(happens(over, end)).toEqual({ kind: "unchanged", producer: { producerId: 99, producerEpoch: 0 } });
    const init = { kind: "initProducer", timeoutMs: 1_000, expected: producer } as const;
    expect(happens(over, init)).toMatchObject({ kind: "changed", producer: { producerId: 99, producerEpoch: 0 } });
  });

  it("by its time fences the producer once, and not before its time", () => {
    const next = changeOf(happens(ongoing, { kind: "timedOut" }));
    expect(next).toMatchObject({ kind: "prepareAbort", producerEpoch: epoch + 1, lastProducerEpoch: epoch });
    for (const state of [undefined, empty, states.prepareCommit, states.completeAbort]) {
      expect(happens(state, { kind: "timedOut" }).kind).toBe("refused");
    }
  });

  it("of a producer with the last epoch there is does not go past it", () => {
    const next = changeOf(happens({ ...ongoing, producerEpoch: 32_767 }, { kind: "timedOut" }));
    expect(next).toMatchObject({ kind: "prepareAbort", producerEpoch: 32_767 });
  });
});

describe("a producer that begins", () => {
  const init = (
    state: TransactionState | undefined,
    expected?: { producerId: number; producerEpoch: number },
    fresh?: number,
  ) => happens(state, { kind: "initProducer", timeoutMs: 2_000, expected }, fresh);

  it("is given an id of its own, whatever it believed to be", () => {
    expect(init(undefined)).toEqual({ kind: "needsProducerId" });
    for (const expected of [undefined, { producerId: 3, producerEpoch: 4 }]) {
      const state = changeOf(init(undefined, expected, 99));
      expect(state).toMatchObject({ kind: "empty", producerId: 99, producerEpoch: 0, timeoutMs: 2_000 });
    }
  });

  it.each([empty, states.completeAbort, states.completeCommit])("fences who was there before ($kind)", (state) => {
    const next = changeOf(init({ ...state, lastProducerEpoch: epoch - 1 }));
    expect(next).toMatchObject({ kind: "empty", producerEpoch: epoch + 1, lastProducerEpoch: -1, timeoutMs: 2_000 });
  });

  it("goes on after an error with the next epoch, and with the same when it asks again (KIP-360)", () => {
    const me = { producerId: 70, producerEpoch: epoch };
    const next = changeOf(init(empty, me));
    expect(next).toMatchObject({ producerEpoch: epoch + 1, lastProducerEpoch: epoch });
    expect(changeOf(init(next, me))).toMatchObject({ producerEpoch: epoch + 1, lastProducerEpoch: epoch });
    const other = changeOf(init(next));
    expect(init(other, me)).toEqual({ kind: "refused", error: fenced });
  });

  it.each([
    { producerId: 70, producerEpoch: epoch - 1 },
    { producerId: 70, producerEpoch: epoch + 1 },
    { producerId: 71, producerEpoch: epoch },
  ])("is fenced when it is not the current one: $producerId, $producerEpoch", (expected) => {
    expect(init(empty, expected)).toEqual({ kind: "refused", error: fenced });
  });

  it("is told to come again while its open transaction is aborted, with an epoch nobody is given", () => {
    const transition = init(ongoing);
    expect(transition).toMatchObject({ kind: "changed", isRetriedLater: true });
    const next = changeOf(transition);
    expect(next).toMatchObject({ kind: "prepareAbort", producerEpoch: epoch + 1 });
    expect(init(next)).toEqual({ kind: "refused", error: concurrent });
    expect(init(states.prepareCommit)).toEqual({ kind: "refused", error: concurrent });
    const over = changeOf(happens(next, { kind: "markersWritten" }));
    expect(changeOf(init(over))).toMatchObject({ kind: "empty", producerEpoch: epoch + 2 });
  });

  it("is never given the last epoch, which only fences, but a new id, and the same when it asks again", () => {
    const me = { producerId: 70, producerEpoch: 32_766 };
    const timedOut = { ...states.completeAbort, producerEpoch: 32_767, lastProducerEpoch: 32_766 };
    expect(init(timedOut, me)).toEqual({ kind: "needsProducerId" });
    const next = changeOf(init(timedOut, me, 99));
    expect(next).toMatchObject({ producerId: 99, producerEpoch: 0, previousProducerId: 70 });
    expect(changeOf(init(next, me))).toMatchObject({ producerId: 99, producerEpoch: 0 });
  });

  it("is given a new id when the epochs are used up", () => {
    for (const producerEpoch of [32_766, 32_767]) {
      const worn = { ...states.completeAbort, producerEpoch };
      expect(init(worn)).toEqual({ kind: "needsProducerId" });
      const next = changeOf(init(worn, undefined, 99));
      expect(next).toMatchObject({ kind: "empty", producerId: 99, producerEpoch: 0, previousProducerId: 70 });
    }
  });
});

describe("partitions of a transaction", () => {
  const add = (state: TransactionState | undefined, topics: readonly string[], producerEpoch = epoch) =>
    happens(state, {
      kind: "addPartitions",
      producer: { producerId: 70, producerEpoch },
      partitions: topics.map((topic) => ({ topic, partition: 0 })),
      version: 2,
    });

  it.each([empty, states.completeAbort, states.completeCommit])("begin it ($kind)", (state) => {
    expect(changeOf(add(state, ["orders"]))).toMatchObject({ kind: "ongoing", startTimestamp: now, partitions });
  });

  it("are added to those that are in it, once", () => {
    const next = changeOf(add(ongoing, ["orders", "bills", "bills"]));
    expect(next).toMatchObject({ kind: "ongoing", startTimestamp: 8_500 });
    expect(next.kind === "ongoing" && next.partitions).toEqual(new Map([...partitions, ["bills", new Set([0])]]));
    expect(add(ongoing, ["orders"])).toEqual({
      kind: "unchanged",
      producer: { producerId: 70, producerEpoch: epoch },
    });
    expect(ongoing.partitions.size).toBe(1);
  });

  it("may be none: the transaction begins all the same", () => {
    expect(changeOf(add(empty, [])).kind).toBe("ongoing");
  });

  it("wait for the last transaction, and for nobody who is fenced", () => {
    for (const state of Object.values(states)) {
      expect(outcomeOf(add(state, ["orders"], epoch - 1))).toBe(fenced);
      if (isPrepared(state)) expect(outcomeOf(add(state, ["orders"]))).toBe(concurrent);
    }
    expect(outcomeOf(add(undefined, ["orders"]))).toBe("INVALID_PRODUCER_ID_MAPPING");
  });
});
