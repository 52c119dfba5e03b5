import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Fault } from "../network/scripted-cluster.test-kit.js";
import { delay } from "../world/delay.js";
import type { Consumer } from "./consumer.js";
import { type Orders, setUp } from "./consumer.test-kit.js";
import { FailedRecordError } from "./consumer-errors.js";
import type { ConsumerOptions } from "./consumer-options.js";
import { failureIn } from "./dead-letter/failure-headers.js";
import { partitionKey } from "./topic-partition.js";

const partitionCount = 3;
const members = 3;

type Action =
  | { readonly kind: "start" | "close"; readonly member: number }
  | { readonly kind: "append"; readonly partition: number; readonly count: number }
  | { readonly kind: "advance"; readonly ms: number }
  | { readonly kind: "rebalance" }
  /** The coordinator takes a member for dead. */
  | { readonly kind: "expel"; readonly member: number };

const anyMember = fc.nat(members - 1);
const orderly: fc.Arbitrary<Action> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom("start" as const, "close" as const), member: anyMember }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("append" as const),
      partition: fc.nat(partitionCount - 1),
      count: fc.integer({ min: 1, max: 8 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("advance" as const), ms: fc.nat(4_000) }) },
  { weight: 1, arbitrary: fc.constant<Action>({ kind: "rebalance" }) },
);
const disorderly: fc.Arbitrary<Action> = fc.oneof(
  { weight: 8, arbitrary: orderly },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("expel" as const), member: anyMember }) },
);
const anyFault = fc.oneof(
  { weight: 5, arbitrary: fc.constant(undefined) },
  fc.constantFrom<Fault>("loseAnswer", "disconnect", "truncateAnswer", "ignore", "swallowAnswer"),
);
const anyOptions = fc.record({
  assignors: fc.constantFrom<ConsumerOptions<Orders>["assignors"]>(["cooperative-sticky"], ["range"]),
  concurrency: fc.constantFrom(1, 4),
  orderBy: fc.constantFrom("partition" as const, "key" as const),
  handlerMs: fc.constantFrom(0, 20, 300),
  /** What every fifth record does: it fails twice and is handled, or fails always and goes to the dead-letter topic. */
  failing: fc.constantFrom("never" as const, "twice" as const, "always" as const),
});

/** A group, what happens to it, and what became of each record. */
class Machine {
  readonly world;
  readonly cluster;
  readonly group;
  /** How often each record was done, by partition and offset. */
  readonly done = new Map<string, number>();
  readonly appended = new Map<string, number>();
  /** Commits of records that were not done. */
  readonly early: string[] = [];
  readonly failures: unknown[] = [];
  readonly #attempts = new Map<string, number>();
  readonly #letters;
  #lettersSeen = 0;
  readonly #consumer;
  readonly #options;
  readonly #members = new Map<number, { readonly consumer: Consumer<Orders>; readonly over: Promise<void> }>();
  #commitsSeen = 0;

  constructor(options: typeof anyOptions extends fc.Arbitrary<infer O> ? O : never) {
    const { world, cluster, group, consumer, produced } = setUp({ partitions: partitionCount });
    cluster.topic("orders.dlq", 1);
    this.#letters = () => produced("orders.dlq");
    this.world = world;
    this.cluster = cluster;
    this.group = group;
    this.#consumer = consumer;
    this.#options = options;
    cluster.afterwards = ({ api }) => {
      if (api === "OffsetCommit") this.#lookAtCommits();
    };
  }

  async do(action: Action): Promise<void> {
    switch (action.kind) {
      case "start":
        return this.#start(action.member);
      case "close":
        return this.#close(action.member);
      case "append": {
        const key = partitionKey({ topic: "orders", partition: action.partition });
        const values = Array.from({ length: action.count }, (_, index) => `k${index % 3}:v`);
        this.group.log("orders", action.partition).append(...values);
        this.appended.set(key, (this.appended.get(key) ?? 0) + action.count);
        return;
      }
      case "advance":
        return this.world.advance(action.ms);
      case "rebalance":
        return this.group.rebalance();
      case "expel": {
        const memberId = this.group.memberIds[action.member];
        if (memberId !== undefined) this.group.expel(memberId);
      }
    }
  }

