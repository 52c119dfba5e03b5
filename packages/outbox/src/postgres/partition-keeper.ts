import type { Queryable } from "./postgres-driver.js";
import type { PostgresNames } from "./postgres-names.js";
import { sqlState, sqlStates } from "./sql-state.js";

interface Database extends Queryable {
  script(text: string): Promise<void>;
}

interface Range {
  readonly name: string;
  readonly low: string;
  readonly high: string;
}

// Whoever waits for a lock on the table makes everybody behind it wait as well: better to come again.
const lockTimeout = "set local lock_timeout = '200ms';";
const partitionsAhead = { day: 2, hour: 6 };

/** Creates partitions before they are needed and drops them when no relay needs them any more. Any relay may do it. */
export class PartitionKeeper {
  readonly #database: Database;
  readonly #names: PostgresNames;

  constructor(database: Database, names: PostgresNames) {
    this.#database = database;
    this.#names = names;
  }

  /** What is not there when its time comes goes to the default partition. */
  async createAhead(): Promise<void> {
    const { setting, schemaName, schema, message } = this.#names;
    const missing = await this.#database.query<Range>(
      `select r.name, r.low::text, (r.low + r.width)::text as high from (
          select 'message_' || to_char(low at time zone 'UTC', case partition_by when 'day' then 'YYYYMMDD' else 'YYYYMMDD_HH24' end) as name, low, width
          from (select partition_by, case partition_by when 'day' then interval '24 hours' else interval '1 hour' end as width,
              case partition_by when 'day' then ${partitionsAhead.day} else ${partitionsAhead.hour} end as ahead from ${setting}) s,
            generate_series(date_trunc(partition_by, now(), 'UTC'), date_trunc(partition_by, now(), 'UTC') + ahead * width, width) as low) r
        where not exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = $1::text and c.relname = r.name)
        order by r.low`,
      [schemaName],
    );
    for (const { name, low, high } of missing) {
      // Attached rather than created in place: that waits for no transaction that writes to the other partitions.
      const partition = `${schema}."${name}"`;
      await this.#unless(
        [sqlStates.lockNotAvailable, sqlStates.duplicateTable, sqlStates.checkViolation],
        `${lockTimeout}
          select pg_advisory_xact_lock(hashtext('ottla outbox partitions'), hashtext('${schemaName}'));
          create table ${partition} (like ${message} including defaults including constraints);
          alter table ${message} attach partition ${partition} for values from ('${low}') to ('${high}');`,
      );
    }
  }

  /**
   * Drops partitions that ended more than `keepMs` ago, by the database's clock, and hold nothing that a cursor still
   * has to pass. Emptied first: that takes a lock on the old partition alone, where a transaction that still writes
   * to it holds it back. The drop takes one on the whole table, and comes another time if it cannot have it at once.
   */
  async dropOld(keepMs: number): Promise<void> {
    const old = await this.#database.query<{ name: string }>(
      `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent = $1::text::regclass and c.relname <> 'message_default'
          and substring(pg_get_expr(c.relpartbound, c.oid) from 'TO \\(''([^'']+)''\\)')::timestamptz
            < clock_timestamp() - $2::float8 * interval '1 millisecond'
        order by c.relname`,
      [this.#names.message, keepMs],
    );
    for (const { name } of old) {
      const partition = `${this.#names.schema}."${name}"`;
      const states = [sqlStates.lockNotAvailable, sqlStates.undefinedTable];
      const isEmptied = await this.#unless(
        states,
        `${lockTimeout}
          do $$ begin
            lock table ${partition} in access exclusive mode;
            if not (${this.#isNeeded(partition)}) then truncate ${partition}; end if;
          end $$;`,
      );
      if (!isEmptied) continue;
      const [left] = await this.#database.query(`select from ${partition} limit 1`);
      if (left === undefined) await this.#unless(states, `${lockTimeout} drop table ${partition};`);
    }
  }

  /** Deletes rows from the default partition, where they came because no other was there in time. */
  async purgeDefault(keepMs: number, limit: number): Promise<boolean> {
    const { messageDefault, cursor } = this.#names;
    const gone = await this.#database.query(
      `delete from ${messageDefault} where ctid = any(array(select m.ctid from ${messageDefault} m
          where m.created_at < clock_timestamp() - $1::float8 * interval '1 millisecond'
            and not exists (select from (select distinct relay from ${cursor}) r left join ${cursor} c on c.relay = r.relay and c.shard = m.shard
              where c.snap_from is null or not pg_visible_in_snapshot(m.xid, c.snap_from))
          limit $2::int)) returning 1 as gone`,
      [keepMs, limit],
    );
    return gone.length === limit;
  }

  /** Whether some relay has still to pass a row of the partition, asked of the index shard by shard. */
  #isNeeded(partition: string): string {
    const { cursor, setting } = this.#names;
    return `exists (select from (select distinct relay from ${cursor}) r
        cross join (select generate_series(0, shards - 1) as n from ${setting}) s
        left join ${cursor} c on c.relay = r.relay and c.shard = s.n
      where exists (select from ${partition} m where m.shard = s.n and m.xid >= pg_snapshot_xmax(coalesce(c.snap_from, '1:1:')))
        or exists (select from ${partition} m where m.shard = s.n and m.xid = any(array(select pg_snapshot_xip(c.snap_from)))))`;
  }

  /** False when the script failed for one of these reasons, which time will mend. */
  async #unless(states: readonly string[], script: string): Promise<boolean> {
    try {
      await this.#database.script(script);
      return true;
    } catch (error) {
      if (states.includes(sqlState(error) ?? "")) return false;
      throw error;
    }
  }
}
