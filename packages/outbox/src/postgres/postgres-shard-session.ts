import { OutboxError } from "../errors.js";
import type {
  OutboxRow,
  RelaySessionOptions,
  ShardSession,
  StalledHead,
  StepRequest,
  StepResult,
} from "../store/outbox-store.js";
import { type ClaimSource, claimStatement, largeWindowStatement, settleStatement } from "./claim-statement.js";
import type { Queryable } from "./postgres-driver.js";
import type { PostgresNames } from "./postgres-names.js";
import { type MessageColumns, outboxRow } from "./postgres-rows.js";
import type { RelayConnection } from "./relay-connection.js";
import { type SnapshotCursor, type SnapshotWindow, SnapshotWindows } from "./snapshot-windows.js";
import { StalledTable } from "./stalled-table.js";

/** The lease that was taken, and what the database says of the shard. */
export interface PostgresLease {
  readonly shard: number;
  readonly epoch: number;
  readonly previousOwner: string | undefined;
  readonly cursor: SnapshotCursor;
  readonly stalledVersion: number;
  readonly stalled: readonly StalledHead[];
}

/** What a session works with. */
export interface PostgresShardParts {
  readonly database: RelayConnection;
  readonly names: PostgresNames;
  readonly options: RelaySessionOptions;
  /** Told once when the lease is lost or given back. */
  readonly onEnd: () => void;
}

interface ClaimLine extends Partial<MessageColumns> {
  readonly snap: string;
  readonly found: number;
  readonly stalled_version: number | null;
}

interface Claimed {
  readonly rows: readonly OutboxRow[];
  /** The window they belong to; `undefined` when nothing was found. */
  readonly window: SnapshotWindow | undefined;
  readonly isReadToEnd: boolean;
  /** The shard's cursor may begin here: nothing was visible that is not done. */
  readonly skipTo: string | undefined;
  readonly stalledVersion: number | undefined;
}

const untouched = { putAside: [], outcomes: [], retry: [], renew: false };
const nothing: StepResult = { rows: [], retried: [], heads: [], reloaded: undefined, isRenewed: false };

/** A shard of a Postgres outbox, while this relay owns it. */
export class PostgresShardSession implements ShardSession {
  readonly shard: number;
  readonly epoch: number;
  readonly previousOwner: string | undefined;
  readonly stalled: readonly StalledHead[];
  readonly #parts: PostgresShardParts;
  readonly #table: StalledTable;
  readonly #windows: SnapshotWindows;
  #stalledVersion: number;

  constructor(parts: PostgresShardParts, lease: PostgresLease) {
    const { relay, onParked, world } = parts.options;
    this.#parts = parts;
    this.shard = lease.shard;
    this.epoch = lease.epoch;
    this.previousOwner = lease.previousOwner;
    this.stalled = lease.stalled;
    this.#stalledVersion = lease.stalledVersion;
    this.#windows = new SnapshotWindows(lease.cursor);
    this.#table = new StalledTable(parts.names, { relay, shard: lease.shard, clock: world.clock, onParked });
  }

  /** Where the next window begins; `undefined` while one is open that has rows to claim. */
  get nextWindowFrom(): string | undefined {
    return this.#windows.unread === undefined ? this.#windows.end : undefined;
  }

