import { type ConsumedRecord, Kafka } from "@ottla/client";
import { SchemaRegistry } from "@ottla/schema-registry";
import { contracts } from "../contracts.js";
import { openDatabase } from "../database/open-database.js";
import { type ChildOptions, childOptions, stopSignal } from "../run/child-options.js";
import { killSelf, tell } from "../run/messages.js";
import { billingDatabase } from "./billing-database.js";

export interface BillingOptions extends ChildOptions {
  readonly name: string;
  readonly groupId: string;
  readonly sessionTimeoutMs: number;
  /** Ends the process by SIGKILL inside the transaction of its so-manieth invoice. */
  readonly killAt?: number;
}

const options = childOptions<BillingOptions>();
const signal = stopSignal();
const { orders, invoices } = contracts(options.topicPrefix);
const database = openDatabase(options, billingDatabase);
const registry = new SchemaRegistry(options.registry);
const events = await database.events(registry, [invoices]);

const kafka = new Kafka({ brokers: options.bootstrap.split(","), clientId: options.name, registry });
const consumer = kafka.consumer({
  groupId: options.groupId,
  topics: [orders],
  from: "earliest",
  sessionTimeoutMs: options.sessionTimeoutMs,
  heartbeatIntervalMs: options.sessionTimeoutMs / 5,
  autoCommitIntervalMs: 500,
  signal,
  onRebalance: ({ kind, partitions }) => {
    const count = partitions.length;
    tell({ kind: "rebalanced", assigned: kind === "assigned" ? count : 0, revoked: kind === "assigned" ? 0 : count });
  },
});

let invoiced = 0;
// The note in the inbox, the invoice and the event about it commit together, or not at all.
const invoicing = events.once(options.groupId, ({ value: order }: ConsumedRecord<typeof orders>) => {
  const { id: orderId, customer, number, cents, placedAt } = order;
  return {
    statement:
      "insert into invoices (order_id, customer, number, cents, placed_at, invoiced_at, process) values (?, ?, ?, ?, ?, ?, ?)",
    values: [orderId, customer, number, cents, placedAt, Date.now(), options.name],
    event: (add) => add(invoices, { key: customer, value: { orderId, customer, number, cents } }),
    beforeCommit() {
      invoiced += 1;
      if (invoiced === options.killAt) killSelf(`${options.name}, inside the transaction of its invoice ${invoiced}`);
      if (invoiced % 25 === 0) report();
    },
  };
});
const report = () => {
  const { handled, duplicates } = invoicing.counts();
  tell({ kind: "invoiced", invoices: handled, duplicates });
};
tell({ kind: "ready" });
await consumer.run(
  {
    [orders.name]: invoicing.handle,
  },
  { concurrency: 16, orderBy: "key", retry: { attempts: 5 }, signal },
);
report();
await consumer.close();
await kafka.close();
await database.close();
process.disconnect?.();
