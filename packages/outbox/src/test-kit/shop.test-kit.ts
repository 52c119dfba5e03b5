import { json, nullable, string, topic } from "@ottla/client";
import { expect, onTestFinished } from "vitest";
import { createOutbox, type Outbox } from "../outbox/outbox.js";
import { createRelay, type Relay } from "../relay/relay.js";
import type { RelayEvents } from "../relay/relay-events.js";
import type { RelayTuning } from "../relay/relay-settings.js";
import type { SqlTxSync } from "../sql/sql.js";
import type { SqliteOutboxStore } from "../sqlite/sqlite-outbox-store.js";
import type { SyncTransactions } from "../sqlite/sqlite-transactions.js";
import { anyDriver, type TestDriver, temporaryPath } from "./drivers.test-kit.js";
import { FakePublisher } from "./fake-publisher.test-kit.js";
import { ManualWorld } from "./manual-world.test-kit.js";

export const orders = topic("orders", { key: nullable(string()), value: string() });
export const invoices = topic("invoices", { key: string(), value: json<{ readonly cents: number }>() });

/** A service with a database file, an outbox and a clock of its own. Everything opened is closed with the test. */
export class Shop {
  readonly world = new ManualWorld();
  readonly driver: TestDriver;
  readonly path = temporaryPath();
  readonly store: SqliteOutboxStore<object>;
  readonly outbox: Outbox<SqlTxSync>;
  readonly database: object;
  readonly tx: SqlTxSync;
  readonly transactions: SyncTransactions;

  private constructor(driver: TestDriver) {
    this.driver = driver;
    this.store = driver.binding.sqlite();
    this.database = this.open();
    this.store.migrate(this.database);
    this.outbox = createOutbox({ store: this.store, world: this.world });
    this.tx = driver.binding.tx(this.database);
    this.transactions = driver.binding.transactions(this.database, { world: this.world });
    this.tx.query("create table orders(id text primary key, cents integer not null) strict");
  }

  static async open(driver: TestDriver = anyDriver()): Promise<Shop> {
    const shop = new Shop(driver);
    await shop.outbox.prepare([orders, invoices]);
    return shop;
  }

  /** Another connection to the same file, in WAL mode with full syncs. */
  open(): object {
    const connection = this.driver.open(this.path);
    onTestFinished(() => this.driver.close(connection));
    const tx = this.driver.binding.tx(connection);
    tx.query("pragma busy_timeout = 5000");
    tx.query("pragma journal_mode = wal");
    tx.query("pragma synchronous = full");
    return connection;
  }

  /** Adds events, each `key=value` or only a value, in one transaction. */
  add(...events: readonly string[]): void {
    this.transactions.run((tx) => {
      for (const event of events) this.addIn(tx, event);
    });
  }

  addIn(tx: SqlTxSync, event: string): string {
    const [first = "", second] = event.split("=");
    return this.outbox.add(tx, orders, second === undefined ? { value: first } : { key: first, value: second });
  }

  publisher(): FakePublisher {
    return new FakePublisher(this.world);
  }

  relay(
    publisher: FakePublisher,
    tuning: RelayTuning & { readonly world?: ManualWorld; readonly name?: string } = {},
  ): TestRelay {
    return new TestRelay(this, publisher, tuning);
  }

  count(table: string): number {
    const [row] = this.tx.query<{ n: number }>(`select count(*) as n from ${table}`);
    return row?.n ?? 0;
  }

  /** The cursor of the relay named `relay`. */
  cursor(): {
    readonly last_id: number;
    readonly claimed_to: number;
    readonly epoch: number;
    readonly owner: string | null;
  } {
    const [cursor] = this.tx.query<ReturnType<Shop["cursor"]>>("select * from outbox_cursor where relay = 'relay'");
    return cursor ?? { last_id: 0, claimed_to: 0, epoch: 0, owner: null };
  }
}

/** A relay that can be made to vanish as if its process had ended. */
export class TestRelay {
  readonly relay: Relay;
  readonly running: Promise<void>;
  readonly heard: { readonly name: keyof RelayEvents; readonly event: unknown }[] = [];
  readonly #publisher: FakePublisher;
  readonly #connections: object[] = [];
  readonly #shop: Shop;
  #isDead = false;
  expectsErrors = false;

  constructor(
    shop: Shop,
    publisher: FakePublisher,
    tuning: RelayTuning & { readonly world?: ManualWorld; readonly name?: string },
  ) {
    this.#shop = shop;
    this.#publisher = publisher;
    this.relay = createRelay({
      leaseMs: 3_000,
      ...tuning,
      store: shop.store,
      connect: () => {
        if (this.#isDead) throw new Error("this process is gone");
        const connection = shop.open();
        this.#connections.push(connection);
        return connection;
      },
      publisher,
      world: tuning.world ?? shop.world.sibling(Math.floor(shop.world.random.next() * 2 ** 31)),
    });
    for (const name of [
      "takeover",
      "fenced",
      "published",
      "settled",
      "stalled",
      "parked",
      "recovered",
      "error",
    ] as const) {
      this.relay.on(name, (event) => this.heard.push({ name, event }));
    }
    this.running = this.relay.run();
    this.running.catch(() => {});
    onTestFinished(async () => {
      if (this.#isDead) return;
      await shop.world.resolved(this.relay.close({ graceMs: 0 }));
      if (!this.expectsErrors) expect(this.events("error")).toEqual([]);
    });
  }

  /** What was told under `name`. */
  events<Name extends keyof RelayEvents>(name: Name): RelayEvents[Name][] {
    return this.heard.filter((each) => each.name === name).map(({ event }) => event as RelayEvents[Name]);
  }

  /** Ends as a killed process does, here and now: nothing is written or answered any more, the lease is not given back. */
  die(): void {
    this.#isDead = true;
    this.#publisher.isDead = true;
    for (const connection of this.#connections) this.#shop.driver.close(connection);
  }

  /** {@link TestRelay.die}, and waits until nothing of it moves. */
  async crash(): Promise<void> {
    this.die();
    await this.#shop.world.resolved(this.relay.close({ graceMs: 0 }));
  }
}
