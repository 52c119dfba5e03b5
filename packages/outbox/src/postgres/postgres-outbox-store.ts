import { nodeWorld, type World } from "@ottla/world";
import { encodeHeaders } from "../outbox/stored-headers.js";
import type { SqlTx } from "../sql/sql.js";
import type {
  InboxStore,
  NewOutboxRow,
  OutboxStore,
  RelaySession,
  RelaySessionOptions,
} from "../store/outbox-store.js";
import { WakeUp } from "../store/wake-up.js";
import { CommitBell } from "./commit-bell.js";
import { requireTransaction } from "./inside-transaction.js";
import { PartitionKeeper } from "./partition-keeper.js";
import type { PostgresConnection, Queryable } from "./postgres-driver.js";
import { postgresInbox } from "./postgres-inbox.js";
import { type PostgresNames, postgresNames } from "./postgres-names.js";
import { PostgresRelaySession } from "./postgres-relay-session.js";
import { checkSchema, migrate, type SchemaSettings, schemaScript } from "./postgres-schema.js";
import { PostgresTx } from "./postgres-tx.js";
import { RelayConnection } from "./relay-connection.js";
import { shardHash } from "./shard-hash.js";

/** What a Postgres store may be told. */
export interface PostgresOptions {
  /** The database schema of the tables. Default `"outbox"`. */
  readonly schema?: string;
  /**
   * `"locked"` (the default): the events of one key are published in the order of `add` for transactions that first lock
   * what the key names, as an update of its row does. `"strict"`: `add` itself takes a lock on the key until the
   * transaction ends, so that the order is that of the commits whatever else the transactions do; it costs a third of the
   * highest commit rate, and transactions with several keys can deadlock.
   */
  readonly orderByKey?: "locked" | "strict";
  /** Shards to make the tables with; default 4. Afterwards the number in the database counts. */
  readonly shards?: number;
  /** Partitions to make the tables with: one a `"day"` (the default) or one an `"hour"`. */
  readonly partitionBy?: "day" | "hour";
  readonly world?: Pick<World, "timers">;
}

/** An outbox in a Postgres database, for a driver whose own connection is a `Connection`. */
export type PostgresOutboxStore<Connection> = OutboxStore<Connection, SqlTx>;

/** The Postgres store over any driver: `open` makes its connection ours. */
export class PostgresStore<Connection> implements OutboxStore<Connection, SqlTx> {
  readonly wakeUp = new WakeUp();
  readonly inbox: InboxStore<SqlTx>;
  readonly #open: (connection: Connection) => Promise<PostgresConnection>;
  readonly #names: PostgresNames;
  readonly #settings: SchemaSettings;
  readonly #bell: CommitBell;
  readonly #insert: string;
  readonly #isStrict: boolean;
  #checked: Promise<void> | undefined;

  constructor(open: (connection: Connection) => Promise<PostgresConnection>, options: PostgresOptions) {
    const { schema = "outbox", orderByKey, shards = 4, partitionBy = "day", world = nodeWorld } = options;
    if (!(Number.isInteger(shards) && shards >= 1 && shards <= 1024)) {
      throw new RangeError(`shards is ${shards}; it must be a whole number from 1 to 1024`);
    }
    this.#open = open;
    this.#names = postgresNames(schema);
    this.#settings = { shards, partitionBy };
    this.#isStrict = orderByKey === "strict";
    this.#insert = insertText(this.#names, this.#isStrict);
    this.#bell = new CommitBell(this.#names.channel, world);
    this.inbox = postgresInbox(this.#names);
  }

  async migrate(connection: Connection): Promise<number> {
    const database = await this.#open(connection);
    try {
      const found = await migrate(database, this.#names, this.#settings);
      await new PartitionKeeper(database, this.#names).createAhead();
      return found;
    } finally {
      database.release();
    }
  }

  migrationScript(from?: number): string {
    return schemaScript(this.#names, this.#settings, from);
  }

  async append(tx: SqlTx, row: NewOutboxRow): Promise<string> {
    await requireTransaction(tx, "outbox.add");
    await this.#check(tx);
    const hash = shardHash(row);
    await tx.query(this.#insert, [
      ...(this.#isStrict ? [hash] : []),
      row.messageId,
      hash,
      row.topic,
      row.partition,
      bytes(row.key),
      bytes(row.value),
      encodeHeaders(row.headers),
      row.timestamp,
    ]);
    if (tx instanceof PostgresTx) tx.afterCommit(() => this.#committed(tx.outside));
    return row.messageId;
  }

  async openRelay(connection: Connection, options: RelaySessionOptions): Promise<RelaySession> {
    const database = new RelayConnection(await this.#open(connection), options);
    try {
      return await PostgresRelaySession.open(database, this.#names, options);
    } catch (error) {
      await database.close();
      throw error;
    }
  }

  /** Once for each store, in the first transaction that adds something. */
  #check(tx: SqlTx): Promise<void> {
    this.#checked ??= checkSchema(tx, this.#names).catch((error: unknown) => {
      this.#checked = undefined;
      throw error;
    });
    return this.#checked;
  }

  #committed(outside: Queryable | undefined): void {
    this.wakeUp.ring();
    if (outside !== undefined) this.#bell.ring(outside);
  }
}

/**
 * One statement for every driver: each parameter once and in order, with its type. The remainder is taken by the number
 * of shards in the database, so that no process can have an old one.
 */
function insertText(names: PostgresNames, isStrict: boolean): string {
  let parameter = 0;
  const next = (type: string) => `$${++parameter}::${type}`;
  // The lock's row must be there before the id is drawn, so the id is drawn under the lock.
  const locked = isStrict
    ? `with locked as materialized (select pg_advisory_xact_lock(hashtext('${names.schemaName}'), ${next("int")}))`
    : "";
  return `${locked} insert into ${names.message} (message_id, shard, topic, partition, key, value, headers, record_timestamp)
    select ${next("text")}, (${next("int")} % s.shards)::smallint, ${next("text")}, ${next("int")}, ${next("bytea")}, ${next("bytea")},
      ${next("text")}::json, ${next("text")}::bigint
    from ${isStrict ? "locked cross join " : ""}${names.setting} s`;
}

/** Every driver takes a Buffer. */
function bytes(value: Uint8Array | null): Buffer | null {
  return value === null ? null : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}
