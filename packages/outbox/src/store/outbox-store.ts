import type { RecordHeader } from "@ottla/client";
import type { World } from "@ottla/world";
import type { AnyTx, EffectResult, InTx, Transactions } from "../sql/sql.js";
import type { WakeUp } from "./wake-up.js";

/** An event on its way into the outbox: final bytes. Times are milliseconds since the epoch. */
export interface NewOutboxRow {
  readonly messageId: string;
  readonly topic: string;
  readonly partition: number | null;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly RecordHeader[];
  readonly timestamp: number;
  readonly createdAt: number;
}

/** An event in the outbox. Inside a shard ids grow in the order in which a relay must send. */
export interface OutboxRow extends NewOutboxRow {
  readonly id: number;
}

/**
 * A database that holds an outbox and an inbox. There is one per database system; drivers differ in `Connection` and `Tx`.
 *
 * The relay's loop lives above this interface and is the same for all of them. A store brings: how rows are added, in
 * which order and under which claim they are read, and who may do so.
 */
export interface OutboxStore<Connection, Tx extends AnyTx> {
  /** Set by `add` after a commit where the driver can tell, awaited by relays of the same process. */
  readonly wakeUp: WakeUp;
  /** Makes the tables, or takes them to this release's version. Forward only; answers the version it found, 0 for none. */
  migrate(connection: Connection): InTx<Tx, number>;
  /**
   * The script that takes the tables from version `from` (default 0: there are none) to this release's, for those who run
   * migrations by other means. Empty when there is nothing to do.
   *
   * @throws {@link OutboxError} `SCHEMA_TOO_NEW`
   */
  migrationScript(from?: number): string;
  /** Adds a row inside the caller's transaction and answers its message id. */
  append(tx: Tx, row: NewOutboxRow): InTx<Tx, string>;
  readonly inbox: InboxStore<Tx>;
  /** Takes over a connection of its own for a relay, and closes it in the end. */
  openRelay(connection: Connection, options: RelaySessionOptions): Promise<RelaySession>;
}

/** The inbox half of a store. */
export interface InboxStore<Tx extends AnyTx> {
  /** Notes the ids and answers those that were not there before, each once. */
  admit(tx: Tx, entry: InboxEntry, messageIds: readonly string[]): InTx<Tx, ReadonlySet<string>>;
  /**
   * Notes one id and calls `effect`; false, without the call, when the id was there. When `effect` throws, the note is
   * taken back before the error goes on, even if the caller then commits.
   */
  once<Result>(tx: Tx, entry: InboxEntry, messageId: string, effect: () => EffectResult<Tx, Result>): InTx<Tx, boolean>;
  /** As {@link InboxStore.once}, in a transaction of its own. */
  onceIn<Result>(
    transactions: Transactions<Tx>,
    entry: InboxEntry,
    messageId: string,
    effect: (tx: Tx) => EffectResult<Tx, Result>,
  ): Promise<boolean>;
  /** Forgets up to `limit` ids received before `before`; answers how many. */
  purge(tx: Tx, consumer: string, before: number, limit: number): InTx<Tx, number>;
  /** When the oldest id that is still known was received. */
  oldest(tx: Tx, consumer: string): InTx<Tx, number | undefined>;
}

/** Who received, and when. */
export interface InboxEntry {
  readonly consumer: string;
  readonly now: number;
  /** Ids received before this may be forgotten on the way; absent when it is not yet time to look again. */
  readonly purgeBefore?: number;
}

/** What a relay says when it connects. */
export interface RelaySessionOptions {
  /** The cursor to move: relays of one name share the work, relays of different names each send everything. */
  readonly relay: string;
  /** This process, among relays of that name. */
  readonly owner: string;
  readonly leaseMs: number;
  readonly onParked: "hold" | "release";
  readonly world: Pick<World, "clock" | "timers">;
  /** To be called when the session hears by itself that rows may have come, or shards may be had. */
  readonly onChange: () => void;
}

