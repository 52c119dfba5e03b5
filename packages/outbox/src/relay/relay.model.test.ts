import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createInbox } from "../inbox/inbox.js";
import type { InboxRecord } from "../inbox/record-id.js";
import type { SqlTxSync } from "../sql/sql.js";
import type { Appeared, FakePublisher, Outcome } from "../test-kit/fake-publisher.test-kit.js";
import { Shop, type TestRelay } from "../test-kit/shop.test-kit.js";

type Action =
  | { readonly kind: "add"; readonly keys: readonly number[]; readonly ending: "commit" | "rollback" | "savepoint" }
  | { readonly kind: "crash"; readonly relay: number; readonly when: "now" | "published" | "settled" }
  | { readonly kind: "stop"; readonly relay: number }
  | { readonly kind: "expire" }
  | { readonly kind: "advance"; readonly ms: number };

const anyKeys = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 6 });
const anyAction: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("add" as const),
      keys: anyKeys,
      ending: fc.constantFrom("commit", "commit", "rollback", "savepoint"),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("crash" as const),
      relay: fc.nat(1),
      when: fc.constantFrom("now", "published", "settled"),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("stop" as const), relay: fc.nat(1) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("expire" as const) }) },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant("advance" as const), ms: fc.integer({ min: 0, max: 4_000 }) }),
  },
);
const anyOutcomes = fc.array(
  fc.constantFrom<Outcome>("ok", "ok", "ok", "ok", "retriable", "ackLost", "tooLarge", "hang", "fatal"),
  {
    minLength: 1,
    maxLength: 30,
  },
);

/** Two relays over one shop, both publishing into one log, and the actions that happen to them. */
class Machine {
  readonly log: Appeared[] = [];
  /** Values of committed events by key, in the order of their commits. */
  readonly committed = new Map<string, string[]>();
  readonly #shop: Shop;
  readonly #outcomes: readonly Outcome[];
  readonly #failsInOrder: boolean;
  readonly #relays: (TestRelay | undefined)[] = [undefined, undefined];
  #added = 0;
  #sends = 0;
  /** From here on everything is accepted. */
  #isCalm = false;

  constructor(shop: Shop, outcomes: readonly Outcome[], failsInOrder: boolean) {
    this.#shop = shop;
    this.#outcomes = outcomes;
    this.#failsInOrder = failsInOrder;
    this.#start(0);
    this.#start(1);
  }

  async do(action: Action): Promise<void> {
    switch (action.kind) {
      case "add":
        return this.#add(action.keys, action.ending);
      case "advance":
        return this.#shop.world.advance(action.ms);
      case "expire":
        // As when the owner's machine was suspended for longer than its lease.
        this.#shop.tx.query("update outbox_cursor set lease_until = 0");
        return this.#shop.world.advance(50);
      case "stop": {
        await this.#shop.world.resolved(this.#relay(action.relay).relay.close({ graceMs: 500 }));
        return this.#start(action.relay);
      }
      case "crash": {
        const relay = this.#relay(action.relay);
        if (action.when !== "now") {
          relay.relay.on(action.when, () => relay.die());
          this.#add([0, 1], "commit");
          await this.#shop.world.advance(100);
        }
        await relay.crash();
        this.#start(action.relay);
      }
    }
  }

  /** Lets everything be sent that ever will be. */
  async calm(): Promise<void> {
    this.#isCalm = true;
    for (const relay of [0, 1]) if (this.#relays[relay] === undefined) this.#start(relay);
    const isDone = () => {
      const [row] = this.#shop.tx.query<{ left: number }>(
        "select (select count(*) from outbox_stalled) + (select count(*) from outbox_message where id > (select last_id from outbox_cursor)) as left from (select 1)",
      );
      return row?.left === 0;
    };
    await this.#shop.world.until(isDone, 600_000);
  }

