import { createRequire } from "node:module";
import { type ConsumedRecord, type Consumer, string, topic } from "@ottla/client";
import { createInbox, createOutbox, createRelay } from "@ottla/outbox";
import { type LibsqlConnection, sqlite, transactions, tx } from "@ottla/outbox/libsql";
import { partitionContent } from "../../kit/partition-content.js";
import { Violation } from "../../kit/violation.js";
import { MortalBroker } from "../power-loss/mortal-broker.js";
import type { SeededRandom } from "../seeded-random.js";
import type { SimProcess } from "../sim-process.js";
import { Simulation } from "../simulation.js";

type Connection = LibsqlConnection & { close(): unknown };
const Database = createRequire(import.meta.url)("libsql") as new (path: string) => Connection;

const orders = topic("orders", { key: string(), value: string() });
type Order = ConsumedRecord<typeof orders>;

/** Takes a transaction back. */
class ChangedMind extends Error {}

const partitions = 3;
const customers = ["ann", "bob", "eve", "joe"];

/**
 * Rows and their events committed in one database, a relay, a broker and a billing service with an inbox in another database;
 * relay, broker and billing die at any time. The databases are SQLite on the real disk, which is not what is tried here.
 */
export class OutboxRun {
  readonly sim: Simulation;
  readonly #random: SeededRandom;
  readonly #folder: string;
  readonly #broker: MortalBroker;
  readonly #connections: Connection[] = [];
  readonly #committed: { readonly customer: string; readonly event: string }[] = [];
  #published = 0;
  #duplicates = 0;

  /** @param folder - An empty folder of the real file system. */
  constructor(seed: number, folder: string) {
    this.sim = new Simulation({ seed });
    this.#random = this.sim.random.fork();
    this.#folder = folder;
    this.#broker = new MortalBroker(this.sim, { deaths: this.#random.between(0, 2) });
  }

  /** Events committed, records found in the topic beyond one for each, and records that the inbox took for what they were. */
  get counts(): { readonly committed: number; readonly extra: number; readonly duplicates: number } {
    return {
      committed: this.#committed.length,
      extra: this.#published - this.#committed.length,
      duplicates: this.#duplicates,
    };
  }

  /** @throws Violation */
  async run(): Promise<void> {
    try {
      await this.sim.run(this.#everything());
    } finally {
      for (const connection of this.#connections) connection.close();
    }
  }

  async #everything(): Promise<void> {
    this.#broker.live();
    const admin = this.#broker.kafka("admin").admin();
    await admin.topics.create([{ name: orders.name, partitions }]);
    await admin.close();
    const shop = this.#open("shop");
    sqlite().migrate(shop);
    tx(shop).query("create table placed(event text primary key)");
    const billing = this.#open("billing");
    sqlite().migrate(billing);
    tx(billing).query("create table invoices(number integer primary key, customer text, event text unique)");
    this.#keepAlive("relay", (process) => this.#relay(process));
    this.#keepAlive("billing", (process) => this.#bill(process));
    await this.#sell(shop);
    await this.#until(() => this.#isSettled(shop) && this.#invoiced(billing).length >= this.#committed.length);
    this.#checkInvoices(billing);
    const broker = await this.#broker.dieOnceMore();
    await this.#checkTopic();
    await broker.close();
  }

  #open(name: string): Connection {
    const connection = new Database(`${this.#folder}/${name}.db`);
    this.#connections.push(connection);
    for (const pragma of ["journal_mode = wal", "synchronous = full", "busy_timeout = 0"]) {
      tx(connection).query(`pragma ${pragma}`);
    }
    return connection;
  }

