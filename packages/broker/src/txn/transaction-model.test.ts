import { KafkaProtocolError } from "@ottla/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ManualTime, settled } from "../group/manual-time.test-kit.js";
import { FakeOffsetsLog } from "../group/offsets-log.test-kit.js";
import { silent } from "../logger.js";
import { TransactionShard } from "./transaction-shard.js";
import type { ProducerIdentity, TransactionState } from "./transaction-state.js";

type Operation =
  | { readonly kind: "init"; readonly id: string; readonly knows: boolean }
  | { readonly kind: "add"; readonly id: string; readonly topic: string; readonly lag: number }
  | { readonly kind: "end"; readonly id: string; readonly result: "commit" | "abort"; readonly lag: number }
  | { readonly kind: "pass"; readonly ms: number }
  | { readonly kind: "timeouts" | "hold" | "sync" | "fail" | "crash" | "holdMarkers" | "releaseMarkers" };

const id = fc.constantFrom("a", "b");
// How many identities ago: producers that were fenced come back.
const lag = fc.constantFrom(0, 0, 0, 1, 2);
const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant<"init">("init"), id, knows: fc.boolean() }) },
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant<"add">("add"), id, topic: fc.constantFrom("x", "y", "z"), lag }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant<"end">("end"),
      id,
      result: fc.constantFrom<"commit" | "abort">("commit", "abort"),
      lag,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant<"pass">("pass"), ms: fc.constantFrom(10, 600, 2_000) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom<"timeouts" | "hold" | "sync" | "fail" | "crash" | "holdMarkers" | "releaseMarkers">(
        "timeouts",
        "hold",
        "sync",
        "sync",
        "fail",
        "crash",
        "holdMarkers",
        "releaseMarkers",
      ),
    }),
  },
);

const keyOf = ({ producerId, producerEpoch }: ProducerIdentity): string => `${producerId}/${producerEpoch}`;
const logged = (states: ReadonlyMap<string, TransactionState>) =>
  new Map([...states].map(([each, state]) => [each, { ...state, lastProducerEpoch: -1 }]));

/** What clients and partitions saw of the transactions of a coordinator that is stopped, crashed and starved of its disk. */
class Run {
  readonly #time = new ManualTime();
  #log = new FakeOffsetsLog();
  #shard: TransactionShard | undefined;
  #nextProducerId = 1;
  #areMarkersHeld = false;
  #heldMarkers: (() => void)[] = [];
  // By transactional id: who its producers were told to be, oldest first.
  readonly #identities = new Map<string, ProducerIdentity[]>();
  readonly #given = new Set<string>();
  // By the transaction's producer: what was added, and how the producer was told it ended.
  readonly #added = new Map<string, Set<string>>();
  readonly #ended = new Map<string, "commit" | "abort">();
  // By the marker's producer, whose epoch is the one after the transaction's.
  readonly #marked = new Map<string, Map<string, "commit" | "abort">>();