  async step(request: StepRequest): Promise<StepResult> {
    const { settledTo, putAside, outcomes, retry, maxRows, renew } = request;
    const isStalledTouched = putAside.length + outcomes.length + retry.length > 0;
    const mustWrite = renew || settledTo !== undefined || isStalledTouched;
    if (!mustWrite && maxRows <= 0) return nothing;
    const { database } = this.#parts;
    const endsWindow = maxRows > 0 && this.#windows.unread !== undefined;
    const written = isStalledTouched
      ? await database.transaction((tx) => this.#write(tx, request, mustWrite))
      : await this.#write(database, request, mustWrite);
    const result = written();
    if (!endsWindow || result.rows.length > 0) return result;
    // The window had nothing left, but what came after it may have.
    const more = await this.step({ ...untouched, maxRows, maxBytes: request.maxBytes });
    return { ...result, rows: more.rows, reloaded: more.reloaded ?? result.reloaded };
  }

  async release(): Promise<void> {
    const { database, names, options, onEnd } = this.#parts;
    const { from, to, lastId } = this.#windows.cursor();
    await database.query(
      `update ${names.cursor} set owner = null, lease_until = '-infinity', unclean_starts = 0, snap_from = $5::text::pg_snapshot,
          snap_to = $6::text::pg_snapshot, last_id = $7::text::bigint, claimed_from = null, claimed_snap = null, claimed_to = null
        where relay = $1::text and shard = $2::int and owner = $3::text and epoch = $4::text::bigint`,
      [options.relay, this.shard, options.owner, String(this.epoch), from, to, String(lastId)],
    );
    onEnd();
    await database.query("select pg_notify($1::text, 'released')", [names.channel]);
  }

  /** Answers what is to be done when it is committed: until then nothing here may change. */
  async #write(tx: Queryable, request: StepRequest, mustWrite: boolean): Promise<() => StepResult> {
    const { settledTo, putAside, outcomes, retry } = request;
    const claimed = await this.#claim(tx, request, mustWrite);
    await this.#table.putAside(tx, putAside);
    await this.#table.note(tx, outcomes);
    const retried = await this.#table.claim(tx, retry);
    const lanes = [...new Set(outcomes.map(({ lane }) => lane))];
    const found = lanes.length === 0 ? [] : await this.#table.heads(tx, lanes);
    const heads = lanes.map((lane) => ({ lane, head: found.find((head) => head.lane === lane) }));
    const { stalledVersion = this.#stalledVersion } = claimed;
    const reloaded = stalledVersion === this.#stalledVersion ? undefined : await this.#table.heads(tx);
    return () => {
      if (settledTo !== undefined) this.#windows.settled(settledTo);
      if (claimed.skipTo !== undefined) this.#windows.skipTo(claimed.skipTo);
      const ids = claimed.rows.map(({ id }) => id);
      if (claimed.window !== undefined) this.#windows.claimed(claimed.window, ids, claimed.isReadToEnd);
      this.#stalledVersion = stalledVersion;
      return { rows: claimed.rows, retried, heads, reloaded, isRenewed: claimed.stalledVersion !== undefined };
    };
  }

  async #claim(tx: Queryable, request: StepRequest, mustWrite: boolean): Promise<Claimed> {
    const { settledTo, maxRows } = request;
    const cursor = this.#windows.cursor(settledTo);
    const common = this.#cursorParameters(cursor, settledTo !== undefined);
    if (maxRows <= 0) return this.#settle(tx, common);
    const { unread } = this.#windows;
    if (unread !== undefined) return this.#page(tx, request, common, unread, mustWrite);
    const from = this.#windows.end;
    const lines = await this.#read(tx, "new", [...common, mustWrite, maxRows, request.maxBytes, from]);
    const { rows, snap, found, stalledVersion } = this.#understand(lines, mustWrite);
    if (rows.length === 0 && found > 0) {
      const window = await this.#largeWindow(tx, from);
      if (window === undefined) return { rows, window, isReadToEnd: true, skipTo: undefined, stalledVersion };
      const page = await this.#page(tx, request, common, window, false);
      return { ...page, stalledVersion: page.stalledVersion ?? stalledVersion };
    }
    const first = rows[0];
    const window = first && { from, to: snap, readTo: first.id - 1, isReadToEnd: false };
    const isDone = first === undefined && stalledVersion !== undefined && cursor.to === null;
    return { rows, window, isReadToEnd: rows.length === found, skipTo: isDone ? snap : undefined, stalledVersion };
  }

  async #settle(tx: Queryable, common: readonly unknown[]): Promise<Claimed> {
    const { names } = this.#parts;
    const [moved] = await tx.query<{ stalled_version: number }>(settleStatement(names), common);
    if (moved === undefined) this.#lost();
    return {
      rows: [],
      window: undefined,
      isReadToEnd: true,
      skipTo: undefined,
      stalledVersion: moved?.stalled_version,
    };
  }

  async #page(
    tx: Queryable,
    { maxRows, maxBytes }: StepRequest,
    common: readonly unknown[],
    window: SnapshotWindow,
    mustWrite: boolean,
  ): Promise<Claimed> {
    const { from, to, readTo } = window;
    const lines = await this.#read(tx, "page", [...common, mustWrite, maxRows, maxBytes, from, to, String(readTo)]);
    const { rows, found, stalledVersion } = this.#understand(lines, mustWrite);
    return { rows, window, isReadToEnd: rows.length === found, skipTo: undefined, stalledVersion };
  }

  async #largeWindow(tx: Queryable, from: string): Promise<SnapshotWindow | undefined> {
    const statement = largeWindowStatement(this.#parts.names);
    const [line] = await tx.query<{ snap: string; first: string | null }>(statement, [this.shard, from]);
    if (line?.first == null) return undefined;
    return { from, to: line.snap, readTo: Number(line.first) - 1, isReadToEnd: false };
  }

  #read(tx: Queryable, source: ClaimSource, parameters: readonly unknown[]): Promise<ClaimLine[]> {
    return tx.query<ClaimLine>(claimStatement(this.#parts.names, source), parameters);
  }

  #understand(lines: readonly ClaimLine[], mustWrite: boolean) {
    const [first] = lines;
    const rows = lines.flatMap((line) => (line.id == null ? [] : outboxRow(line as ClaimLine & MessageColumns)));
    const stalledVersion = first?.stalled_version ?? undefined;
    if (stalledVersion === undefined && (mustWrite || rows.length > 0)) this.#lost();
    return { rows, snap: first?.snap ?? "", found: first?.found ?? 0, stalledVersion };
  }

  #cursorParameters(cursor: SnapshotCursor, isProgress: boolean): readonly unknown[] {
    const { relay, owner, leaseMs } = this.#parts.options;
    const { from, to, lastId, claimedFrom, claimedSnap, claimedTo } = cursor;
    const claimed = [claimedFrom, claimedSnap, claimedTo === null ? null : String(claimedTo)];
    return [relay, this.shard, owner, String(this.epoch), from, to, String(lastId), ...claimed, isProgress, leaseMs];
  }

  #lost(): never {
    this.#parts.onEnd();
    throw new OutboxError(
      "LEASE_LOST",
      `relay ${this.#parts.options.relay}, shard ${this.shard}: another owner came after epoch ${this.epoch}`,
    );
  }
}
