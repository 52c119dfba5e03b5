import type { Clock } from "@ottla/world";
import { freshRows } from "./claim-statement.js";
import type { PostgresNames } from "./postgres-names.js";
import type { RelayConnection } from "./relay-connection.js";

const firstMs = 10;
// Notifications come in time; without them the poll alone decides how late a row can be.
const longestMs = { listening: 1_000, deaf: 100 };

/** Asks for all shards in one statement whether rows became visible that their windows do not hold. */
export class FreshnessPoll {
  readonly #database: RelayConnection;
  readonly #clock: Clock;
  readonly #text: string;
  #everyMs = firstMs;
  #dueAt = 0;

  constructor(database: RelayConnection, names: PostgresNames, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
    // Each shard's search ends with the first row it meets in the index.
    const fresh = freshRows(names, "1 as found", "s.shard", "s.snap", "1");
    this.#text = `select 1 as found from json_to_recordset($1::text::json) as s(shard smallint, snap pg_snapshot)
      cross join lateral (select * from (${fresh}) rows limit 1) first limit 1`;
  }

  get dueAt(): number {
    return this.#dueAt;
  }

  /** Something came: looks often again. */
  reset(): void {
    this.#everyMs = firstMs;
    this.#dueAt = this.#clock.monotonic() + firstMs;
  }

  async ask(
    shards: ReadonlyMap<number, { readonly nextWindowFrom: string | undefined }>,
    isListening: boolean,
  ): Promise<boolean> {
    const asked = [...shards].flatMap(([shard, { nextWindowFrom: snap }]) =>
      snap === undefined ? [] : [{ shard, snap }],
    );
    const found = asked.length === 0 ? [] : await this.#database.query(this.#text, [JSON.stringify(asked)]);
    if (found.length > 0) {
      this.reset();
      return true;
    }
    const longest = isListening ? longestMs.listening : longestMs.deaf;
    this.#everyMs = Math.min(this.#everyMs * 2, longest);
    this.#dueAt = this.#clock.monotonic() + this.#everyMs;
    return false;
  }
}
