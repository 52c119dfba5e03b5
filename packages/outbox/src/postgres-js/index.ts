import { bindPostgres } from "../postgres/postgres-binding.js";
import {
  type PostgresJsQueryable,
  type PostgresJsSql,
  postgresJsBorrowed,
  postgresJsConnection,
  postgresJsInside,
  postgresJsQueryable,
} from "./postgres-js-driver.js";

/** For `postgres` 3. A relay's `connect` gives a `sql` of its own, which it ends; `tx` takes what `sql.begin` hands out. */
const binding = bindPostgres<PostgresJsSql, PostgresJsQueryable, PostgresJsSql>({
  open: postgresJsConnection,
  inside: postgresJsInside,
  outside: postgresJsQueryable,
  borrow: postgresJsBorrowed,
});

export const { postgres, tx, transactions, admin } = binding;
export type { DoctorFinding, RelayReport } from "../admin/outbox-admin.js";
export type { PostgresAdmin, PostgresStatus } from "../postgres/postgres-admin.js";
export type { PostgresOptions, PostgresOutboxStore } from "../postgres/postgres-outbox-store.js";
export type { SqlTx } from "../sql/sql.js";
export type { PostgresJsQueryable, PostgresJsSql } from "./postgres-js-driver.js";
