import { string, topic } from "@ottla/client";
import { type AvroOut, avro } from "@ottla/schema-registry/avro";

/** An order as the shop tells it. `number` counts the orders of its customer from 1. */
const orderSchema = {
  type: "record",
  name: "Order",
  namespace: "shop",
  fields: [
    { name: "id", type: "string" },
    { name: "customer", type: "string" },
    { name: "number", type: "int" },
    { name: "cents", type: "long" },
    { name: "placedAt", type: "long" },
  ],
} as const;

/** An invoice for one order. */
const invoiceSchema = {
  type: "record",
  name: "Invoice",
  namespace: "billing",
  fields: [
    { name: "orderId", type: "string" },
    { name: "customer", type: "string" },
    { name: "number", type: "int" },
    { name: "cents", type: "long" },
  ],
} as const;

export type Order = AvroOut<typeof orderSchema, "number">;

const order = avro(orderSchema, { long: "number" });
const invoice = avro(invoiceSchema, { long: "number" });

/** The two topics of the demo, keyed by customer so that each customer's records keep their order. */
export function contracts(prefix: string) {
  return {
    orders: topic(`${prefix}orders`, { key: string(), value: order, partitions: 6, owner: "shop" }),
    invoices: topic(`${prefix}invoices`, { key: string(), value: invoice, partitions: 3, owner: "billing" }),
  };
}

/** The subjects of those topics with the schemas that services write under. */
export const subjects = (prefix: string): readonly { readonly subject: string; readonly schema: string }[] => [
  { subject: `${prefix}orders-value`, schema: order.schema },
  { subject: `${prefix}invoices-value`, schema: invoice.schema },
];

/** An order that a consumer of it could not read from what is written already: a field came without a default. */
export const incompatibleOrder = JSON.stringify({
  ...orderSchema,
  fields: [...orderSchema.fields, { name: "currency", type: "string" }],
});
