import { nodeWorld, type World } from "@ottla/world";
import { OutboxError } from "../errors.js";
import type { RecordPublisher } from "../record-publisher.js";
import type { AnyTx } from "../sql/sql.js";
import type { OutboxStore, RelaySession, ShardReport } from "../store/outbox-store.js";
import { Alarm } from "./alarm.js";
import { backoffMs } from "./backoff.js";
import { failureText } from "./publish-failure.js";
import { RelayEmitter, type RelayEvents } from "./relay-events.js";
import { type RelaySettings, type RelayTuning, relaySettings } from "./relay-settings.js";
import { ShardRelay } from "./shard-relay.js";

/** What {@link createRelay} is given. */
export interface RelayOptions<Connection, Tx extends AnyTx> extends RelayTuning {
  readonly store: OutboxStore<Connection, Tx>;
  /** Opens a connection for the relay alone; it is closed with it, and opened again after the database failed. */
  readonly connect: () => Connection | Promise<Connection>;
  readonly publisher: RecordPublisher;
  /** Names the cursor. Relays of one name share the work and take over from each other; default `"relay"`. */
  readonly name?: string;
  readonly world?: Pick<World, "clock" | "timers" | "random">;
}

/** A shard in a {@link RelayStatus}. */
export interface ShardStatus extends ShardReport {
  /** This relay owns it. */
  readonly isOwned: boolean;
  /** Sent and not answered. */
  readonly inFlight: number;
  /** Claimed and not settled. */
  readonly unsettled: number;
  /** Keys that failed and are tried again in place. */
  readonly retrying: number;
  /** Milliseconds since the oldest event was added that is neither sent nor put aside: the figure to alarm on. 0 when there is none. */
  readonly oldestUnsentAgeMs: number;
}

export interface RelayStatus {
  readonly state: "idle" | "connecting" | "running" | "stopping" | "stopped";
  /** This process among relays of its name, as it stands in the database. */
  readonly owner: string;
  readonly shards: readonly ShardStatus[];
  /** What does not work as it should, though everything is still sent: a pooler that swallows notifications, for one. */
  readonly warnings: readonly string[];
  /** The last failure of the database, a send, or the relay itself. */
  readonly lastError: string | undefined;
}

/** Publishes what the outbox holds; made by {@link createRelay}. */
export interface Relay {
  /**
   * Relays until `signal` aborts or {@link Relay.close} is called, then stops as `close` says and resolves. A failure of
   * the database or the broker does not end it: it tries again. Runs once.
   *
   * @throws {@link OutboxError} where trying again cannot help: `SCHEMA_…`, `DATABASE_UNSUITABLE`, `DATABASE_REPLACED`, `RELAY_NOT_RUNNABLE`.
   */
  run(options?: { readonly signal?: AbortSignal }): Promise<void>;
  /** Listens; answers a function that stops it. */
  on<Name extends keyof RelayEvents>(name: Name, listener: (event: RelayEvents[Name]) => void): () => void;
  status(): Promise<RelayStatus>;
  /**
   * Claims nothing more, waits up to `graceMs` for what is in flight, settles it and gives the lease back, so that another
   * relay begins at once. Safe to call twice.
   */
  close(options?: { readonly graceMs?: number }): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Makes a relay; it does nothing until {@link Relay.run}.
 *
 * @throws {@link OutboxError} `PUBLISHER_UNSUITABLE`
 */
export function createRelay<Connection, Tx extends AnyTx>(options: RelayOptions<Connection, Tx>): Relay {
  if (options.publisher.isIdempotent === false) {
    const advice = 'make the producer with acks "all" and idempotent, as it is by default';
    throw new OutboxError("PUBLISHER_UNSUITABLE", `retries of this publisher may lose or reorder records: ${advice}`);
  }
  return new StoreRelay(options);
}

const purgeEveryMs = 10_000;
const purgeChunk = 500;
const reconnectBackoff = { firstMs: 100, longestMs: 5_000 };
const fatalCodes: ReadonlySet<string> = new Set([
  "SCHEMA_MISSING",
  "SCHEMA_OUTDATED",
  "SCHEMA_TOO_NEW",
  "DATABASE_UNSUITABLE",
  "DATABASE_REPLACED",
]);

class StoreRelay<Connection, Tx extends AnyTx> implements Relay {
  readonly #options: RelayOptions<Connection, Tx>;
  readonly #settings: RelaySettings;
  readonly #world: Pick<World, "clock" | "timers" | "random">;
  readonly #owner: string;
  readonly #alarm: Alarm;
  readonly #events = new RelayEmitter();
  readonly #shards = new Map<number, ShardRelay>();
  #running: Promise<void> | undefined;
  #session: RelaySession | undefined;
  #state: RelayStatus["state"] = "idle";
  #lastError: unknown;
  #stopAt: number | undefined;

