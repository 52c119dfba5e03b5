import { nodeWorld, type World } from "@ottla/world";
import {
  type DoctorFinding,
  mostCounted,
  noRelayYet,
  type OutboxAdmin,
  type OutboxStatus,
  type RelayReport,
  relayFindings,
  type StalledEvent,
  type StalledFilter,
  type StalledSelection,
} from "../admin/outbox-admin.js";
import type { SqlValue } from "../sql/sql.js";
import type { StalledHead } from "../store/outbox-store.js";
import type { SqliteDatabase } from "./sqlite-database.js";
import { installedVersion, schemaVersion } from "./sqlite-schema.js";
import { knowsConcurrentWriters } from "./suitability.js";
import { writeTransaction } from "./write-transaction.js";

interface ReportColumns {
  readonly relay: string;
  readonly owner: string | null;
  readonly epoch: number;
  readonly last_id: number;
  readonly lease_until: number;
  readonly unsent: number;
  readonly oldest: number | null;
  readonly stalled: number;
  readonly parked: number;
}

interface StalledEventColumns {
  readonly relay: string;
  readonly id: number;
  readonly lane: string;
  readonly state: StalledHead["state"];
  readonly attempts: number;
  readonly last_error: string | null;
  readonly message_id: string;
  readonly topic: string;
  readonly partition: number | null;
  readonly key: Uint8Array | null;
  readonly created_at: number;
}

// Longer than a relay's transaction, shorter than a person's patience.
const lockPatienceMs = 10_000;

export class StoreSqliteAdmin implements OutboxAdmin {
  readonly #database: SqliteDatabase;
  readonly #world: Pick<World, "clock" | "timers">;

  constructor(database: SqliteDatabase, world: Pick<World, "clock" | "timers"> = nodeWorld) {
    this.#database = database;
    this.#world = world;
  }

  async status(): Promise<OutboxStatus> {
    const version = installedVersion(this.#database);
    return version === 0 ? { version, shards: 0, relays: [] } : { version, shards: 1, relays: this.#relays() };
  }

  async doctor(): Promise<readonly DoctorFinding[]> {
    const version = installedVersion(this.#database);
    if (version !== schemaVersion) {
      return [{ level: "error", text: `tables of version ${version}, this release needs ${schemaVersion}` }];
    }
    const findings: DoctorFinding[] = [];
    if (knowsConcurrentWriters(this.#database)) {
      findings.push({
        level: "error",
        text: "the engine knows BEGIN CONCURRENT, where commits can leave the order of ids",
      });
    }
    const [journal] = this.#database.query<{ journal_mode: string }>("pragma journal_mode");
    if (journal?.journal_mode !== "wal") {
      findings.push({ level: "warning", text: `journal_mode is ${journal?.journal_mode}: a relay will make it wal` });
    }
    const relays = this.#relays();
    if (relays.length > 0) return [...findings, ...relayFindings(relays)];
    const [waiting] = this.#database.query<{ n: number }>(
      "select count(*) as n from (select 1 from outbox_message limit 1000)",
    );
    return [...findings, ...noRelayYet(waiting?.n ?? 0)];
  }

  async stalled({ relay, ids, isParked = false, limit = 100 }: StalledFilter = {}): Promise<readonly StalledEvent[]> {
    const { condition, values } = selected({ ...(relay !== undefined && { relay }), ...(ids && { ids }) });
    const rows = this.#database.query<StalledEventColumns>(
      `select s.relay, s.id, lower(hex(s.key_hash)) as lane, s.state, s.attempts, s.last_error,
          m.message_id, m.topic, m.partition, m.key, m.created_at
        from outbox_stalled s join outbox_message m on m.id = s.id
        where ${condition} ${isParked ? "and s.state = 'parked'" : ""} order by s.relay, s.id limit ?`,
      [...values, limit],
    );
    return rows.map(({ last_error, message_id, created_at, ...row }) => ({
      ...row,
      shard: 0,
      error: last_error ?? undefined,
      messageId: message_id,
      createdAt: created_at,
    }));
  }

  retry(selection: StalledSelection = {}): Promise<number> {
    return this.#change(
      selection,
      (condition) =>
        `update outbox_stalled as s set state = 'waiting', attempts = 0, next_attempt_at = 0
          where ${condition} and s.state in ('parked', 'waiting') returning id`,
    );
  }

  drop(selection: StalledSelection): Promise<number> {
    return this.#change(
      selection,
      (condition) => `delete from outbox_stalled as s where ${condition} and s.state = 'parked' returning id`,
    );
  }

  forget(relay: string): Promise<boolean> {
    return this.#write(() => {
      this.#database.query("delete from outbox_stalled where relay = ?", [relay]);
      return this.#database.query("delete from outbox_cursor where relay = ? returning relay", [relay]).length > 0;
    });
  }

  /** Changes stalled rows, and tells the owner that its picture of them is old. */
  #change(selection: StalledSelection, statement: (condition: string) => string): Promise<number> {
    const { condition, values } = selected(selection);
    return this.#write(() => {
      const { length } = this.#database.query(statement(condition), values);
      if (length > 0) {
        this.#database.query(
          "update outbox_cursor set stalled_version = stalled_version + 1 where ? is null or relay = ?",
          [selection.relay ?? null, selection.relay ?? null],
        );
      }
      return length;
    });
  }

  #write<Result>(body: () => Result): Promise<Result> {
    return writeTransaction(this.#database, this.#world, lockPatienceMs, body);
  }

  #relays(): readonly RelayReport[] {
    const now = this.#world.clock.now();
    const rows = this.#database.query<ReportColumns>(
      `select c.relay, c.owner, c.epoch, c.last_id, c.lease_until,
          (select count(*) from (select 1 from outbox_message m where m.id > c.last_id limit ?)) as unsent,
          (select m.created_at from outbox_message m where m.id > c.last_id order by m.id limit 1) as oldest,
          (select count(*) from outbox_stalled s where s.relay = c.relay) as stalled,
          (select count(*) from outbox_stalled s where s.relay = c.relay and s.state = 'parked') as parked
        from outbox_cursor c order by c.relay`,
      [mostCounted],
    );
    return rows.map(({ relay, epoch, last_id, lease_until, unsent, oldest, stalled, parked, ...cursor }) => {
      const owner = lease_until > now ? (cursor.owner ?? undefined) : undefined;
      const shard = {
        shard: 0,
        owner,
        epoch,
        lastId: last_id,
        stalled,
        parked,
        oldestUnsentAt: oldest ?? undefined,
        unsent,
        oldestUnsentAgeMs: oldest === null ? 0 : Math.max(0, now - oldest),
      };
      return { relay, alive: owner === undefined ? 0 : 1, shards: [shard] };
    });
  }
}

function selected({ relay, ids }: StalledSelection): { readonly condition: string; readonly values: SqlValue[] } {
  return {
    condition: "(? is null or s.relay = ?) and (? is null or s.id in (select value from json_each(?)))",
    values: [relay ?? null, relay ?? null, ids ? 1 : null, JSON.stringify(ids ?? [])],
  };
}
