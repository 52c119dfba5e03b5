import { nodeWorld } from "@ottla/world";
import {
  type DoctorFinding,
  noRelayYet,
  type OutboxAdmin,
  type OutboxStatus,
  type RelayReport,
  relayFindings,
  type StalledEvent,
  type StalledFilter,
  type StalledSelection,
} from "../admin/outbox-admin.js";
import type { PostgresConnection, Queryable } from "./postgres-driver.js";
import type { PostgresNames } from "./postgres-names.js";
import { installedVersion, schemaVersion } from "./postgres-schema.js";
import { rebase } from "./rebase.js";
import { shardReports, unsentCounts } from "./shard-reports.js";
import { changeStalled, stalledEvents } from "./stalled-events.js";

export interface PostgresStatus extends OutboxStatus {
  /**
   * How long the oldest transaction that writes has been under way, prepared ones included, in milliseconds. Relays do not
   * wait for it, but vacuum does, everywhere in the cluster.
   */
  readonly horizonAgeMs: number;
}

/** What operators and the command line do on Postgres. */
export interface PostgresAdmin extends OutboxAdmin {
  status(): Promise<PostgresStatus>;
  /**
   * After a restore into another cluster, or an upgrade of this one: makes the cursors fit the transaction ids of this
   * cluster. Nothing unpublished is lost; events may be published again with their message ids. Stop the relays first.
   */
  rebase(): Promise<void>;
}

export class StorePostgresAdmin implements PostgresAdmin {
  readonly #open: () => Promise<PostgresConnection>;
  readonly #names: PostgresNames;

  constructor(open: () => Promise<PostgresConnection>, names: PostgresNames) {
    this.#open = open;
    this.#names = names;
  }

  status(): Promise<PostgresStatus> {
    return this.#with((database) => this.#status(database));
  }

  doctor(): Promise<readonly DoctorFinding[]> {
    return this.#with((database) => this.#doctor(database));
  }

  rebase(): Promise<void> {
    return this.#with((database) => rebase(database, this.#names));
  }

  stalled(filter: StalledFilter = {}): Promise<readonly StalledEvent[]> {
    return this.#with((database) => stalledEvents(database, this.#names, filter));
  }

  retry(selection: StalledSelection = {}): Promise<number> {
    return this.#with((database) => changeStalled(database, this.#names, selection, "retry"));
  }

  drop(selection: StalledSelection): Promise<number> {
    return this.#with((database) => changeStalled(database, this.#names, selection, "drop"));
  }