  /** Starts a process, lets it die at random moments, and starts it again. */
  #keepAlive(name: string, start: (process: SimProcess) => Promise<void>): void {
    const process = this.sim.process(name);
    let deathsLeft = this.#random.between(0, 3);
    const begin = (): void => {
      const { incarnation } = process;
      start(process).catch((error: unknown) => process.isRunning(incarnation) && this.sim.fail(error));
      if (deathsLeft === 0) return;
      deathsLeft -= 1;
      process.schedule(this.#random.next() * 300, `${name} is killed`, () => {
        process.crash({ kind: "kill" });
        this.sim.schedule(this.#random.next() * 100, `${name} comes back`, () => {
          process.restart();
          begin();
        });
      });
    };
    begin();
  }

  /** The shop commits rows with their events, and takes some back. */
  async #sell(shop: Connection): Promise<void> {
    const { world } = this.sim.process("shop");
    const outbox = createOutbox({ store: sqlite(), world });
    await outbox.prepare([orders]);
    const work = transactions(shop, { world });
    for (let count = 0; count < this.#random.between(20, 80); count += 1) {
      const events = Array.from({ length: this.#random.between(1, 4) }, (_, index) => ({
        customer: this.#random.pick(customers),
        event: `e${count}.${index}`,
      }));
      const isTakenBack = this.#random.chance(0.15);
      const taken = work.transact((inside) => {
        for (const { customer, event } of events) {
          inside.query("insert into placed(event) values (?)", [event]);
          outbox.add(inside, orders, { key: customer, value: event });
        }
        if (isTakenBack) throw new ChangedMind();
      });
      await taken.then(
        () => this.#committed.push(...events),
        (error: unknown) => {
          if (!(error instanceof ChangedMind)) throw error;
        },
      );
      await this.sim.sleep(this.#random.next() * 15);
    }
  }

  async #relay(process: SimProcess): Promise<void> {
    const { world } = process;
    const producer = this.#broker.kafka(process.name).producer({ retryBackoffMs: { base: 10, max: 50 } });
    const relay = createRelay({
      store: sqlite(),
      connect: () => this.#open("shop"),
      publisher: producer,
      leaseMs: 500,
      maxInFlight: this.#random.pick([3, 20, 1_000]),
      settleDelayMs: this.#random.pick([1, 10, 50]),
      world,
    });
    await relay.run();
  }

  async #bill(process: SimProcess): Promise<void> {
    const { world } = process;
    const database = this.#open("billing");
    const inbox = createInbox({ store: sqlite(), consumer: "billing", world });
    const consumer: Consumer<typeof orders> = this.#broker.kafka(process.name).consumer({
      groupId: "billing",
      topics: [orders],
      autoCommitIntervalMs: 50,
      heartbeatIntervalMs: 100,
      sessionTimeoutMs: 6_000,
      rebalanceTimeoutMs: 1_000,
      maxWaitMs: 50,
    });
    const handle = inbox.handler(transactions(database, { world }), (_inside, record: Order) => {
      tx(database).query("insert into invoices(customer, event) values (?, ?)", [record.key, record.value]);
    });
    await consumer.run({
      orders: async (record) => {
        const before = inbox.counts.duplicates;
        await handle(record);
        this.#duplicates += inbox.counts.duplicates - before;
      },
    });
  }

  #isSettled(shop: Connection): boolean {
    const [row] = tx(shop).query<{ open: number }>(
      "select count(*) as open from outbox_message where id > coalesce((select max(last_id) from outbox_cursor), 0)",
    );
    return row?.open === 0;
  }

  #invoiced(billing: Connection): readonly { readonly customer: string; readonly event: string }[] {
    return tx(billing).query<{ customer: string; event: string }>(
      "select customer, event from invoices order by number",
    );
  }

  #checkInvoices(billing: Connection): void {
    const invoices = this.#invoiced(billing);
    for (const customer of customers) {
      const of = (events: readonly { customer: string; event: string }[]): string =>
        events.flatMap((each) => (each.customer === customer ? [each.event] : [])).join(" ");
      if (of(invoices) !== of(this.#committed)) {
        throw new Violation(`${customer} ordered ${of(this.#committed)} and was billed ${of(invoices)}`);
      }
    }
  }

  /** Every committed event is in the topic, no other is, and each customer's come first in order. */
  async #checkTopic(): Promise<void> {
    const wanted = new Map(this.#committed.map(({ customer, event }, order) => [event, { customer, order }]));
    const client = this.#broker.wireClient("checker");
    const seen = new Set<string>();
    for (let partition = 0; partition < partitions; partition += 1) {
      const { records } = await partitionContent(client, orders.name, partition);
      const last = new Map<string, number>();
      for (const { id } of records) {
        this.#published += 1;
        const event = wanted.get(id);
        if (event === undefined) throw new Violation(`«${id}» was published and not committed`);
        if (seen.has(id)) continue;
        seen.add(id);
        if ((last.get(event.customer) ?? -1) > event.order) throw new Violation(`«${id}» overtook its predecessor`);
        last.set(event.customer, event.order);
      }
    }
    client.close();
    if (seen.size !== wanted.size) throw new Violation(`${wanted.size} events committed, ${seen.size} published`);
  }

  async #until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await this.sim.sleep(20);
  }
}