  /** Lets the group come to rest, all records be handled, and closes everything. */
  async end(): Promise<void> {
    this.cluster.fault = () => undefined;
    // Those whose goodbye was lost.
    for (const memberId of this.group.memberIds) this.group.expel(memberId);
    this.#start(0);
    for (let waitedMs = 0; !this.isAllDone && waitedMs < 300_000; waitedMs += 1_000) await this.world.advance(1_000);
    for (const member of [...this.#members.keys()]) await this.#close(member);
    // A broker may hold a fetch of a connection that is gone.
    await this.world.advance(60_000);
  }

  get isAllDone(): boolean {
    this.#lookAtLetters();
    return [...this.appended].every(([partition, count]) => {
      for (let offset = 0; offset < count; offset += 1) if (!this.done.has(`${partition}/${offset}`)) return false;
      return true;
    });
  }

  #start(member: number): void {
    if (this.#members.has(member)) return;
    const { assignors, concurrency, orderBy, handlerMs, failing } = this.#options;
    const consumer = this.#consumer({ assignors, rebalanceTimeoutMs: 10_000, autoCommitIntervalMs: 700 });
    const handle = async (record: { readonly partition: number; readonly offset: bigint }) => {
      if (handlerMs > 0) await delay(this.world.timers, handlerMs);
      const key = `${partitionKey({ topic: "orders", partition: record.partition })}/${record.offset}`;
      if (failing !== "never" && record.offset % 5n === 0n) {
        const before = this.#attempts.get(key) ?? 0;
        this.#attempts.set(key, before + 1);
        if (failing === "always" || before < 2) throw new Error("not now");
      }
      this.done.set(key, (this.done.get(key) ?? 0) + 1);
    };
    const run = async (): Promise<void> => {
      const retry = { attempts: 3, initialMs: 50 };
      const options = { concurrency, orderBy, retry, onFailure: "deadLetter", createTopics: false } as const;
      try {
        await consumer.run({ orders: handle }, options);
      } catch (error) {
        // A dead-letter topic that could not be reached for long: the record is read again.
        if (!(error instanceof FailedRecordError)) throw error;
        await run();
      }
    };
    const over = failing === "never" ? consumer.run({ orders: handle }, { concurrency, orderBy }) : run();
    over.catch((error: unknown) => this.failures.push(error));
    this.#members.set(member, { consumer, over });
  }

  async #close(member: number): Promise<void> {
    const known = this.#members.get(member);
    if (known === undefined) return;
    this.#members.delete(member);
    const since = this.world.clock.monotonic();
    await this.world.finish(known.consumer.close());
    await this.world.finish(known.over);
    expect(this.world.clock.monotonic() - since).toBeLessThan(30_000);
  }

  /** A record in the dead-letter topic is done. */
  #lookAtLetters(): void {
    const letters = this.#letters();
    for (const letter of letters.slice(this.#lettersSeen)) {
      const { partition = 0, offset = 0n } = failureIn(letter.headers) ?? {};
      const key = `${partitionKey({ topic: "orders", partition })}/${offset}`;
      this.done.set(key, (this.done.get(key) ?? 0) + 1);
    }
    this.#lettersSeen = letters.length;
  }

  #lookAtCommits(): void {
    this.#lookAtLetters();
    for (const { partition, offset } of this.group.commits.slice(this.#commitsSeen)) {
      for (let below = 0; below < offset; below += 1) {
        if (!this.done.has(`${partition}/${below}`)) this.early.push(`${partition} ${offset}: ${below} is not done`);
      }
    }
    this.#commitsSeen = this.group.commits.length;
  }
}

const scenario = (action: fc.Arbitrary<Action>) => fc.array(action, { minLength: 1, maxLength: 25 });

describe("whatever happens to a group", () => {
  it("every record is handled, none is committed before, and closing leaves nothing behind", async () => {
    await fc.assert(
      fc.asyncProperty(
        scenario(disorderly),
        fc.array(anyFault, { maxLength: 120 }),
        anyOptions,
        async (actions, faults, options) => {
          const machine = new Machine(options);
          let asked = 0;
          machine.cluster.fault = () => faults[asked++];
          for (const action of actions) await machine.do(action);
          await machine.end();
          expect(machine.failures).toEqual([]);
          expect(machine.early).toEqual([]);
          expect(machine.isAllDone).toBe(true);
          expect(machine.world.network.openConnections).toBe(0);
          expect(machine.world.pendingTimers).toBe(0);
        },
      ),
      { numRuns: Number(process.env.GROUP_RUNS ?? 60), endOnFailure: false },
    );
  });

  it("and members come and go in good order, each record is handled once", async () => {
    // In the order of keys a record can be done before one that is ahead of it in its partition, and comes again after a revoke.
    const inOrder = anyOptions.map((options) => ({ ...options, orderBy: "partition" as const }));
    await fc.assert(
      fc.asyncProperty(scenario(orderly), inOrder, async (actions, options) => {
        const machine = new Machine(options);
        for (const action of actions) await machine.do(action);
        for (let member = 0; member < members; member += 1) await machine.do({ kind: "close", member });
        await machine.end();
        expect(machine.isAllDone).toBe(true);
        expect([...machine.done.values()].every((times) => times === 1)).toBe(true);
        for (const [partition, count] of machine.appended) expect(machine.group.committed.get(partition)).toBe(count);
      }),
      { numRuns: Number(process.env.GROUP_RUNS ?? 60), endOnFailure: false },
    );
  });
});