/** A relay's connection. */
export interface RelaySession {
  /** The independent parts of the outbox, each with a cursor and a lease of its own. SQLite has one. */
  readonly shards: readonly number[];
  /** Takes the lease of a shard; `undefined` while another holds it. */
  acquire(shard: number): Promise<ShardSession | undefined>;
  /** Whether rows may have come since the last call; so cheap that it can be asked every few milliseconds. */
  hasChanged(): Promise<boolean>;
  /** Shards of its own that it should give back, for other relays to have their share. */
  surplus(): readonly number[];
  /** What does not work as it should, though everything is still sent; for people. */
  readonly warnings: readonly string[];
  /** What the database says of each shard. */
  inspect(): Promise<readonly ShardReport[]>;
  /** Deletes up to `limit` rows that every relay has passed and that were added before `before`; answers how many are left to look at. */
  purge(before: number, limit: number): Promise<{ readonly isMore: boolean }>;
  close(): Promise<void>;
}

/** A shard as the database knows it. */
export interface ShardReport {
  readonly shard: number;
  readonly owner: string | undefined;
  readonly epoch: number;
  readonly lastId: number;
  readonly stalled: number;
  readonly parked: number;
  /** When the oldest event that is neither sent nor put aside was added. */
  readonly oldestUnsentAt: number | undefined;
}

/** The first row of a lane that was put aside: what has to be sent before the lane can go on. */
export interface StalledHead {
  readonly id: number;
  /** Names the lane: a hash, in hex. */
  readonly lane: string;
  /** `suspect`: the process ended while this was being sent, so it must be sent alone. */
  readonly state: "waiting" | "sending" | "suspect" | "parked";
  readonly attempts: number;
  readonly nextAttemptAt: number;
}

/** A row that could not be sent, or that waits behind one. */
export interface StalledRow {
  readonly id: number;
  readonly lane: string;
  /** `sending`: it was put aside while still in flight. */
  readonly state: "waiting" | "sending" | "parked";
  readonly attempts: number;
  readonly nextAttemptAt: number;
  readonly error: string | undefined;
}

/** What became of a stalled row. */
export type StalledOutcome =
  | { readonly kind: "published"; readonly id: number; readonly lane: string }
  | {
      readonly kind: "failed";
      readonly id: number;
      readonly lane: string;
      readonly attempts: number;
      readonly nextAttemptAt: number;
      readonly error: string;
    }
  | { readonly kind: "parked"; readonly id: number; readonly lane: string; readonly error: string };

/** What one step does, all of it or nothing. */
export interface StepRequest {
  /** Everything up to here was sent or is put aside by this step. */
  readonly settledTo?: number;
  readonly putAside: readonly StalledRow[];
  readonly outcomes: readonly StalledOutcome[];
  /** Stalled rows about to be sent again: their attempts are counted before they are. */
  readonly retry: readonly number[];
  /** How many further rows to claim, 0 for none. At least one comes however large it is. */
  readonly maxRows: number;
  readonly maxBytes: number;
  /** Write even if there is nothing to say, to renew the lease. */
  readonly renew: boolean;
}

export interface StepResult {
  /** Claimed rows, in order, beginning behind those claimed before. */
  readonly rows: readonly OutboxRow[];
  /** Rows of `retry`, with the attempts that were counted. One that is no longer in the database is left out. */
  readonly retried: readonly { readonly row: OutboxRow; readonly lane: string; readonly attempts: number }[];
  /** For each lane touched by an outcome: its new head, `undefined` when the lane is free again. */
  readonly heads: readonly { readonly lane: string; readonly head: StalledHead | undefined }[];
  /** All heads, when an operator changed something meanwhile. */
  readonly reloaded: readonly StalledHead[] | undefined;
  /** Whether this step wrote, and so renewed the lease. */
  readonly isRenewed: boolean;
}

/** A shard that this relay owns. */
export interface ShardSession {
  readonly shard: number;
  readonly epoch: number;
  /** Whose lease ran out; `undefined` when it was released, or never held. */
  readonly previousOwner: string | undefined;
  readonly stalled: readonly StalledHead[];
  /**
   * Writes what happened and claims more, in one short transaction.
   *
   * @throws {@link OutboxError} `LEASE_LOST` when another owner came: nothing was written.
   */
  step(request: StepRequest): Promise<StepResult>;
  /** Gives the lease back, so that another relay can begin at once. */
  release(): Promise<void>;
}
