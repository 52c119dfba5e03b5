import type { SqlTx, Transactions } from "../sql/sql.js";
import { type PostgresAdmin, StorePostgresAdmin } from "./postgres-admin.js";
import type { Inside, PostgresConnection, Queryable } from "./postgres-driver.js";
import { postgresNames } from "./postgres-names.js";
import { type PostgresOptions, type PostgresOutboxStore, PostgresStore } from "./postgres-outbox-store.js";
import { type BorrowedConnection, PostgresTransactions } from "./postgres-transactions.js";
import { PostgresTx } from "./postgres-tx.js";

/** What a driver's subpath exports, for its own connections, transactions and pools. */
export interface PostgresBinding<Connection, Transaction, Pool> {
  /** The outbox and inbox store; one for a service is enough. Asks the database nothing. */
  postgres(options?: PostgresOptions): PostgresOutboxStore<Connection>;
  /** A transaction that was begun by its owner, who also ends it. */
  tx(transaction: Transaction): SqlTx;
  /** Transactions on connections of a pool, begun and committed for you; relays are woken when they commit. */
  transactions(pool: Pool): Transactions<SqlTx>;
  /** What operators and the command line do. The connection stays the caller's. */
  admin(connection: Connection, options?: Pick<PostgresOptions, "schema">): PostgresAdmin;
}

/** How a driver does these things. */
export interface PostgresDriver<Connection, Transaction, Pool> {
  open(connection: Connection): Promise<PostgresConnection>;
  inside(transaction: Transaction): Inside;
  outside(pool: Pool): Queryable;
  borrow(pool: Pool): Promise<BorrowedConnection>;
}

/** Binds a driver: everything above this call is the same for all of them. */
export function bindPostgres<Connection, Transaction, Pool>(
  driver: PostgresDriver<Connection, Transaction, Pool>,
): PostgresBinding<Connection, Transaction, Pool> {
  return {
    postgres: (options = {}) => new PostgresStore(driver.open, options),
    tx: (transaction) => new PostgresTx(driver.inside(transaction)),
    transactions: (pool) => new PostgresTransactions(() => driver.borrow(pool), driver.outside(pool)),
    admin: (connection, { schema = "outbox" } = {}) =>
      new StorePostgresAdmin(() => driver.open(connection), postgresNames(schema)),
  };
}
