import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Kafka } from "@ottla/client";
import { missingPostgres, PostgresCluster } from "@ottla/postgres-launcher";
import pg from "pg";
import type { BillingOptions } from "../billing/billing.process.js";
import { billingDatabase, billingSchema } from "../billing/billing-database.js";
import { contracts } from "../contracts.js";
import { openDatabase } from "../database/open-database.js";
import type { ServiceDatabase } from "../database/service-database.js";
import { type Reconciliation, reconcile } from "../reconcile/reconcile.js";
import { type AttemptedChange, tryIncompatibleChange } from "../registry/incompatible-change.js";
import { registerSchemas, removeSchemas } from "../registry/register-schemas.js";
import type { RelayOptions } from "../relay/relay.process.js";
import type { ShopOptions } from "../shop/shop.process.js";
import { shopDatabase, shopSchema } from "../shop/shop-database.js";
import { Child } from "./child.js";
import type { ChildOptions } from "./child-options.js";
import { type Counts, noCounts } from "./counts.js";
import { killPlan } from "./kill-plan.js";
import type { ChildMessage } from "./messages.js";
import type { Settings } from "./settings.js";

export interface DemoResult {
  readonly counts: Counts;
  readonly reconciliation: Reconciliation;
  readonly change: AttemptedChange;
  readonly driver: string;
  /** From the first order to the last invoice on the topic. */
  readonly elapsedMs: number;
}

/** Runs the shop, its relays and the billing group, kills what the plan says, and holds the results against each other. */
export class Demo {
  readonly #settings: Settings;
  readonly #say: (line: string) => void;
  readonly #counts = noCounts();
  readonly #children = new Map<string, Child>();
  readonly #invoiced = new Map<string, { invoices: number; duplicates: number }>();
  #folder = "";
  #options: ChildOptions = { bootstrap: "", registry: "", topicPrefix: "", folder: "" };
  #port = 0;
  #postgres: PostgresCluster | undefined;
  #isStopping = false;
  #failure: Error | undefined;
  #shopEnded = false;

  constructor(settings: Settings, say: (line: string) => void) {
    this.#settings = settings;
    this.#say = say;
  }

