import { nodeWorld, type World } from "@ottla/world";
import { type Duration, durationMs } from "../duration.js";
import { mapInTx } from "../sql/in-tx.js";
import type { AnyTx, EffectResult, InTx, Transactions } from "../sql/sql.js";
import type { InboxEntry, OutboxStore } from "../store/outbox-store.js";
import { type InboxRecord, recordId } from "./record-id.js";

/** What {@link createInbox} is given. */
export interface InboxOptions<Connection, Tx extends AnyTx> {
  readonly store: OutboxStore<Connection, Tx>;
  /** Who handles: each consumer handles each record once. Usually the name of the consumer group. */
  readonly consumer: string;
  /**
   * How long an id is remembered. Default `"7d"`. A record that comes again later than that is handled again, so it must
   * be longer than the topic keeps records, or than anybody will rewind.
   */
  readonly retention?: Duration;
  readonly world?: Pick<World, "clock">;
}

/** What an inbox has done since it was made. */
export interface InboxCounts {
  readonly handled: number;
  /** Records that had been handled before and were skipped. */
  readonly duplicates: number;
}

/** Effects that happen once for each record, in the transaction of the effect; made by {@link createInbox}. */
export interface Inbox<Tx extends AnyTx> {
  /**
   * Calls `effect` if this consumer has not handled the record, noting it in the same transaction; false when it had.
   * If `effect` throws, the note is taken back.
   *
   * @throws {@link OutboxError} `NOT_IN_TRANSACTION` outside a transaction, and what `effect` throws.
   */
  once<Result>(tx: Tx, record: InboxRecord, effect: () => EffectResult<Tx, Result>): InTx<Tx, boolean>;
  /**
   * A handler for `consumer.run`: each record in a transaction of its own, skipped when it was handled before. It has
   * committed when the promise resolves, so the offset may be.
   */
  handler<Handled extends InboxRecord, Result>(
    transactions: Transactions<Tx>,
    effect: (tx: Tx, record: Handled) => EffectResult<Tx, Result>,
  ): (record: Handled) => Promise<void>;
  /** Notes a whole batch in the caller's transaction and answers the records that were not handled before, in order. */
  admit<Handled extends InboxRecord>(tx: Tx, batch: readonly Handled[]): InTx<Tx, Handled[]>;
  /** When the oldest record that is still remembered was received, in milliseconds since the epoch. */
  oldest(tx: Tx): InTx<Tx, number | undefined>;
  readonly counts: InboxCounts;
}

// Forgetting goes along with noting, twice as many as come, so that the table cannot outgrow its retention.
const purgeEvery = 250;

/** Makes an inbox over a database's store. */
export function createInbox<Connection, Tx extends AnyTx>(options: InboxOptions<Connection, Tx>): Inbox<Tx> {
  return new StoreInbox(options);
}

class StoreInbox<Connection, Tx extends AnyTx> implements Inbox<Tx> {
  readonly #store: OutboxStore<Connection, Tx>;
  readonly #consumer: string;
  readonly #retentionMs: number;
  readonly #world: Pick<World, "clock">;
  #sincePurge = purgeEvery;
  #handled = 0;
  #duplicates = 0;

  constructor({ store, consumer, retention, world }: InboxOptions<Connection, Tx>) {
    this.#store = store;
    this.#consumer = consumer;
    this.#retentionMs = durationMs(retention ?? "7d");
    this.#world = world ?? nodeWorld;
  }

  get counts(): InboxCounts {
    return { handled: this.#handled, duplicates: this.#duplicates };
  }

  once<Result>(tx: Tx, record: InboxRecord, effect: () => EffectResult<Tx, Result>): InTx<Tx, boolean> {
    const answer = this.#store.inbox.once<Result>(tx, this.#entry(1), recordId(record), effect);
    return mapInTx<Tx, boolean, boolean>(answer, (isFirst) => this.#count(isFirst));
  }

  handler<Handled extends InboxRecord, Result>(
    transactions: Transactions<Tx>,
    effect: (tx: Tx, record: Handled) => EffectResult<Tx, Result>,
  ): (record: Handled) => Promise<void> {
    return async (record) => {
      const id = recordId(record);
      const isFirst = await this.#store.inbox.onceIn<Result>(transactions, this.#entry(1), id, (tx) =>
        effect(tx, record),
      );
      this.#count(isFirst);
    };
  }

  admit<Handled extends InboxRecord>(tx: Tx, batch: readonly Handled[]): InTx<Tx, Handled[]> {
    const ids = batch.map(recordId);
    const answer = this.#store.inbox.admit(tx, this.#entry(batch.length), ids);
    return mapInTx<Tx, ReadonlySet<string>, Handled[]>(answer, (admitted) => {
      const left = new Set(admitted);
      // A record that is in the batch twice is admitted once: the first of them.
      return batch.filter((_, index) => this.#count(left.delete(ids[index] ?? "")));
    });
  }

  oldest(tx: Tx): InTx<Tx, number | undefined> {
    return this.#store.inbox.oldest(tx, this.#consumer);
  }

  #entry(count: number): InboxEntry {
    const now = this.#world.clock.now();
    this.#sincePurge += count;
    if (this.#sincePurge < purgeEvery) return { consumer: this.#consumer, now };
    this.#sincePurge = 0;
    return { consumer: this.#consumer, now, purgeBefore: now - this.#retentionMs };
  }

  #count(isFirst: boolean): boolean {
    if (isFirst) this.#handled += 1;
    else this.#duplicates += 1;
    return isFirst;
  }
}