  constructor(options: RelayOptions<Connection, Tx>) {
    this.#options = options;
    this.#settings = relaySettings(options);
    this.#world = options.world ?? nodeWorld;
    this.#owner = Buffer.from(this.#world.random.bytes(8)).toString("hex");
    this.#alarm = new Alarm(this.#world);
    for (const name of ["stalled", "parked", "error"] as const) {
      this.#events.on(name, ({ error }) => {
        this.#lastError = error;
      });
    }
  }

  on<Name extends keyof RelayEvents>(name: Name, listener: (event: RelayEvents[Name]) => void): () => void {
    return this.#events.on(name, listener);
  }

  async run({ signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    if (this.#running !== undefined || this.#state !== "idle") {
      throw new OutboxError("RELAY_NOT_RUNNABLE", `the relay is ${this.#state}; make another one`);
    }
    const onAbort = () => this.#stop(this.#settings.graceMs);
    if (signal?.aborted === true) onAbort();
    signal?.addEventListener("abort", onAbort, { once: true });
    const stopListening = this.#options.store.wakeUp.listen(() => this.#wake());
    this.#running = this.#connectAndServe();
    try {
      await this.#running;
    } finally {
      stopListening();
      signal?.removeEventListener("abort", onAbort);
      this.#state = "stopped";
    }
  }

  async status(): Promise<RelayStatus> {
    const reports = (await this.#session?.inspect()) ?? [];
    const now = this.#world.clock.now();
    const shards = reports.map((report): ShardStatus => {
      const relay = this.#shards.get(report.shard);
      return {
        ...report,
        isOwned: relay !== undefined,
        inFlight: relay?.inFlight ?? 0,
        unsettled: relay?.unsettled ?? 0,
        retrying: relay?.retrying ?? 0,
        oldestUnsentAgeMs: report.oldestUnsentAt === undefined ? 0 : Math.max(now - report.oldestUnsentAt, 0),
      };
    });
    const lastError = this.#lastError === undefined ? undefined : failureText(this.#lastError);
    const warnings = this.#session?.warnings ?? [];
    return { state: this.#state, owner: this.#owner, shards, warnings, lastError };
  }

  async close({ graceMs = this.#settings.graceMs }: { readonly graceMs?: number } = {}): Promise<void> {
    this.#stop(graceMs);
    if (this.#running === undefined) {
      this.#state = "stopped";
      return;
    }
    // Whoever called run() is told of its failure.
    await this.#running.catch(() => {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #stop(graceMs: number): void {
    const stopAt = this.#world.clock.monotonic() + graceMs;
    this.#stopAt = Math.min(this.#stopAt ?? stopAt, stopAt);
    if (this.#state === "connecting" || this.#state === "running") this.#state = "stopping";
    for (const shard of this.#shards.values()) shard.stop(this.#stopAt);
    this.#alarm.ring();
  }

  #wake(): void {
    for (const shard of this.#shards.values()) shard.wake();
  }

  async #connectAndServe(): Promise<void> {
    for (let failures = 0; this.#stopAt === undefined; ) {
      this.#state = "connecting";
      try {
        await this.#connect();
        if (this.#stopAt === undefined) this.#state = "running";
        await this.#serve(() => {
          failures = 0;
        });
      } catch (error) {
        if (error instanceof OutboxError && fatalCodes.has(error.code)) throw error;
        failures += 1;
        this.#events.emit("error", { error });
        if (this.#stopAt === undefined) await this.#rest(failures);
      } finally {
        await this.#disconnect();
      }
    }
  }

  async #rest(failures: number): Promise<void> {
    const until = this.#world.clock.monotonic() + backoffMs(reconnectBackoff, failures, this.#world.random);
    while (this.#stopAt === undefined && this.#world.clock.monotonic() < until) await this.#alarm.sleepUntil(until);
  }

  async #connect(): Promise<void> {
    const { store, connect, name } = this.#options;
    const { leaseMs, onParked } = this.#settings;
    this.#session = await store.openRelay(await connect(), {
      relay: name ?? "relay",
      owner: this.#owner,
      leaseMs,
      onParked,
      world: this.#world,
      onChange: () => this.#alarm.ring(),
    });
  }

  async #disconnect(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    try {
      await session?.close();
    } catch (error) {
      this.#events.emit("error", { error });
    }
  }

  /** Takes what shards it can, wakes them, purges; ends with the first failure, or when all have stopped. */
  async #serve(onProgress: () => void): Promise<void> {
    const session = this.#session;
    if (session === undefined) return;
    const failed: unknown[] = [];
    const running = new Set<Promise<unknown>>();
    let acquireAt = 0;
    let purgeAt = this.#world.clock.monotonic() + this.#settings.pollMs;
    try {
      while (this.#stopAt === undefined && failed.length === 0) {
        const hasChanged = await session.hasChanged();
        if (hasChanged) this.#wake();
        const now = this.#world.clock.monotonic();
        // A change may be a lease given back.
        if ((hasChanged || now >= acquireAt) && this.#shards.size < session.shards.length) {
          acquireAt = now + Math.min(this.#settings.leaseMs / 3, 1_000);
          for (const shard of session.shards) {
            if (this.#shards.has(shard) || this.#stopAt !== undefined) continue;
            const relay = await this.#acquire(session, shard);
            if (relay === undefined) continue;
            onProgress();
            const ended: Promise<unknown> = this.#relayShard(relay)
              .catch((error: unknown) => failed.push(error))
              .finally(() => {
                running.delete(ended);
                this.#alarm.ring();
              });
            running.add(ended);
          }
        }
        for (const shard of session.surplus()) this.#shards.get(shard)?.stop(now + this.#settings.graceMs);
        if (now >= purgeAt) purgeAt = now + (await this.#purge(session));
        await this.#alarm.sleepUntil(now + this.#settings.pollMs);
      }
    } finally {
      // What one shard met, the others meet on the same connection: they end too, settled as far as can be.
      const stopAt = this.#stopAt ?? this.#world.clock.monotonic();
      for (const shard of this.#shards.values()) shard.stop(stopAt);
      await Promise.all(running);
    }
    if (failed.length > 0) throw failed[0];
  }

  /** A relay for a shard if its lease can be had. */
  async #acquire(session: RelaySession, shard: number): Promise<ShardRelay | undefined> {
    const lease = await session.acquire(shard);
    if (lease === undefined) return undefined;
    const relay = new ShardRelay({
      session: lease,
      publisher: this.#options.publisher,
      settings: this.#settings,
      world: this.#world,
      events: this.#events,
    });
    this.#shards.set(shard, relay);
    if (this.#stopAt !== undefined) relay.stop(this.#stopAt);
    this.#events.emit("takeover", { shard, epoch: lease.epoch, previousOwner: lease.previousOwner });
    return relay;
  }

  /** Ends when the relay stopped or was fenced; rejects when the database failed. */
  async #relayShard(relay: ShardRelay): Promise<void> {
    const { shard, epoch } = relay;
    try {
      await relay.run();
    } catch (error) {
      if (!(error instanceof OutboxError) || error.code !== "LEASE_LOST") throw error;
      this.#events.emit("fenced", { shard, epoch });
    } finally {
      this.#shards.delete(shard);
    }
  }

  /** Deletes a chunk of what nobody needs any more; answers when to look again, in milliseconds. */
  async #purge(session: RelaySession): Promise<number> {
    if (this.#shards.size === 0) return purgeEveryMs;
    const { isMore } = await session.purge(this.#world.clock.now() - this.#settings.retentionMs, purgeChunk);
    return isMore ? 0 : purgeEveryMs;
  }
}
