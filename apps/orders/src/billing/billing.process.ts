import { join } from "node:path";
import { Kafka } from "@ottla/client";
import { createInbox, createOutbox, type SqlTxSync } from "@ottla/outbox";
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
const database = openDatabase(join(options.folder, billingDatabase));
const registry = new SchemaRegistry(options.registry);
const outbox = createOutbox({ store: database.store, registry });
await outbox.prepare([invoices]);
const inbox = createInbox({ store: database.store, consumer: options.groupId });

const kafka = new Kafka({ brokers: [options.bootstrap], clientId: options.name, registry });
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

const report = () => tell({ kind: "invoiced", invoices: inbox.counts.handled, duplicates: inbox.counts.duplicates });
let invoiced = 0;
tell({ kind: "ready" });
await consumer.run(
  {
    // The note in the inbox, the invoice and the event about it commit together, or not at all.
    [orders.name]: inbox.handler(database.transactions, (tx: SqlTxSync, { value: order }) => {
      tx.query(
        "insert into invoices (order_id, customer, number, cents, placed_at, invoiced_at, process) values (?, ?, ?, ?, ?, ?, ?)",
        [order.id, order.customer, order.number, order.cents, order.placedAt, Date.now(), options.name],
      );
      const { id: orderId, customer, number, cents } = order;
      outbox.add(tx, invoices, { key: customer, value: { orderId, customer, number, cents } });
      invoiced += 1;
      if (invoiced === options.killAt) killSelf(`${options.name}, inside the transaction of its invoice ${invoiced}`);
      if (invoiced % 25 === 0) report();
    }),
  },
  { concurrency: 16, orderBy: "key", retry: { attempts: 5 }, signal },
);
report();
await consumer.close();
await kafka.close();
database.close();
process.disconnect?.();