  #relay(index: number): TestRelay {
    const relay = this.#relays[index];
    if (relay === undefined) throw new Error(`no relay ${index}`);
    return relay;
  }

  #start(index: number): void {
    const publisher: FakePublisher = this.#shop.publisher();
    Object.assign(publisher, { log: this.log, failsInOrder: this.#failsInOrder });
    publisher.decide = () => {
      const outcome = this.#outcomes[this.#sends++ % this.#outcomes.length] ?? "ok";
      return this.#isCalm ? "ok" : outcome;
    };
    const tuning = { leaseMs: 1_000, sendTimeoutMs: 3_000, slowSendMs: 500, maxInFlight: 4, maxAttempts: 1_000 };
    const relay = this.#shop.relay(publisher, tuning);
    relay.expectsErrors = true;
    relay.relay.on("error", ({ error }) => {
      const isOurs = error instanceof Error && /closed|gone/.test(error.message);
      if (!isOurs) this.failures.push(error);
    });
    this.#relays[index] = relay;
  }

  readonly failures: unknown[] = [];

  #add(keys: readonly number[], ending: "commit" | "rollback" | "savepoint"): void {
    const added = keys.map((key) => ({ key: `k${key}`, value: String(this.#added++) }));
    const kept = ending === "commit" ? added : ending === "rollback" ? [] : added.slice(0, 1);
    const add = (tx: SqlTxSync) => {
      for (const [index, { key, value }] of added.entries()) {
        if (ending === "savepoint" && index === 1) tx.query("savepoint inner_part");
        this.#shop.addIn(tx, `${key}=${value}`);
      }
      if (ending === "savepoint" && added.length > 1) tx.query("rollback to inner_part");
      if (ending === "rollback") throw new Error("rolled back");
    };
    try {
      this.#shop.transactions.run(add);
    } catch (error) {
      if (!(error instanceof Error) || error.message !== "rolled back") throw error;
    }
    for (const { key, value } of kept) {
      const values = this.committed.get(key) ?? [];
      values.push(value);
      this.committed.set(key, values);
    }
  }
}

describe("whatever happens to a shop and its relays", () => {
  it.each([
    { title: "each record for itself", failsInOrder: false },
    { title: "in order", failsInOrder: true },
  ])(
    "every committed event appears, first in key order, duplicates under one id, and its effect happens once, when sends fail $title",
    async ({ failsInOrder }) => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(anyAction, { minLength: 1, maxLength: 14 }),
          anyOutcomes,
          async (actions, outcomes) => {
            const shop = await Shop.open();
            const machine = new Machine(shop, outcomes, failsInOrder);
            for (const action of actions) await machine.do(action);
            await machine.calm();
            expect(machine.failures).toEqual([]);

            const ids = new Map<string, string>();
            const firsts = new Map<string, string[]>();
            for (const { key, value, messageId } of machine.log) {
              if (key === null || value === null) throw new Error("no such record was added");
              const id = ids.get(value);
              if (id === undefined) firsts.set(key, [...(firsts.get(key) ?? []), value]);
              ids.set(value, messageId);
              expect(id ?? messageId).toBe(messageId);
            }
            expect(firsts).toEqual(machine.committed);

            const inbox = createInbox({ store: shop.store, consumer: "billing", world: shop.world });
            const effects: string[] = [];
            const handle = inbox.handler(
              shop.transactions,
              (_tx: SqlTxSync, record: InboxRecord & { value: string }) => {
                effects.push(record.value);
              },
            );
            for (const [offset, { value, messageId }] of machine.log.entries()) {
              const rawHeaders = [{ key: "message-id", value: Buffer.from(messageId) }];
              await handle({ topic: "orders", partition: 0, offset: BigInt(offset), rawHeaders, value: value ?? "" });
            }
            expect(effects.sort()).toEqual([...machine.committed.values()].flat().sort());
          },
        ),
        { numRuns: Number(process.env.OUTBOX_RUNS ?? 60), endOnFailure: false },
      );
    },
  );
});
