import { json, string, topic } from "@ottla/client";

/** An order as the shop tells it. `number` counts the orders of its customer from 1. */
export interface Order {
  readonly id: string;
  readonly customer: string;
  readonly number: number;
  readonly cents: number;
  readonly placedAt: number;
}

/** An invoice for one order. */
export interface Invoice {
  readonly orderId: string;
  readonly customer: string;
  readonly number: number;
  readonly cents: number;
}

/** The two topics of the demo, keyed by customer so that each customer's records keep their order. */
export function contracts(prefix: string) {
  return {
    orders: topic(`${prefix}orders`, { key: string(), value: json<Order>(), partitions: 6, owner: "shop" }),
    invoices: topic(`${prefix}invoices`, { key: string(), value: json<Invoice>(), partitions: 3, owner: "billing" }),
  };
}

export type Contracts = ReturnType<typeof contracts>;
