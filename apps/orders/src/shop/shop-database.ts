import type { ColumnTypes } from "../database/service-database.js";

/** Name of the shop's database. */
export const shopDatabase = "shop";

export const shopSchema = ({ integer }: ColumnTypes): string => `
  create table orders (
    id text primary key, customer text not null, number ${integer} not null, cents ${integer} not null, placed_at ${integer} not null
  );
`;
