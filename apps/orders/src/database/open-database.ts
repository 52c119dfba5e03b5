import { join } from "node:path";
import { postgresDatabase } from "./postgres-database.js";
import type { ServiceDatabase } from "./service-database.js";
import { sqliteDatabase } from "./sqlite-database.js";

/** Where the services' databases are. */
export interface DatabasePlace {
  /** For SQLite files. */
  readonly folder: string;
  /** A Postgres server in place of them, as `postgres://…` without a database. */
  readonly server?: string;
}

/** Opens the database of this name. */
export function openDatabase({ folder, server }: DatabasePlace, name: string): ServiceDatabase {
  return server === undefined ? sqliteDatabase(join(folder, `${name}.db`)) : postgresDatabase(`${server}/${name}`);
}
