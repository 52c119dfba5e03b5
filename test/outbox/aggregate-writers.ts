import { setTimeout as delay } from "node:timers/promises";
import { string, topic } from "@ottla/client";
import { createOutbox, type Outbox, type SqlTx } from "@ottla/outbox";
import { postgres, transactions } from "@ottla/outbox/pg";
import type { Pool } from "pg";
import type { SeededRandom } from "../sim/seeded-random.js";

export const changes = topic("changes", { key: string(), value: string(), partitions: 6 });

export const torturedTables = `
  create table aggregate (id text primary key, version int not null default 0);
  create table change (aggregate text not null, version int not null, value text not null, primary key (aggregate, version));
  create table effect (id bigint generated always as identity primary key, aggregate text not null, value text not null);
`;

export interface WriterPlan {
  readonly writers: number;
  readonly aggregates: number;
  /** How many events are to be committed, over all writers. */
  readonly events: number;
  /** How long every twentieth transaction is held open. */
  readonly longMs: number;
  readonly random: SeededRandom;
}

class Whim extends Error {}

/**
 * Services that change aggregates and tell of each change: each locks its aggregates' rows, raises their versions, notes
 * the change in a table and adds an event with the same text. Some roll back, some take back a savepoint with an event in
 * it, some take long. What committed is what the table says, also where a crash swallowed the answer to a COMMIT.
 */
export class AggregateWriters {
  readonly #outbox: Outbox<SqlTx>;
  readonly #transactions: ReturnType<typeof transactions>;
  readonly #plan: WriterPlan;
  #committed = 0;
  #attempts = 0;

  constructor(pool: Pool, plan: WriterPlan) {
    this.#outbox = createOutbox({ store: postgres() });
    this.#transactions = transactions(pool);
    this.#plan = plan;
  }

  /** Events whose commit was answered. */
  get committed(): number {
    return this.#committed;
  }

  async run(): Promise<void> {
    await this.#outbox.prepare([changes]);
    await Promise.all(Array.from({ length: this.#plan.writers }, () => this.#write()));
  }

  async #write(): Promise<void> {
    while (this.#committed < this.#plan.events) {
      this.#attempts += 1;
      const attempt = this.#attempts;
      try {
        const count = await this.#transactions.transact((tx) => this.#transaction(tx, attempt));
        this.#committed += count;
      } catch (error) {
        // Another kind of failure is the server's death; the next attempt waits for its return.
        if (!(error instanceof Whim)) await delay(20);
      }
    }
  }

  async #transaction(tx: SqlTx, attempt: number): Promise<number> {
    const { random, aggregates, longMs } = this.#plan;
    // In one order, as services do that want no deadlocks.
    const ids = [...new Set(Array.from({ length: random.between(1, 3) }, () => random.between(0, aggregates - 1)))];
    let count = 0;
    // Some have written before they lock: their transaction ids are lower than those of locks they wait for.
    if (random.between(1, 2) === 1) await tx.query("select pg_current_xact_id()");
    for (const id of ids.sort((a, b) => a - b)) {
      for (let times = random.between(1, 4); times > 0; times -= 1) {
        await this.#change(tx, `a${id}`, attempt);
        count += 1;
      }
    }
    if (attempt % 20 === 0) await delay(longMs);
    if (random.between(1, 10) === 1) throw new Whim();
    return count;
  }

  async #change(tx: SqlTx, key: string, attempt: number): Promise<void> {
    const locked = "update aggregate set version = version + 1 where id = $1 returning version";
    const [row] = await tx.query<{ version: number }>(locked, [key]);
    const version = row?.version ?? 0;
    if (this.#plan.random.between(1, 8) === 1) {
      await tx.query("savepoint taken_back");
      await this.#outbox.add(tx, changes, { key, value: `${key} taken back ${attempt}` });
      await tx.query("rollback to taken_back");
    }
    const value = `${key} ${version} ${attempt}`;
    await tx.query("insert into change values ($1, $2, $3)", [key, version, value]);
    await this.#outbox.add(tx, changes, { key, value });
  }
}
