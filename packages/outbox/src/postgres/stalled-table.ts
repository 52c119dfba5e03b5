import type { Clock } from "@ottla/world";
import type { StalledHead, StalledOutcome, StalledRow, StepResult } from "../store/outbox-store.js";
import type { Queryable } from "./postgres-driver.js";
import type { PostgresNames } from "./postgres-names.js";
import {
  type MessageColumns,
  messageColumns,
  outboxRow,
  type StalledColumns,
  stalledColumns,
  stalledHead,
} from "./postgres-rows.js";

/** The part of the stalled table that belongs to one relay name and shard. Each call is one statement, whatever it is given. */
export class StalledTable {
  readonly #names: PostgresNames;
  readonly #relay: string;
  readonly #shard: number;
  readonly #clock: Clock;
  readonly #skipsParked: string;

  constructor(
    names: PostgresNames,
    { relay, shard, clock, onParked }: { relay: string; shard: number; clock: Clock; onParked: "hold" | "release" },
  ) {
    this.#names = names;
    this.#relay = relay;
    this.#shard = shard;
    this.#clock = clock;
    this.#skipsParked = onParked === "release" ? "and s.state <> 'parked'" : "";
  }

  /** Copies rows of the message table here. */
  async putAside(tx: Queryable, rows: readonly StalledRow[]): Promise<void> {
    if (rows.length === 0) return;
    const now = this.#clock.now();
    const given = rows.map(({ id, lane, state, attempts, nextAttemptAt, error }) => ({
      id,
      lane,
      state,
      attempts,
      wait_ms: Math.max(nextAttemptAt - now, 0),
      error: error ?? null,
    }));
    await tx.query(
      `insert into ${this.#names.stalled} (relay, shard, id, key_hash, state, attempts, next_attempt_at, last_error,
          message_id, topic, partition, key, value, headers, record_timestamp, created_at)
        select $1::text, $2::int, g.id, decode(g.lane, 'hex'), g.state, g.attempts,
          clock_timestamp() + g.wait_ms * interval '1 millisecond', g.error,
          m.message_id, m.topic, m.partition, m.key, m.value, m.headers, m.record_timestamp, m.created_at
        from json_to_recordset($3::text::json) as g(id bigint, lane text, state text, attempts int, wait_ms float8, error text)
        join ${this.#names.message} m on m.shard = $4::int and m.id = g.id`,
      [this.#relay, this.#shard, JSON.stringify(given), this.#shard],
    );
  }

  /** Writes what became of rows. */
  async note(tx: Queryable, outcomes: readonly StalledOutcome[]): Promise<void> {
    const published = outcomes.filter(({ kind }) => kind === "published").map(({ id }) => id);
    if (published.length > 0) {
      await tx.query(
        `delete from ${this.#names.stalled} where relay = $1::text and id in (select value::bigint from json_array_elements_text($2::text::json))`,
        [this.#relay, JSON.stringify(published)],
      );
    }
    const now = this.#clock.now();
    const kept = outcomes
      .filter((outcome) => outcome.kind !== "published")
      .map((outcome) => {
        const { id, error } = outcome;
        if (outcome.kind === "parked") return { id, state: "parked", attempts: null, wait_ms: 0, error };
        const wait_ms = Math.max(outcome.nextAttemptAt - now, 0);
        return { id, state: "waiting", attempts: outcome.attempts, wait_ms, error };
      });
    if (kept.length === 0) return;
    await tx.query(
      `update ${this.#names.stalled} s set state = g.state, attempts = coalesce(g.attempts, s.attempts), last_error = g.error,
          next_attempt_at = clock_timestamp() + g.wait_ms * interval '1 millisecond'
        from json_to_recordset($2::text::json) as g(id bigint, state text, attempts int, wait_ms float8, error text)
        where s.relay = $1::text and s.id = g.id`,
      [this.#relay, JSON.stringify(kept)],
    );
  }

  /** Counts an attempt for each row and answers those that are still there. */
  async claim(tx: Queryable, ids: readonly number[]): Promise<StepResult["retried"]> {
    if (ids.length === 0) return [];
    const rows = await tx.query<MessageColumns & { readonly lane: string; readonly attempts: number }>(
      `update ${this.#names.stalled} s set state = 'sending', attempts = attempts + 1
        where s.relay = $1::text and s.id in (select value::bigint from json_array_elements_text($2::text::json))
        returning ${messageColumns("s")}, encode(s.key_hash, 'hex') as lane, s.attempts`,
      [this.#relay, JSON.stringify(ids)],
    );
    return rows
      .map((columns) => ({ row: outboxRow(columns), lane: columns.lane, attempts: columns.attempts }))
      .sort((a, b) => a.row.id - b.row.id);
  }

  /** What a predecessor was sending when it ended is sent alone. */
  async suspectSending(tx: Queryable): Promise<void> {
    await tx.query(
      `update ${this.#names.stalled} set state = 'suspect' where relay = $1::text and shard = $2::int and state = 'sending'`,
      [this.#relay, this.#shard],
    );
  }

  /** The first row of each of these lanes, or of all. */
  async heads(tx: Queryable, lanes?: readonly string[]): Promise<StalledHead[]> {
    const some =
      lanes && "and s.key_hash in (select decode(value, 'hex') from json_array_elements_text($3::text::json))";
    const rows = await tx.query<StalledColumns>(
      `select distinct on (s.key_hash) ${stalledColumns} from ${this.#names.stalled} s
        where s.relay = $1::text and s.shard = $2::int ${this.#skipsParked} ${some ?? ""} order by s.key_hash, s.id`,
      [this.#relay, this.#shard, ...(lanes ? [JSON.stringify(lanes)] : [])],
    );
    return rows.map((columns) => stalledHead(columns, this.#clock)).sort((a, b) => a.id - b.id);
  }
}
