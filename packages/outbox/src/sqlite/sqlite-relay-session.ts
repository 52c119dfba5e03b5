import { laneHash } from "../relay/lane.js";
import type { RelaySession, RelaySessionOptions, ShardReport, ShardSession } from "../store/outbox-store.js";
import type { SqliteDatabase } from "./sqlite-database.js";
import { SqliteShardSession } from "./sqlite-shard-session.js";
import { readyRelayConnection } from "./suitability.js";
import { writeTransaction } from "./write-transaction.js";

interface CursorColumns {
  readonly last_id: number;
  readonly claimed_to: number;
  readonly unclean_starts: number;
  readonly owner: string | null;
  readonly epoch: number;
  readonly lease_until: number;
  readonly lease_ms: number;
  readonly stalled_version: number;
}

// One SIGKILL is an operator, and the rows in flight are simply sent again. After three starts without any progress
// one of them is taken to be what ends the process.
const startsBeforeSuspicion = 3;

/** A relay's connection to a SQLite database: the lease, the bell, the purge. */
export class SqliteRelaySession implements RelaySession {
  readonly shards = [0];
  readonly warnings = [];
  readonly #database: SqliteDatabase;
  readonly #options: RelaySessionOptions;
  #dataVersion: number | undefined;
  #purgedTo = 0;
  /** The lease of another owner as it was first seen, by this process's monotonic clock. */
  #seen: { readonly epoch: number; readonly leaseUntil: number; readonly at: number } | undefined;

  constructor(database: SqliteDatabase, options: RelaySessionOptions) {
    this.#database = database;
    this.#options = options;
    readyRelayConnection(database);
  }

  async acquire(): Promise<ShardSession | undefined> {
    const { relay, owner, leaseMs, world } = this.#options;
    const current = this.#cursor();
    if (current !== undefined && this.#isHeld(current)) return undefined;
    return writeTransaction(this.#database, world, leaseMs, () => {
      this.#database.query("insert into outbox_cursor(relay) values (?) on conflict do nothing", [relay]);
      const cursor = this.#cursor();
      if (cursor === undefined || this.#isHeld(cursor)) return undefined;
      const epoch = cursor.epoch + 1;
      const uncleanStarts = cursor.claimed_to > cursor.last_id ? cursor.unclean_starts + 1 : 0;
      const isSuspicious = uncleanStarts >= startsBeforeSuspicion;
      if (isSuspicious) this.#suspectAll(cursor.last_id, cursor.claimed_to);
      const lastId = isSuspicious ? cursor.claimed_to : cursor.last_id;
      this.#database.query(
        "update outbox_cursor set owner = ?, epoch = ?, lease_until = ?, lease_ms = ?, unclean_starts = ?, last_id = ? where relay = ?",
        [owner, epoch, world.clock.now() + leaseMs, leaseMs, isSuspicious ? 0 : uncleanStarts, lastId, relay],
      );
      this.#database.query("update outbox_stalled set state = 'suspect' where relay = ? and state = 'sending'", [
        relay,
      ]);
      return new SqliteShardSession(this.#database, this.#options, {
        epoch,
        previousOwner: cursor.owner ?? undefined,
        lastId,
        stalledVersion: cursor.stalled_version,
      });
    });
  }

  async hasChanged(): Promise<boolean> {
    // Changes when another connection commits, and costs a few microseconds: it reads shared memory and no page.
    const [row] = this.#database.query<{ data_version: number }>("pragma data_version");
    const isFirst = this.#dataVersion === undefined;
    const before = this.#dataVersion;
    this.#dataVersion = row?.data_version;
    return isFirst || before !== this.#dataVersion;
  }

  surplus(): readonly number[] {
    return [];
  }

  async inspect(): Promise<readonly ShardReport[]> {
    const { relay } = this.#options;
    const cursor = this.#cursor();
    const lastId = cursor?.last_id ?? 0;
    const [oldest] = this.#database.query<{ created_at: number }>(
      "select created_at from outbox_message where id > ? order by id limit 1",
      [lastId],
    );
    const [counts] = this.#database.query<{ stalled: number; parked: number }>(
      "select count(*) as stalled, coalesce(sum(state = 'parked'), 0) as parked from outbox_stalled where relay = ?",
      [relay],
    );
    return [
      {
        shard: 0,
        owner: cursor?.owner ?? undefined,
        epoch: cursor?.epoch ?? 0,
        lastId,
        stalled: counts?.stalled ?? 0,
        parked: counts?.parked ?? 0,
        oldestUnsentAt: oldest?.created_at,
      },
    ];
  }

  async purge(before: number, limit: number): Promise<{ readonly isMore: boolean }> {
    const { world, leaseMs } = this.#options;
    const [floor] = this.#database.query<{ id: number | null }>("select min(last_id) as id from outbox_cursor");
    const page = this.#database.query<{ id: number; created_at: number }>(
      "select id, created_at from outbox_message where id > ? and id <= ? order by id limit ?",
      [this.#purgedTo, floor?.id ?? 0, limit],
    );
    const kept = page.findIndex(({ created_at }) => created_at >= before);
    const expired = kept === -1 ? page : page.slice(0, kept);
    const upTo = expired.at(-1)?.id;
    if (upTo === undefined) return { isMore: false };
    await writeTransaction(this.#database, world, leaseMs, () => {
      this.#database.query(
        "delete from outbox_message where id > ? and id <= ? and id not in (select id from outbox_stalled)",
        [this.#purgedTo, upTo],
      );
    });
    // What was left for stalled lanes is looked at again once everything behind it has been seen.
    const isMore = kept === -1 && page.length === limit;
    this.#purgedTo = isMore ? upTo : 0;
    return { isMore };
  }

  async close(): Promise<void> {
    this.#database.close();
  }

  #cursor(): CursorColumns | undefined {
    const [cursor] = this.#database.query<CursorColumns>(
      "select last_id, claimed_to, unclean_starts, owner, epoch, lease_until, lease_ms, stalled_version from outbox_cursor where relay = ?",
      [this.#options.relay],
    );
    return cursor;
  }

  /**
   * Relays on one SQLite file share a machine and so its clock: a lease is over when that clock says so. If the clock
   * was set back, a lease can seem to last for hours; then the owner's silence decides: it renews three times in
   * `lease_ms`, so a lease that did not move for that long, on a clock that cannot be set, has no owner any more.
   */
  #isHeld(cursor: CursorColumns): boolean {
    const { owner, world } = this.#options;
    if (cursor.owner === null || cursor.owner === owner || cursor.lease_until <= world.clock.now()) return false;
    const at = world.clock.monotonic();
    if (this.#seen?.epoch !== cursor.epoch || this.#seen.leaseUntil !== cursor.lease_until) {
      this.#seen = { epoch: cursor.epoch, leaseUntil: cursor.lease_until, at };
    }
    return at - this.#seen.at <= cursor.lease_ms;
  }

  /** Puts every row that was claimed and not settled aside, to be sent alone with its attempts counted. */
  #suspectAll(lastId: number, claimedTo: number): void {
    const rows = this.#database.query<{ id: number; topic: string; partition: number | null; key: Uint8Array | null }>(
      "select id, topic, partition, key from outbox_message where id > ? and id <= ? order by id",
      [lastId, claimedTo],
    );
    for (const row of rows) {
      this.#database.query("insert into outbox_stalled(relay, id, key_hash, state) values (?, ?, ?, 'suspect')", [
        this.#options.relay,
        row.id,
        Buffer.from(laneHash(row), "hex"),
      ]);
    }
  }
}