  async #coordinator(): Promise<TransactionShard> {
    if (this.#shard !== undefined && !this.#shard.isClosed) return this.#shard;
    this.#shard = await TransactionShard.open(this.#log, {
      clock: this.#time,
      timers: this.#time,
      logger: silent,
      markers: {
        write: async ({ topic }, { result, ...producer }) => {
          if (this.#areMarkersHeld) await new Promise<void>((resolve) => this.#heldMarkers.push(resolve));
          const marks = this.#marked.get(keyOf(producer)) ?? new Map<string, "commit" | "abort">();
          // The end of a transaction is one thing, in all partitions and however often it is written.
          for (const other of marks.values()) expect(other).toBe(result);
          this.#marked.set(keyOf(producer), marks.set(topic, result));
        },
      },
      nextProducerId: async () => this.#nextProducerId++,
      admissionWaitMs: () => 100,
      transactionVersion: () => 2,
    });
    return this.#shard;
  }

  async perform(operation: Operation): Promise<void> {
    const shard = await this.#coordinator();
    switch (operation.kind) {
      case "init": {
        const expected = operation.knows ? this.#identities.get(operation.id)?.at(-1) : undefined;
        const event = { kind: "initProducer", timeoutMs: 500, expected } as const;
        this.#expectKnown(
          shard.run(operation.id, event).then((producer) => {
            // Who came without a past is somebody new.
            if (expected === undefined) expect(this.#given.has(keyOf(producer))).toBe(false);
            this.#tell(operation.id, producer);
          }),
        );
        break;
      }
      case "add": {
        const producer = this.#producer(operation);
        const partitions = [{ topic: operation.topic, partition: 0 }];
        this.#expectKnown(
          shard.run(operation.id, { kind: "addPartitions", producer, partitions, version: 2 }).then(() => {
            const added = this.#added.get(keyOf(producer)) ?? new Set();
            this.#added.set(keyOf(producer), added.add(operation.topic));
          }),
        );
        break;
      }
      case "end": {
        const producer = this.#producer(operation);
        const { result } = operation;
        this.#expectKnown(
          shard.run(operation.id, { kind: "end", producer, result, version: 2 }).then((next) => {
            const before = this.#ended.get(keyOf(producer));
            if (before !== undefined) expect(before).toBe(result);
            this.#ended.set(keyOf(producer), result);
            expect(next).not.toEqual(producer);
            this.#tell(operation.id, next);
          }),
        );
        break;
      }
      case "pass":
        await this.#time.advance(operation.ms);
        break;
      case "timeouts":
        this.#expectKnown(shard.abortTimedOut());
        break;
      case "hold":
        this.#log.isHeld = true;
        break;
      case "sync":
        this.#log.isHeld = false;
        this.#log.sync();
        break;
      case "fail":
        this.#log.fail();
        this.#log.isHeld = false;
        break;
      case "crash":
        shard.close();
        // What was not durable is lost, and those who wait hear nothing.
        this.#log.fail();
        this.#log = new FakeOffsetsLog(0, this.#log.batches);
        this.#shard = undefined;
        break;
      case "holdMarkers":
        this.#areMarkersHeld = true;
        break;
      case "releaseMarkers":
        this.#release();
        break;
    }
    await settled();
  }

  /** In the end all is decided and carried out, and the log says the same as memory. */
  async finish(): Promise<void> {
    this.#release();
    await this.perform({ kind: "sync" });
    for (let round = 0; round < 3; round += 1) {
      await this.#time.advance(10_000);
      await this.perform({ kind: "timeouts" });
    }
    const shard = await this.#coordinator();
    for (const { kind } of shard.states().values())
      expect(["empty", "completeCommit", "completeAbort"]).toContain(kind);
    for (const [key, topics] of this.#added) {
      const [producerId = "", epoch = ""] = key.split("/");
      const marks = this.#marked.get(`${producerId}/${Number(epoch) + 1}`);
      const result = this.#ended.get(key) ?? "abort";
      expect([key, ...[...topics].map((topic) => marks?.get(topic))]).toEqual([key, ...[...topics].map(() => result)]);
    }
    const live = logged(shard.states());
    this.#log = new FakeOffsetsLog(0, this.#log.batches);
    this.#shard = undefined;
    expect(logged((await this.#coordinator()).states())).toEqual(live);
  }

  #release(): void {
    this.#areMarkersHeld = false;
    for (const resolve of this.#heldMarkers.splice(0)) resolve();
  }

  #tell(transactionalId: string, producer: ProducerIdentity): void {
    this.#given.add(keyOf(producer));
    this.#identities.set(transactionalId, [...(this.#identities.get(transactionalId) ?? []), producer]);
  }

  #producer({ id, lag }: { readonly id: string; readonly lag: number }): ProducerIdentity {
    return this.#identities.get(id)?.at(-1 - lag) ?? { producerId: 0, producerEpoch: 0 };
  }

  readonly failures: unknown[] = [];

  #expectKnown(promise: Promise<unknown>): void {
    promise.catch((error: unknown) => {
      if (!(error instanceof KafkaProtocolError)) this.failures.push(error);
    });
  }
}

describe("transactions of a coordinator", () => {
  it("end in one way everywhere, as their producers were told, over restarts, failures and fenced producers", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { minLength: 10, maxLength: 60, size: "max" }), async (operations) => {
        const run = new Run();
        for (const each of operations) await run.perform(each);
        await run.finish();
        expect(run.failures).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });
});
