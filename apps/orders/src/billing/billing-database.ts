import type { ColumnTypes } from "../database/service-database.js";

/** Name of the database that the billing processes share. */
export const billingDatabase = "billing";

// Nothing here keeps an order from being invoiced twice: that is the inbox's doing, and the demo counts.
export const billingSchema = ({ integer, counter }: ColumnTypes): string => `
  create table invoices (
    id ${counter}, order_id text not null, customer text not null, number ${integer} not null,
    cents ${integer} not null, placed_at ${integer} not null, invoiced_at ${integer} not null, process text not null
  );
`;