  forget(relay: string): Promise<boolean> {
    return this.#with(async (database) => {
      let deleted = 0;
      for (const table of [this.#names.stalled, this.#names.cursor, this.#names.relay]) {
        const gone = await database.query(`delete from ${table} where relay = $1::text returning relay`, [relay]);
        deleted += gone.length;
      }
      return deleted > 0;
    });
  }

  async #with<Result>(work: (database: PostgresConnection) => Promise<Result>): Promise<Result> {
    const database = await this.#open();
    try {
      return await work(database);
    } finally {
      database.release();
    }
  }

  async #status(database: Queryable): Promise<PostgresStatus> {
    const version = await installedVersion(database, this.#names);
    if (version === 0) return { version, shards: 0, relays: [], horizonAgeMs: await horizonAgeMs(database) };
    const relays = await this.#relays(database);
    const [setting] = await database.query<{ shards: number }>(`select shards::int from ${this.#names.setting}`);
    return { version, shards: setting?.shards ?? 0, relays, horizonAgeMs: await horizonAgeMs(database) };
  }

  async #relays(database: Queryable): Promise<readonly RelayReport[]> {
    const relays: RelayReport[] = [];
    const known = await database.query<{ relay: string; alive: number }>(
      `select c.relay, (select count(*)::int from ${this.#names.relay} r where r.relay = c.relay and r.seen_until >= clock_timestamp()) as alive
        from (select distinct relay from ${this.#names.cursor}) c order by c.relay`,
    );
    for (const { relay, alive } of known) {
      const { clock } = nodeWorld;
      const now = clock.now();
      const reports = await shardReports(database, this.#names, relay, { ...clock, now: () => now });
      const unsent = await unsentCounts(database, this.#names, relay);
      const shards = reports.map((report) => ({
        ...report,
        unsent: unsent.get(report.shard) ?? 0,
        oldestUnsentAgeMs: report.oldestUnsentAt === undefined ? 0 : now - report.oldestUnsentAt,
      }));
      relays.push({ relay, alive, shards });
    }
    return relays;
  }

  async #doctor(database: Queryable): Promise<readonly DoctorFinding[]> {
    const version = await installedVersion(database, this.#names);
    if (version !== schemaVersion) {
      return [{ level: "error", text: `tables of version ${version}, this release needs ${schemaVersion}` }];
    }
    const { setting, messageId, messageDefault, message } = this.#names;
    const [seen] = await database.query<{
      server: number;
      is_standby: boolean;
      is_replaced: boolean;
      cache: string;
      is_flushed: boolean;
      by_default: string;
      ahead: number;
    }>(
      `select current_setting('server_version_num')::int as server, pg_is_in_recovery() as is_standby,
        s.system_id <> c.system_identifier::text as is_replaced, q.seqcache::text as cache, current_setting('fsync') = 'on' as is_flushed,
        (select count(*) from (select from ${messageDefault} limit 1000) d)::text as by_default,
        (select count(*)::int from pg_inherits i join pg_class p on p.oid = i.inhrelid where i.inhparent = $1::text::regclass
          and substring(pg_get_expr(p.relpartbound, p.oid) from 'FROM \\(''([^'']+)''\\)')::timestamptz > now()) as ahead
      from ${setting} s cross join pg_control_system() c join pg_sequence q on q.seqrelid = $2::text::regclass`,
      [message, messageId],
    );
    const horizonMs = await horizonAgeMs(database);
    const checks: readonly (DoctorFinding & { readonly isFound: boolean })[] = [
      { level: "error", isFound: seen === undefined, text: `${setting} is empty` },
      { level: "error", isFound: (seen?.server ?? 0) < 130_000, text: `server version ${seen?.server}, needed 13` },
      { level: "error", isFound: seen?.is_standby === true, text: "this is a standby" },
      { level: "error", isFound: seen?.is_replaced === true, text: "the cursors belong to another cluster: rebase" },
      { level: "error", isFound: seen?.cache !== "1", text: `${messageId} caches ${seen?.cache} values a session` },
      { level: "warning", isFound: seen?.is_flushed === false, text: "fsync is off: a crash can take commits back" },
      {
        level: "warning",
        isFound: seen?.by_default !== "0",
        text: `${seen?.by_default} events or more are in the default partition: no relay created partitions in time`,
      },
      { level: "warning", isFound: seen?.ahead === 0, text: "no partition is there for the next day or hour" },
      {
        level: "warning",
        isFound: horizonMs > 3_600_000,
        text: `a transaction has been writing for ${Math.round(horizonMs / 60_000)} minutes: vacuum waits for it`,
      },
    ];
    const found = checks.filter(({ isFound }) => isFound).map(({ level, text }) => ({ level, text }));
    // What the cursors say is in the transaction ids of the other cluster.
    if (seen?.is_replaced === true) return found;
    const relays = await this.#relays(database);
    if (relays.length > 0) return [...found, ...relayFindings(relays)];
    const [waiting] = await database.query<{ n: number }>(
      `select count(*)::int as n from (select from ${message} limit 1000) m`,
    );
    return [...found, ...noRelayYet(waiting?.n ?? 0)];
  }
}

async function horizonAgeMs(database: Queryable): Promise<number> {
  const [row] = await database.query<{ age_ms: number | null }>(
    `select (extract(epoch from clock_timestamp() - least(
        (select min(xact_start) from pg_stat_activity where backend_xid is not null),
        (select min(prepared) from pg_prepared_xacts))) * 1000)::float8 as age_ms`,
  );
  return Math.max(Math.round(row?.age_ms ?? 0), 0);
}
