import type { RelaySessionOptions } from "../store/outbox-store.js";
import type { PostgresNames } from "./postgres-names.js";
import type { RelayConnection } from "./relay-connection.js";

/**
 * How many shards are this relay's part: the relays of one name that are alive, by their rows in the database and its
 * clock, divide them evenly; the first ones by name take one more when the division leaves a rest.
 */
export class RelayShare {
  readonly #database: RelayConnection;
  readonly #names: PostgresNames;
  readonly #options: RelaySessionOptions;
  readonly #shards: number;
  #size = 0;
  #renewAt = 0;

  constructor(database: RelayConnection, names: PostgresNames, options: RelaySessionOptions, shards: number) {
    this.#database = database;
    this.#names = names;
    this.#options = options;
    this.#shards = shards;
  }

  get size(): number {
    return this.#size;
  }

  /** Another relay came or went: asks again with the next tick. */
  forget(): void {
    this.#renewAt = 0;
  }

  /** Says that this relay lives, if it is time to. True when its part has changed. */
  async renewIfDue(): Promise<boolean> {
    if (this.#options.world.clock.monotonic() < this.#renewAt) return false;
    const before = this.#size;
    await this.renew();
    return this.#size !== before;
  }

  async renew(): Promise<void> {
    const { relay, owner, leaseMs, world } = this.#options;
    this.#renewAt = world.clock.monotonic() + Math.min(leaseMs / 3, 1_000);
    const [seen] = await this.#database.query<{ alive: number; rank: number; is_new: boolean }>(
      `with gone as (delete from ${this.#names.relay} where relay = $1::text and seen_until < clock_timestamp()),
        mine as (insert into ${this.#names.relay} as r (relay, owner, seen_until)
          values ($2::text, $3::text, clock_timestamp() + $4::float8 * interval '1 millisecond')
          on conflict (relay, owner) do update set seen_until = excluded.seen_until returning (xmax = 0) as is_new)
      select (count(*) + 1)::int as alive, (count(*) filter (where o.owner < $5::text))::int as rank, (select is_new from mine) as is_new
        from ${this.#names.relay} o where o.relay = $6::text and o.owner <> $7::text and o.seen_until >= clock_timestamp()`,
      [relay, relay, owner, leaseMs, owner, relay, owner],
    );
    if (seen === undefined) return;
    const { alive, rank, is_new } = seen;
    this.#size = Math.floor(this.#shards / alive) + (rank < this.#shards % alive ? 1 : 0);
    if (is_new) await this.#tell("joined");
  }

  /** Gives its part up, so that the others can divide it at once. */
  async leave(): Promise<void> {
    const { relay, owner } = this.#options;
    await this.#database.query(`delete from ${this.#names.relay} where relay = $1::text and owner = $2::text`, [
      relay,
      owner,
    ]);
    await this.#tell("left");
  }

  async #tell(what: string): Promise<void> {
    await this.#database.query("select pg_notify($1::text, $2::text)", [this.#names.channel, what]);
  }
}
