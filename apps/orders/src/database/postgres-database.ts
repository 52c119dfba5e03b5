import { createInbox, createOutbox, createRelay, type SqlTx } from "@ottla/outbox";
import { postgres, transactions } from "@ottla/outbox/pg";
import pg from "pg";
import type { Change, ServiceDatabase } from "./service-database.js";

const int8 = 20;
// Counts and milliseconds are far from the limit of what a number holds.
const types = {
  getTypeParser: (oid: number, format?: "text" | "binary") =>
    oid === int8 ? Number : pg.types.getTypeParser(oid, format ?? "text"),
} as pg.CustomTypesConfig;

/** A database in a Postgres server. */
export function postgresDatabase(url: string): ServiceDatabase {
  const pool = new pg.Pool({ connectionString: url, max: 8, types });
  pool.on("error", (error) => console.error(`postgres: ${error.message}`));
  const store = postgres();
  const onPool = transactions(pool);
  return {
    driver: "postgres",
    async create(schema) {
      const client = new pg.Client({ connectionString: url });
      await store.migrate(client);
      await client.query(schema({ integer: "bigint", counter: "bigint generated always as identity primary key" }));
      await client.end();
    },
    async events(registry, topics) {
      const outbox = createOutbox({ store, registry });
      await outbox.prepare(topics);
      const make = async (tx: SqlTx, { statement, values, event, beforeCommit }: Change): Promise<void> => {
        await tx.query(numbered(statement), values);
        await event((topic, record) => outbox.add(tx, topic, record));
        beforeCommit?.();
      };
      return {
        write: (change) => onPool.transact((tx) => make(tx, change)),
        once(consumer, changeOf) {
          const inbox = createInbox({ store, consumer });
          const handle = inbox.handler(onPool, (tx, record: Parameters<typeof changeOf>[0]) =>
            make(tx, changeOf(record)),
          );
          return { handle, counts: () => inbox.counts };
        },
      };
    },
    relay: (options) => createRelay({ ...options, store, connect: () => new pg.Client({ connectionString: url }) }),
    rows: async <Row>(query: string) => (await pool.query(query)).rows as readonly Row[],
    async isDrained() {
      const { rows } = await pool.query(
        `select 1 from outbox.message m left join outbox.cursor c on c.shard = m.shard
          where c.shard is null or not (pg_visible_in_snapshot(m.xid, c.snap_from)
            or coalesce(pg_visible_in_snapshot(m.xid, c.snap_to) and m.id <= c.last_id, false)) limit 1`,
      );
      return rows.length === 0;
    },
    close: () => pool.end(),
  };
}

/** Postgres numbers its parameters. */
function numbered(statement: string): string {
  let parameter = 0;
  return statement.replaceAll("?", () => `$${++parameter}`);
}
