import { OutboxError } from "../errors.js";
import type {
  OutboxRow,
  RelaySessionOptions,
  ShardSession,
  StalledHead,
  StalledOutcome,
  StalledRow,
  StepRequest,
  StepResult,
} from "../store/outbox-store.js";
import type { SqliteDatabase } from "./sqlite-database.js";
import {
  type MessageColumns,
  messageColumns,
  outboxRow,
  type StalledColumns,
  stalledColumns,
  stalledHead,
} from "./sqlite-rows.js";
import { writeTransaction } from "./write-transaction.js";

/** The lease that {@link SqliteRelaySession.acquire} took. */
export interface SqliteLease {
  readonly epoch: number;
  readonly previousOwner: string | undefined;
  readonly lastId: number;
  readonly stalledVersion: number;
}

const nothing: StepResult = { rows: [], retried: [], heads: [], reloaded: undefined, isRenewed: false };

/** SQLite's one shard, while this relay owns it. */
export class SqliteShardSession implements ShardSession {
  readonly shard = 0;
  readonly epoch: number;
  readonly previousOwner: string | undefined;
  readonly stalled: readonly StalledHead[];
  readonly #database: SqliteDatabase;
  readonly #options: RelaySessionOptions;
  #settledTo: number;
  #readTo: number;
  #stalledVersion: number;

  constructor(database: SqliteDatabase, options: RelaySessionOptions, lease: SqliteLease) {
    this.#database = database;
    this.#options = options;
    this.epoch = lease.epoch;
    this.previousOwner = lease.previousOwner;
    this.#settledTo = lease.lastId;
    this.#readTo = lease.lastId;
    this.#stalledVersion = lease.stalledVersion;
    this.stalled = this.#allHeads();
  }

