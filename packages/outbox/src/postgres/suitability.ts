import { OutboxError } from "../errors.js";
import type { Queryable } from "./postgres-driver.js";
import type { PostgresNames } from "./postgres-names.js";
import { checkSchema, timelineOf } from "./postgres-schema.js";

interface ServerColumns {
  readonly version: number;
  readonly is_standby: boolean;
}

interface SettingColumns {
  readonly shards: number;
  readonly stored_system: string;
  readonly system: string;
  readonly cache: string;
}

/** Looks at a server before a relay works on it. @throws {@link OutboxError} `DATABASE_UNSUITABLE`, `DATABASE_REPLACED`, `SCHEMA_…` */
export async function readyRelayConnection(
  database: Queryable,
  names: PostgresNames,
): Promise<{ readonly shards: number }> {
  const [server] = await database.query<ServerColumns>(
    "select current_setting('server_version_num')::int as version, pg_is_in_recovery() as is_standby",
  );
  if (server === undefined || server.version < 130_000) {
    throw new OutboxError("DATABASE_UNSUITABLE", `server version ${server?.version}: the outbox needs Postgres 13`);
  }
  if (server.is_standby) {
    throw new OutboxError("DATABASE_UNSUITABLE", "this is a standby: snapshots and leases live on the primary");
  }
  await checkSchema(database, names);
  const [setting] = await database.query<SettingColumns>(
    `select s.shards, s.system_id as stored_system, c.system_identifier::text as system,
        (select q.seqcache from pg_sequence q where q.seqrelid = $1::text::regclass)::text as cache
      from ${names.setting} s cross join pg_control_system() c`,
    [names.messageId],
  );
  if (setting === undefined) throw new OutboxError("SCHEMA_MISSING", `${names.setting} is empty`);
  if (setting.system !== setting.stored_system) {
    throw new OutboxError(
      "DATABASE_REPLACED",
      `the cursors belong to cluster ${setting.stored_system} and this is ${setting.system}: after a restore or an upgrade, ` +
        "call admin(connection).rebase() once. It may publish some events again, with their message ids",
    );
  }
  if (setting.cache !== "1") {
    throw new OutboxError(
      "DATABASE_UNSUITABLE",
      `${names.messageId} caches ${setting.cache} values in each session, so ids leave the order of commits: alter sequence … cache 1`,
    );
  }
  // A standby that was promoted carries rows and cursors of one moment: nothing to do but to note it.
  await database.query(`update ${names.setting} set timeline = ${timelineOf} where timeline <> ${timelineOf}`);
  return { shards: setting.shards };
}
