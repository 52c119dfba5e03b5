import { encodeHeaders } from "../outbox/stored-headers.js";
import type { SqlTxSync } from "../sql/sql.js";
import type {
  InboxStore,
  NewOutboxRow,
  OutboxStore,
  RelaySession,
  RelaySessionOptions,
} from "../store/outbox-store.js";
import { WakeUp } from "../store/wake-up.js";
import { type SqliteDatabase, transactionOn } from "./sqlite-database.js";
import { sqliteInbox } from "./sqlite-inbox.js";
import { SqliteRelaySession } from "./sqlite-relay-session.js";
import { migrate, schemaScript } from "./sqlite-schema.js";
import { checkWriter } from "./suitability.js";

/** An outbox in a SQLite database, for a driver whose connection is a `Connection`. */
export type SqliteOutboxStore<Connection> = OutboxStore<Connection, SqlTxSync>;

/** The SQLite store over any driver: `wrap` makes its connection ours. */
export function sqliteStore<Connection extends object>(
  wrap: (connection: Connection) => SqliteDatabase,
): SqliteOutboxStore<Connection> {
  return new SqliteStore(wrap);
}

class SqliteStore<Connection extends object> implements OutboxStore<Connection, SqlTxSync> {
  readonly wakeUp = new WakeUp();
  readonly inbox: InboxStore<SqlTxSync> = sqliteInbox;
  readonly #wrap: (connection: Connection) => SqliteDatabase;

  constructor(wrap: (connection: Connection) => SqliteDatabase) {
    this.#wrap = wrap;
  }

  migrate(connection: Connection): number {
    return migrate(this.#wrap(connection));
  }

  migrationScript(from?: number): string {
    return schemaScript(from);
  }

  append(tx: SqlTxSync, row: NewOutboxRow): string {
    const database = transactionOn(tx, "outbox.add");
    checkWriter(database);
    database.query(
      "insert into outbox_message(message_id, topic, partition, key, value, headers, timestamp, created_at) values (?, ?, ?, ?, ?, ?, ?, ?)",
      [
        row.messageId,
        row.topic,
        row.partition,
        row.key,
        row.value,
        encodeHeaders(row.headers),
        row.timestamp,
        row.createdAt,
      ],
    );
    database.afterCommit(this.wakeUp.ring);
    return row.messageId;
  }

  async openRelay(connection: Connection, options: RelaySessionOptions): Promise<RelaySession> {
    return new SqliteRelaySession(this.#wrap(connection), options);
  }
}
