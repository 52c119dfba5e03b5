import type { RelaySession, RelaySessionOptions, ShardReport, ShardSession } from "../store/outbox-store.js";
import { FreshnessPoll } from "./freshness-poll.js";
import { NotificationCheck } from "./notification-check.js";
import { PartitionKeeper } from "./partition-keeper.js";
import type { PostgresNames } from "./postgres-names.js";
import { PostgresShardSession } from "./postgres-shard-session.js";
import type { RelayConnection } from "./relay-connection.js";
import { RelayShare } from "./relay-share.js";
import { shardReports } from "./shard-reports.js";
import { readyRelayConnection } from "./suitability.js";
import { takeShard } from "./take-shard.js";

/** A relay's connection to a Postgres database: leases and their fair division, the bell, the partitions. */
export class PostgresRelaySession implements RelaySession {
  readonly shards: readonly number[];
  readonly #database: RelayConnection;
  readonly #names: PostgresNames;
  readonly #options: RelaySessionOptions;
  readonly #owned = new Map<number, PostgresShardSession>();
  readonly #share: RelayShare;
  readonly #poll: FreshnessPoll;
  readonly #notifications: NotificationCheck;
  readonly #partitions: PartitionKeeper;
  #isNotified = true;

  private constructor(database: RelayConnection, names: PostgresNames, options: RelaySessionOptions, shards: number) {
    this.shards = Array.from({ length: shards }, (_, shard) => shard);
    this.#database = database;
    this.#names = names;
    this.#options = options;
    this.#share = new RelayShare(database, names, options, shards);
    this.#poll = new FreshnessPoll(database, names, options.world.clock);
    this.#notifications = new NotificationCheck(database, names, options);
    this.#partitions = new PartitionKeeper(database, names);
  }

  static async open(
    database: RelayConnection,
    names: PostgresNames,
    options: RelaySessionOptions,
  ): Promise<PostgresRelaySession> {
    const { shards } = await readyRelayConnection(database, names);
    const session = new PostgresRelaySession(database, names, options, shards);
    await session.#notifications.start((payload) => session.#heard(payload));
    await session.#share.renew();
    await session.#partitions.createAhead();
    return session;
  }

  get warnings(): readonly string[] {
    return this.#notifications.warnings;
  }

  async acquire(shard: number): Promise<ShardSession | undefined> {
    if (this.#owned.size >= this.#share.size) return undefined;
    const lease = await takeShard(this.#database, this.#names, this.#options, shard);
    if (lease === undefined) return undefined;
    const onEnd = () => {
      this.#owned.delete(shard);
    };
    const parts = { database: this.#database, names: this.#names, options: this.#options, onEnd };
    const session = new PostgresShardSession(parts, lease);
    this.#owned.set(shard, session);
    return session;
  }

  surplus(): readonly number[] {
    return [...this.#owned.keys()].slice(this.#share.size);
  }

  /** After a notification at once; else asks by itself, every 10 ms at first and more and more rarely while nothing comes. */
  async hasChanged(): Promise<boolean> {
    const { clock } = this.#options.world;
    await this.#notifications.tick();
    const hasShareChanged = await this.#share.renewIfDue();
    if (this.#isNotified) {
      this.#isNotified = false;
      this.#poll.reset();
      return true;
    }
    if (clock.monotonic() < this.#poll.dueAt) return hasShareChanged;
    const isFound = await this.#poll.ask(this.#owned, this.#notifications.isWorking);
    return isFound || hasShareChanged;
  }

  inspect(): Promise<readonly ShardReport[]> {
    const { relay, world } = this.#options;
    return shardReports(this.#database, this.#names, relay, world.clock);
  }

  async purge(before: number, limit: number): Promise<{ readonly isMore: boolean }> {
    const keepMs = Math.max(this.#options.world.clock.now() - before, 0);
    await this.#partitions.createAhead();
    await this.#partitions.dropOld(keepMs);
    return { isMore: await this.#partitions.purgeDefault(keepMs, limit) };
  }

  async close(): Promise<void> {
    // On a connection that is broken its place becomes free when its time has run out.
    await this.#share.leave().catch(() => {});
    await this.#database.close();
  }

  #heard(payload: string): void {
    if (this.#notifications.isOurProbe(payload)) return;
    if (payload !== "") this.#share.forget();
    this.#isNotified = true;
    this.#options.onChange();
  }
}
