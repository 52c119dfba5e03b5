import type { Timers } from "@ottla/world";
import { OutboxError } from "../errors.js";
import type { RelaySessionOptions } from "../store/outbox-store.js";
import type { PostgresConnection, Queryable } from "./postgres-driver.js";

/**
 * A relay's connection, shared by its shards: one statement, or one transaction, after the other. A database that does
 * not answer for a whole lease is given up, so that a dead connection cannot hold a relay for ever.
 */
export class RelayConnection implements Queryable {
  readonly #connection: PostgresConnection;
  readonly #timers: Timers;
  readonly #patienceMs: number;
  #last: Promise<unknown> = Promise.resolve();
  #isDead = false;

  constructor(connection: PostgresConnection, { world, leaseMs }: RelaySessionOptions) {
    this.#connection = connection;
    this.#timers = world.timers;
    this.#patienceMs = Math.max(leaseMs, 1_000);
  }

  query<Row>(text: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return this.#next(() => this.#answer<Row>(text, parameters));
  }

  /** Runs `body` between BEGIN and COMMIT; whatever it throws rolls back. */
  transaction<Result>(body: (tx: Queryable) => Promise<Result>): Promise<Result> {
    return this.#next(async () => {
      const tx: Queryable = { query: (text, parameters = []) => this.#answer(text, parameters) };
      await tx.query("begin");
      try {
        const result = await body(tx);
        await tx.query("commit");
        return result;
      } catch (error) {
        if (!this.#isDead) await tx.query("rollback").catch(() => {});
        throw error;
      }
    });
  }

  /** A script of its own transaction control, for the partition keeper. */
  script(text: string): Promise<void> {
    return this.#next(() => this.#within(this.#connection.script(text)));
  }

  listen(channel: string, onNotification: (payload: string) => void): Promise<void> {
    return this.#next(() => this.#within(this.#connection.listen(channel, onNotification)));
  }

  /** Resolves in any case: whoever closes wants to be rid of it. */
  async close(): Promise<void> {
    this.#isDead = true;
    await this.#within(this.#connection.close()).catch(() => {});
  }

  #next<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(() => {
      if (this.#isDead) throw new OutboxError("CONNECTION_CLOSED", "the relay's connection was closed");
      return work();
    });
    this.#last = result.catch(() => {});
    return result;
  }

  #answer<Row>(text: string, parameters: readonly unknown[]): Promise<Row[]> {
    return this.#within(this.#connection.query<Row>(text, parameters));
  }

  #within<Result>(answer: Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      const timer = this.#timers.after(this.#patienceMs, () => {
        this.#isDead = true;
        reject(new OutboxError("DATABASE_TIMEOUT", `no answer within ${this.#patienceMs} ms`));
      });
      answer.then(resolve, reject).finally(() => timer.cancel());
    });
  }
}