  async step(request: StepRequest): Promise<StepResult> {
    if (!this.#mustWrite(request) && !this.#isSomethingNew(request)) return nothing;
    const { world, leaseMs } = this.#options;
    const { result, readTo, stalledVersion } = await writeTransaction(this.#database, world, leaseMs, () =>
      this.#write(request),
    );
    this.#settledTo = request.settledTo ?? this.#settledTo;
    this.#readTo = readTo;
    this.#stalledVersion = stalledVersion;
    return result;
  }

  async release(): Promise<void> {
    const { world, leaseMs, relay, owner } = this.#options;
    await writeTransaction(this.#database, world, leaseMs, () => {
      this.#database.query(
        "update outbox_cursor set owner = null, lease_until = 0, claimed_to = last_id, unclean_starts = 0 where relay = ? and owner = ? and epoch = ?",
        [relay, owner, this.epoch],
      );
    });
  }

  #mustWrite(request: StepRequest): boolean {
    const { settledTo, putAside, outcomes, retry, renew } = request;
    return renew || settledTo !== undefined || putAside.length + outcomes.length + retry.length > 0;
  }

  /** Looks without a lock, so that a poll that finds nothing stops no writer. */
  #isSomethingNew({ maxRows }: StepRequest): boolean {
    const rows = this.#database.query(
      "select 1 as found where (? and exists (select 1 from outbox_message where id > ?)) or exists (select 1 from outbox_cursor where relay = ? and stalled_version <> ?)",
      [maxRows > 0 ? 1 : 0, this.#readTo, this.#options.relay, this.#stalledVersion],
    );
    return rows.length > 0;
  }

  #write(request: StepRequest): {
    readonly result: StepResult;
    readonly readTo: number;
    readonly stalledVersion: number;
  } {
    const rows = request.maxRows > 0 ? this.#page(request.maxRows, request.maxBytes) : [];
    const readTo = rows.at(-1)?.id ?? this.#readTo;
    const stalledVersion = this.#moveCursor(request.settledTo ?? this.#settledTo, readTo);
    for (const row of request.putAside) this.#putAside(row);
    const lanes = new Set<string>();
    for (const outcome of request.outcomes) {
      this.#note(outcome);
      lanes.add(outcome.lane);
    }
    const retried = request.retry.flatMap((id) => this.#claimStalled(id));
    const heads = [...lanes].map((lane) => ({ lane, head: this.#headOf(lane) }));
    const reloaded = stalledVersion === this.#stalledVersion ? undefined : this.#allHeads();
    return { result: { rows, retried, heads, reloaded, isRenewed: true }, readTo, stalledVersion };
  }

  /** Settles, claims and renews in one row. The claim is what makes a crash while sending visible to the next owner. */
  #moveCursor(lastId: number, claimedTo: number): number {
    const { relay, owner, leaseMs, world } = this.#options;
    const [cursor] = this.#database.query<{ stalled_version: number }>(
      `update outbox_cursor set unclean_starts = case when last_id = ? then unclean_starts else 0 end,
        last_id = ?, claimed_to = ?, lease_until = ?, lease_ms = ?
        where relay = ? and owner = ? and epoch = ? returning stalled_version`,
      [lastId, lastId, claimedTo, world.clock.now() + leaseMs, leaseMs, relay, owner, this.epoch],
    );
    if (cursor === undefined) {
      throw new OutboxError("LEASE_LOST", `relay ${relay}: another owner came after epoch ${this.epoch}`);
    }
    return cursor.stalled_version;
  }

  #page(maxRows: number, maxBytes: number): OutboxRow[] {
    // Sizes first: SQLite knows the length of a blob without reading it, and a page of large ones must not fill the memory.
    const sizes = this.#database.query<{ id: number; size: number }>(
      "select id, coalesce(length(key), 0) + coalesce(length(value), 0) + length(headers) as size from outbox_message where id > ? order by id limit ?",
      [this.#readTo, maxRows],
    );
    let upTo: number | undefined;
    let bytes = 0;
    for (const { id, size } of sizes) {
      bytes += size;
      if (upTo !== undefined && bytes > maxBytes) break;
      upTo = id;
    }
    if (upTo === undefined) return [];
    return this.#database
      .query<MessageColumns>(
        `select ${messageColumns} from outbox_message m where m.id > ? and m.id <= ? order by m.id`,
        [this.#readTo, upTo],
      )
      .map(outboxRow);
  }

  #putAside(row: StalledRow): void {
    this.#database.query(
      "insert into outbox_stalled(relay, id, key_hash, state, attempts, next_attempt_at, last_error) values (?, ?, ?, ?, ?, ?, ?)",
      [
        this.#options.relay,
        row.id,
        Buffer.from(row.lane, "hex"),
        row.state,
        row.attempts,
        row.nextAttemptAt,
        row.error ?? null,
      ],
    );
  }

  #note(outcome: StalledOutcome): void {
    const { relay } = this.#options;
    switch (outcome.kind) {
      case "published":
        this.#database.query("delete from outbox_stalled where relay = ? and id = ?", [relay, outcome.id]);
        return;
      case "failed":
        this.#database.query(
          "update outbox_stalled set state = 'waiting', attempts = ?, next_attempt_at = ?, last_error = ? where relay = ? and id = ?",
          [outcome.attempts, outcome.nextAttemptAt, outcome.error, relay, outcome.id],
        );
        return;
      case "parked":
        this.#database.query("update outbox_stalled set state = 'parked', last_error = ? where relay = ? and id = ?", [
          outcome.error,
          relay,
          outcome.id,
        ]);
    }
  }

  #claimStalled(id: number): StepResult["retried"] {
    const { relay } = this.#options;
    this.#database.query(
      "update outbox_stalled set state = 'sending', attempts = attempts + 1 where relay = ? and id = ?",
      [relay, id],
    );
    const [claimed] = this.#database.query<StalledColumns>(
      `select ${stalledColumns} from outbox_stalled s where s.relay = ? and s.id = ?`,
      [relay, id],
    );
    const [columns] = this.#database.query<MessageColumns>(
      `select ${messageColumns} from outbox_message m where m.id = ?`,
      [id],
    );
    if (claimed === undefined || columns === undefined) return [];
    return [{ row: outboxRow(columns), lane: claimed.lane, attempts: claimed.attempts }];
  }

  get #skipsParked(): string {
    return this.#options.onParked === "release" ? "and s.state <> 'parked'" : "";
  }

  #headOf(lane: string): StalledHead | undefined {
    const [columns] = this.#database.query<StalledColumns>(
      `select ${stalledColumns} from outbox_stalled s where s.relay = ? and s.key_hash = ? ${this.#skipsParked} order by s.id limit 1`,
      [this.#options.relay, Buffer.from(lane, "hex")],
    );
    return columns && stalledHead(columns);
  }

  #allHeads(): readonly StalledHead[] {
    const { relay } = this.#options;
    return this.#database
      .query<StalledColumns>(
        `select ${stalledColumns} from outbox_stalled s where s.relay = ? and s.id in (select min(s.id) from outbox_stalled s where s.relay = ? ${this.#skipsParked} group by s.key_hash) order by s.id`,
        [relay, relay],
      )
      .map(stalledHead);
  }
}
