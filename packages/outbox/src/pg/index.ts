import { bindPostgres } from "../postgres/postgres-binding.js";
import {
  type PgClient,
  type PgPool,
  type PgQueryable,
  pgBorrowed,
  pgConnection,
  pgInside,
  pgQueryable,
} from "./pg-driver.js";

/** For `pg` 8. A relay's `connect` gives a `Client`, connected or not; transactions come from a `Pool`. */
const binding = bindPostgres<PgClient, PgQueryable, PgPool>({
  open: pgConnection,
  inside: pgInside,
  outside: pgQueryable,
  borrow: pgBorrowed,
});

export const { postgres, tx, transactions, admin } = binding;
export type { DoctorFinding, RelayReport } from "../admin/outbox-admin.js";
export type { PostgresAdmin, PostgresStatus } from "../postgres/postgres-admin.js";
export type { PostgresOptions, PostgresOutboxStore } from "../postgres/postgres-outbox-store.js";
export type { SqlTx } from "../sql/sql.js";
export type { PgClient, PgPool, PgPoolClient, PgQueryable } from "./pg-driver.js";
