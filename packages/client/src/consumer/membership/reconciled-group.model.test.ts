import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Fault } from "../../network/scripted-cluster.test-kit.js";
import { delay } from "../../world/delay.js";
import type { Consumer } from "../consumer.js";
import { type Orders, setUp } from "../consumer.test-kit.js";
import { partitionKey } from "../topic-partition.js";
import { ScriptedCoordinator } from "./scripted-coordinator.test-kit.js";

const partitionCount = 4;
const memberCount = 3;

type Action =
  | { readonly kind: "start" | "close" | "expel"; readonly member: number }
  | { readonly kind: "append"; readonly partition: number; readonly count: number }
  | { readonly kind: "advance"; readonly ms: number };

const orderly: fc.Arbitrary<Action> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom("start" as const, "close" as const), member: fc.nat(2) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("append" as const),
      partition: fc.nat(partitionCount - 1),
      count: fc.integer({ min: 1, max: 8 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("advance" as const), ms: fc.nat(4_000) }) },
);
const disorderly: fc.Arbitrary<Action> = fc.oneof(
  { weight: 8, arbitrary: orderly },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("expel" as const), member: fc.nat(memberCount - 1) }) },
);
const anyFault = fc.oneof(
  { weight: 5, arbitrary: fc.constant(undefined) },
  fc.constantFrom<Fault>("loseAnswer", "disconnect", "truncateAnswer", "ignore", "swallowAnswer"),
);

/** A group, what happens to it, and what became of each record. */
class Machine {
  readonly world;
  readonly cluster;
  readonly coordinator;
  /** How often each record was done, by partition and offset. */
  readonly done = new Map<string, number>();
  readonly early: string[] = [];
  readonly failures: unknown[] = [];
  readonly #appended = new Map<string, number>();
  readonly #group;
  readonly #consumer;
  readonly #handlerMs: number;
  readonly #members = new Map<number, { readonly consumer: Consumer<Orders>; readonly over: Promise<void> }>();
  #commitsSeen = 0;

  constructor(handlerMs: number) {
    const { world, cluster, group, consumer } = setUp({ partitions: partitionCount });
    this.world = world;
    this.cluster = cluster;
    this.coordinator = new ScriptedCoordinator(cluster);
    this.#group = group;
    this.#consumer = consumer;
    this.#handlerMs = handlerMs;
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
        this.#group.log("orders", action.partition).append(...Array.from({ length: action.count }, () => "v"));
        this.#appended.set(key, (this.#appended.get(key) ?? 0) + action.count);
        return;
      }
      case "advance":
        return this.world.advance(action.ms);
      case "expel": {
        const memberId = [...this.coordinator.members.keys()][action.member];
        if (memberId !== undefined) this.coordinator.expel(memberId);
      }
    }
  }

  /** Lets the group come to rest, all records be handled, and closes everything. */
  async end(isOrderly: boolean): Promise<void> {
    this.cluster.fault = () => undefined;
    // Those whose goodbye was lost.
    if (!isOrderly) for (const memberId of [...this.coordinator.members.keys()]) this.coordinator.expel(memberId);
    this.#start(0);
    for (let waitedMs = 0; !this.isAllDone && waitedMs < 300_000; waitedMs += 1_000) await this.world.advance(1_000);
    for (const member of [...this.#members.keys()]) await this.#close(member);
    await this.world.advance(60_000);
  }

  get isAllDone(): boolean {
    return [...this.#appended].every(([partition, count]) => {
      for (let offset = 0; offset < count; offset += 1) if (!this.done.has(`${partition}/${offset}`)) return false;
      return true;
    });
  }

  #start(member: number): void {
    if (this.#members.has(member)) return;
    const options = { groupProtocol: "consumer", rebalanceTimeoutMs: 10_000, autoCommitIntervalMs: 700 } as const;
    const consumer = this.#consumer(options);
    const handle = async ({ partition, offset }: { readonly partition: number; readonly offset: bigint }) => {
      if (this.#handlerMs > 0) await delay(this.world.timers, this.#handlerMs);
      const key = `${partitionKey({ topic: "orders", partition })}/${offset}`;
      this.done.set(key, (this.done.get(key) ?? 0) + 1);
    };
    const over = consumer.run({ orders: handle }, { concurrency: 2, orderBy: "partition" });
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

  #lookAtCommits(): void {
    for (const { partition, offset } of this.coordinator.commits.slice(this.#commitsSeen)) {
      for (let below = 0; below < offset; below += 1) {
        if (!this.done.has(`${partition}/${below}`)) this.early.push(`${partition} ${offset}: ${below} is not done`);
      }
    }
    this.#commitsSeen = this.coordinator.commits.length;
  }
}

const scenario = (action: fc.Arbitrary<Action>) => fc.array(action, { minLength: 1, maxLength: 25 });
const handlerMs = fc.constantFrom(0, 20, 300);
const runs = { numRuns: Number(process.env.GROUP_RUNS ?? 40), endOnFailure: false };

describe("whatever happens to a group that its coordinator divides", () => {
  it("every record is handled, none is committed before, and closing leaves nothing behind", async () => {
    await fc.assert(
      fc.asyncProperty(
        scenario(disorderly),
        fc.array(anyFault, { maxLength: 120 }),
        handlerMs,
        async (actions, faults, ms) => {
          const machine = new Machine(ms);
          let asked = 0;
          machine.cluster.fault = () => faults[asked++];
          for (const action of actions) await machine.do(action);
          await machine.end(false);
          expect(machine.failures).toEqual([]);
          expect(machine.early).toEqual([]);
          expect(machine.isAllDone).toBe(true);
          expect(machine.world.network.openConnections).toBe(0);
          expect(machine.world.pendingTimers).toBe(0);
        },
      ),
      runs,
    );
  });

  it("and members come and go in good order, each record is handled once", async () => {
    await fc.assert(
      fc.asyncProperty(scenario(orderly), handlerMs, async (actions, ms) => {
        const machine = new Machine(ms);
        for (const action of actions) await machine.do(action);
        await machine.end(true);
        expect(machine.failures).toEqual([]);
        expect(machine.isAllDone).toBe(true);
        expect([...machine.done].filter(([, times]) => times !== 1)).toEqual([]);
      }),
      runs,
    );
  });
});
