/** Name of the SQLite file that the billing processes share. */
export const billingDatabase = "billing.db";

// Nothing here keeps an order from being invoiced twice: that is the inbox's doing, and the demo counts.
export const billingSchema = `
  create table invoices (
    id integer primary key autoincrement, order_id text not null, customer text not null, number integer not null,
    cents integer not null, placed_at integer not null, invoiced_at integer not null, process text not null
  ) strict;
`;
