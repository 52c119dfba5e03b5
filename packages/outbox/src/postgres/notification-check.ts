import type { RelaySessionOptions } from "../store/outbox-store.js";
import type { PostgresNames } from "./postgres-names.js";
import type { RelayConnection } from "./relay-connection.js";

const probeEveryMs = 30_000;
const patienceMs = 3_000;

/**
 * Listens, and finds out whether that works: behind a pooler that lends connections by transaction, LISTEN succeeds
 * and nothing ever comes. A notification to ourselves tells.
 */
export class NotificationCheck {
  readonly #database: RelayConnection;
  readonly #names: PostgresNames;
  readonly #options: RelaySessionOptions;
  #probe = 0;
  #sentAt = Number.NEGATIVE_INFINITY;
  #isAnswered = true;
  #isWorking = true;

  constructor(database: RelayConnection, names: PostgresNames, options: RelaySessionOptions) {
    this.#database = database;
    this.#names = names;
    this.#options = options;
  }

  get isWorking(): boolean {
    return this.#isWorking;
  }

  get warnings(): readonly string[] {
    if (this.#isWorking) return [];
    return [
      `LISTEN ${this.#names.channel} brings no notifications on this connection, as behind a transaction pooler: ` +
        "rows are found by asking. Connect relays to the server itself",
    ];
  }

  async start(onNotification: (payload: string) => void): Promise<void> {
    await this.#database.listen(this.#names.channel, onNotification);
    await this.tick();
  }

  /** Sends a probe from time to time, and judges the last one. */
  async tick(): Promise<void> {
    const now = this.#options.world.clock.monotonic();
    if (!this.#isAnswered && now - this.#sentAt > patienceMs) this.#isWorking = false;
    if (now - this.#sentAt < probeEveryMs) return;
    this.#sentAt = now;
    this.#probe += 1;
    this.#isAnswered = false;
    await this.#database.query("select pg_notify($1::text, $2::text)", [this.#names.channel, this.#text()]);
  }

  /** Takes note of a probe, our own or another relay's; false for anything else. */
  isOurProbe(payload: string): boolean {
    if (payload === this.#text()) {
      this.#isAnswered = true;
      this.#isWorking = true;
    }
    return payload.startsWith("probe ");
  }

  #text(): string {
    return `probe ${this.#options.owner} ${this.#probe}`;
  }
}
