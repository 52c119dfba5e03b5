import { Kafka } from "@ottla/client";
import { SchemaRegistry } from "@ottla/schema-registry";
import { billingDatabase } from "../billing/billing-database.js";
import { contracts } from "../contracts.js";
import { openDatabase } from "../database/open-database.js";
import type { ChildOptions } from "../run/child-options.js";
import { shopDatabase } from "../shop/shop-database.js";
import { type Identified, readTopic } from "./read-topic.js";

/** One thing that must be so. */
export interface Finding {
  readonly what: string;
  readonly expected: string;
  readonly found: string;
  readonly holds: boolean;
}

export interface Reconciliation {
  readonly findings: readonly Finding[];
  /** Records that a relay sent twice: the same message id again. */
  readonly duplicatesInTopics: number;
  /** From an order's commit to its invoice's, in milliseconds, sorted. */
  readonly latenciesMs: readonly number[];
}

interface OrderRow {
  readonly id: string;
  readonly customer: string;
  readonly number: number;
  readonly cents: number;
}

interface InvoiceRow {
  readonly order_id: string;
  readonly customer: string;
  readonly number: number;
  readonly cents: number;
  readonly placed_at: number;
  readonly invoiced_at: number;
}

/** Holds both databases and both topics against each other. */
export async function reconcile(options: ChildOptions): Promise<Reconciliation> {
  const orders = await rows<OrderRow>(options, shopDatabase, "select id, customer, number, cents from orders");
  const invoices = await rows<InvoiceRow>(options, billingDatabase, "select * from invoices order by id");
  const topics = contracts(options.topicPrefix);
  const kafka = new Kafka({
    brokers: options.bootstrap.split(","),
    clientId: "reconcile",
    registry: new SchemaRegistry(options.registry),
  });
  const orderRecords = await readTopic(kafka, topics.orders);
  const invoiceRecords = await readTopic(kafka, topics.invoices);
  await kafka.close();

  const ordersSeen = firstAppearances(orderRecords);
  const invoicesSeen = firstAppearances(invoiceRecords);
  const invoiced = new Set(invoices.map(({ order_id }) => order_id));
  const findings = [
    equal("orders in the topic, each counted once", ordersSeen.length, orders.length),
    equal("orders out of their customer's order in the topic", outOfOrder(ordersSeen), 0),
    equal("invoices in the database", invoices.length, orders.length),
    equal("orders without an invoice", orders.filter(({ id }) => !invoiced.has(id)).length, 0),
    equal("orders with more than one invoice", invoices.length - invoiced.size, 0),
    equal("cents invoiced", sum(invoices), sum(orders)),
    equal("invoices out of their customer's order", outOfOrder(invoices), 0),
    equal("invoices in the topic, each counted once", invoicesSeen.length, orders.length),
    equal("invoices out of their customer's order in the topic", outOfOrder(invoicesSeen), 0),
  ];
  return {
    findings,
    duplicatesInTopics: orderRecords.length - ordersSeen.length + invoiceRecords.length - invoicesSeen.length,
    latenciesMs: invoices.map(({ placed_at, invoiced_at }) => invoiced_at - placed_at).sort((a, b) => a - b),
  };
}

async function rows<Row>(options: ChildOptions, name: string, query: string): Promise<readonly Row[]> {
  const database = openDatabase(options, name);
  try {
    return await database.rows<Row>(query);
  } finally {
    await database.close();
  }
}

interface Numbered {
  readonly customer: string;
  readonly number: number;
}

/** The values of the records whose message id was not there before. */
function firstAppearances<V>(records: readonly Identified<V>[]): V[] {
  const seen = new Set<string>();
  return records.flatMap(({ messageId, value }) => {
    if (seen.has(messageId)) return [];
    seen.add(messageId);
    return [value];
  });
}

/** How many do not carry their customer's next number. Customers never share a partition's order, so it suffices to look at each alone. */
function outOfOrder(all: readonly Numbered[]): number {
  const last = new Map<string, number>();
  let count = 0;
  for (const { customer, number } of all) {
    if (number !== (last.get(customer) ?? 0) + 1) count += 1;
    last.set(customer, number);
  }
  return count;
}

const sum = (all: readonly { readonly cents: number }[]): number => all.reduce((total, { cents }) => total + cents, 0);

const equal = (what: string, found: number, expected: number): Finding => ({
  what,
  expected: String(expected),
  found: String(found),
  holds: found === expected,
});
