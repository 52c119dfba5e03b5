/** Name of the shop's SQLite file. */
export const shopDatabase = "shop.db";

export const shopSchema = `
  create table orders (
    id text primary key, customer text not null, number integer not null, cents integer not null, placed_at integer not null
  ) strict;
`;