  async run(): Promise<DemoResult> {
    this.#folder = this.#settings.folder ?? mkdtempSync(join(tmpdir(), "ottla-orders-"));
    try {
      await this.#startPostgres();
      const driver = await this.#prepareDatabases();
      await this.#prepareCluster();
      const startedAt = performance.now();
      await this.#startServices();
      const change = await this.#tryIncompatibleChange();
      await this.#untilInvoiced(startedAt);
      const elapsedMs = performance.now() - startedAt;
      await this.#stopServices();
      this.#say("reconciling");
      const reconciliation = await reconcile(this.#options);
      if (this.#settings.folder === undefined) await this.#cleanCluster();
      return { counts: this.#counts, reconciliation, change, driver, elapsedMs };
    } finally {
      this.#isStopping = true;
      await Promise.all([...this.#children.values()].map((child) => child.stop(5_000)));
      await this.#postgres?.stop();
      if (this.#settings.folder === undefined) rmSync(this.#folder, { recursive: true, force: true });
    }
  }

  /** A server of the demo's own, with a database for each service; what it commits is on the disk. */
  async #startPostgres(): Promise<void> {
    this.#options = { ...this.#options, folder: this.#folder };
    if (this.#settings.database === "sqlite") return;
    const missing = missingPostgres();
    if (missing !== undefined) throw new Error(missing);
    this.#postgres = await PostgresCluster.start({ fsync: true });
    const client = new pg.Client({ connectionString: this.#postgres.url() });
    await client.connect();
    for (const name of [shopDatabase, billingDatabase]) await client.query(`create database ${name}`);
    await client.end();
    this.#options = { ...this.#options, server: this.#postgres.url("").replace(/\/$/, "") };
  }

  async #prepareDatabases(): Promise<string> {
    const shop = openDatabase(this.#options, shopDatabase);
    await shop.create(shopSchema);
    await shop.close();
    const billing = openDatabase(this.#options, billingDatabase);
    await billing.create(billingSchema);
    await billing.close();
    return billing.driver;
  }

  async #prepareCluster(): Promise<void> {
    const { bootstrap, registry, seed } = this.#settings;
    const isAlone = bootstrap === undefined && registry === undefined;
    if (bootstrap === undefined) this.#port = await freePort();
    this.#options = {
      ...this.#options,
      bootstrap: bootstrap ?? `127.0.0.1:${this.#port}`,
      registry: registry ?? "",
      // A cluster or registry of somebody else's may have topics and subjects of these names, or those of an earlier run.
      topicPrefix: isAlone ? "" : `ottla-demo-${seed}-${Date.now().toString(36)}.`,
    };
    if (bootstrap === undefined) await this.#startBroker();
    const kafka = new Kafka({ brokers: this.#options.bootstrap.split(",") });
    const outcomes = await kafka.admin().topics.create(Object.values(contracts(this.#options.topicPrefix)));
    for (const { error } of outcomes) if (error !== undefined) throw error;
    await kafka.close();
    if (registry === undefined) await this.#startRegistry();
    await registerSchemas(this.#options.registry, this.#options.topicPrefix);
  }

  async #startRegistry(): Promise<void> {
    const { bootstrap } = this.#options;
    const ready = await this.#start("schema registry", "registry", { bootstrap }).ready();
    if (ready.kind === "ready") this.#options = { ...this.#options, registry: ready.url ?? "" };
  }

  async #tryIncompatibleChange(): Promise<AttemptedChange> {
    const { registry, topicPrefix } = this.#options;
    const change = await tryIncompatibleChange(registry, topicPrefix);
    this.#say(
      change.isRefused
        ? `the registry refused a change of the orders: ${change.reason}`
        : "the registry took a change of the orders that consumers cannot read",
    );
    return change;
  }

  /** Leaves nothing on somebody else's cluster or registry. */
  async #cleanCluster(): Promise<void> {
    const { bootstrap, registry, topicPrefix } = this.#options;
    if (topicPrefix === "") return;
    await removeSchemas(registry, topicPrefix);
    if (this.#settings.bootstrap === undefined) return;
    const kafka = new Kafka({ brokers: bootstrap.split(",") });
    const admin = kafka.admin();
    await admin.topics.delete(Object.values(contracts(topicPrefix)).map(({ name }) => name));
    await admin.groups.delete([`${topicPrefix}billing`]);
    await kafka.close();
  }

  async #startBroker(): Promise<void> {
    await this.#start("broker", "broker", { dataDir: join(this.#folder, "broker"), port: this.#port }).ready();
  }

  async #startServices(): Promise<void> {
    const { seed, orders, rate, input } = this.#settings;
    const plan = killPlan(seed, orders);
    this.#startRelay(shopDatabase, { killAfter: plan.relayAfter });
    this.#startRelay(billingDatabase, {});
    this.#startBilling("billing-1", { killAt: plan.billingAt });
    this.#startBilling("billing-2", {});
    await Promise.all([...this.#children.values()].map((child) => child.ready()));
    const shop: ShopOptions = { ...this.#options, orders, seed, rate, ...(input !== undefined && { input }) };
    const child = this.#start("shop", "shop", shop);
    void child.end().then((code) => {
      if (code === 0) this.#shopEnded = true;
      else this.#fail(new Error(`the shop ended with ${code}`));
    });
  }

  #startRelay(database: string, { killAfter }: { readonly killAfter?: number }): void {
    const options: RelayOptions = { ...this.#options, database, ...(killAfter !== undefined && { killAfter }) };
    this.#start(`relay of ${database}`, "relay", options, () => this.#startRelay(database, {}));
  }

  #startBilling(name: string, { killAt }: { readonly killAt?: number }): void {
    const options: BillingOptions = {
      ...this.#options,
      name,
      groupId: `${this.#options.topicPrefix}billing`,
      sessionTimeoutMs: this.#settings.bootstrap === undefined ? 2_000 : 6_000,
      ...(killAt !== undefined && { killAt }),
    };
    this.#start(name, "billing", options, () => this.#startBilling(`${name}'`, {}));
  }

  /** @param restart - Called when the process was killed; without it such an end fails the demo. */
  #start(name: string, program: string, options: object, restart?: () => void): Child {
    const child = new Child(
      name,
      program,
      options,
      (message) => this.#hear(name, message),
      ({ code, signal, expected }) => {
        this.#children.delete(name);
        if (expected || this.#isStopping) return;
        if (signal === "SIGKILL" && restart !== undefined) restart();
        else this.#fail(new Error(`${name} ended by itself: ${signal ?? code}`));
      },
    );
    this.#children.set(name, child);
    return child;
  }

  #hear(name: string, message: ChildMessage): void {
    switch (message.kind) {
      case "placed":
        this.#counts.placed = message.orders;
        break;
      case "killing":
        this.#counts.kills.push(message.why);
        this.#say(`killed ${message.why}`);
        break;
      case "invoiced":
        this.#invoiced.set(name, message);
        break;
      case "rebalanced":
        this.#counts.rebalances += 1;
        break;
      case "ready":
      case "published":
        break;
    }
  }

  #fail(error: Error): void {
    this.#failure ??= error;
  }

  /** Watches the databases until every order has its invoice and every event left, and kills the broker on the way. */
  async #untilInvoiced(startedAt: number): Promise<void> {
    const { bootstrap, seed, timeoutSeconds } = this.#settings;
    const { brokerAfter } = killPlan(seed, this.#settings.orders);
    const billing = openDatabase(this.#options, billingDatabase);
    const shop = openDatabase(this.#options, shopDatabase);
    try {
      for (;;) {
        if (this.#failure !== undefined) throw this.#failure;
        const invoices = await count(billing, "invoices");
        if (bootstrap === undefined && this.#counts.brokerKills === 0 && invoices >= brokerAfter)
          await this.#killBroker(invoices);
        const orders = await count(shop, "orders");
        if (this.#shopEnded && invoices >= orders && (await shop.isDrained()) && (await billing.isDrained())) return;
        if (performance.now() - startedAt > timeoutSeconds * 1000) {
          throw new Error(`after ${timeoutSeconds} s ${invoices} of ${orders} orders are invoiced`);
        }
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
    } finally {
      await billing.close();
      await shop.close();
    }
  }

  async #killBroker(invoices: number): Promise<void> {
    await this.#children.get("broker")?.kill();
    this.#counts.brokerKills += 1;
    const why = `the broker, with ${invoices} orders invoiced`;
    this.#counts.kills.push(why);
    this.#say(`killed ${why}`);
    await this.#startBroker();
  }

  async #stopServices(): Promise<void> {
    this.#isStopping = true;
    const stays = new Set(["broker", "schema registry"]);
    await Promise.all([...this.#children].map(([name, child]) => (stays.has(name) ? undefined : child.stop())));
    for (const { duplicates } of this.#invoiced.values()) this.#counts.duplicatesSkipped += duplicates;
    // The first assignment of each of the two members is no rebalance.
    this.#counts.rebalances -= 2;
  }
}

async function count(database: ServiceDatabase, table: string): Promise<number> {
  const [row] = await database.rows<{ n: number }>(`select count(*) as n from ${table}`);
  return row?.n ?? 0;
}

/** A port that nobody listens on: the broker comes back on it after its kill. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}
