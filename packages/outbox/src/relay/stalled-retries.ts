import type { World } from "@ottla/world";
import { OutboxError } from "../errors.js";
import type { OutboxRow, StalledOutcome } from "../store/outbox-store.js";
import { backoffMs } from "./backoff.js";
import { failureText, publishFailure, tooLarge } from "./publish-failure.js";
import type { RelaySettings } from "./relay-settings.js";
import type { Send, Sends } from "./sends.js";
import type { StalledLanes } from "./stalled-lanes.js";
import type { Entry } from "./window.js";

/** A row that is sent again from the stalled table. */
export interface Retry {
  readonly lane: string;
  readonly attempts: number;
  readonly isSuspect: boolean;
}

/** What a send is about: a row of the window, or one that is stalled in the database. */
export type Subject = Entry | Retry;

/** What {@link StalledRetries} work with. */
export interface StalledRetriesParts {
  readonly lanes: StalledLanes;
  readonly sends: Sends<Subject>;
  readonly settings: Pick<RelaySettings, "backoff" | "maxAttempts" | "maxRecordBytes">;
  readonly world: Pick<World, "clock" | "random">;
  /** Hears of a row that is given up. */
  readonly onParked: (row: OutboxRow, error: unknown) => void;
}

const retriesAtOnce = 16;

/** Sends rows again that are stalled in the database, and keeps what became of each until the next step writes it there. */
export class StalledRetries {
  readonly #lanes: StalledLanes;
  readonly #sends: Sends<Subject>;
  readonly #settings: StalledRetriesParts["settings"];
  readonly #world: StalledRetriesParts["world"];
  readonly #onParked: StalledRetriesParts["onParked"];
  #outcomes: StalledOutcome[] = [];
  #isSuspectInFlight = false;

  constructor({ lanes, sends, settings, world, onParked }: StalledRetriesParts) {
    this.#lanes = lanes;
    this.#sends = sends;
    this.#settings = settings;
    this.#world = world;
    this.#onParked = onParked;
  }

  /** While a row that may have ended the process is sent, nothing else is: the next crash must tell which it was. */
  get isAlone(): boolean {
    return this.#isSuspectInFlight || this.#lanes.due(this.#world.clock.now())[0]?.state === "suspect";
  }

  /** Whether outcomes wait to be written. */
  get hasOutcomes(): boolean {
    return this.#outcomes.length > 0;
  }

  /** The outcomes to write now. */
  takeOutcomes(): readonly StalledOutcome[] {
    const outcomes = this.#outcomes;
    this.#outcomes = [];
    return outcomes;
  }

  /** Ids of rows to claim for another attempt. */
  due(): readonly number[] {
    if (this.#lanes.size === 0 || this.#isSuspectInFlight) return [];
    const due = this.#lanes.due(this.#world.clock.now()).map(({ id }) => id);
    if (this.isAlone) return this.#sends.size === 0 ? due.slice(0, 1) : [];
    return due.slice(0, Math.max(retriesAtOnce - this.#lanes.inFlight, 0));
  }

  begin(row: OutboxRow, retry: Retry): void {
    this.#lanes.sending(row.id);
    const crashed =
      retry.attempts > this.#settings.maxAttempts && retry.isSuspect
        ? new OutboxError(
            "CRASHED_WHILE_SENDING",
            `the process ended ${retry.attempts - 1} times while sending row ${row.id}`,
          )
        : undefined;
    const refusal = crashed ?? tooLarge(row, this.#settings.maxRecordBytes);
    if (refusal !== undefined) {
      this.#park(row, retry, refusal);
      return;
    }
    this.#isSuspectInFlight = retry.isSuspect;
    this.#sends.begin(row, retry);
  }

  published(row: OutboxRow, retry: Pick<Retry, "lane" | "isSuspect">): void {
    this.#ended(retry, { kind: "published", id: row.id, lane: retry.lane });
  }

  failed({ row, publishedBefore }: Send<Subject>, retry: Retry, error: unknown): void {
    const { lane, attempts } = retry;
    const kind = publishFailure(error);
    // What cannot be the record's fault, or is its predecessor's, is not counted against it.
    const isBlamed =
      (kind === "record" || (kind === "fatal" && this.#sends.published > publishedBefore)) &&
      this.#lanes.isHead(lane, row.id);
    if (isBlamed && attempts >= this.#settings.maxAttempts) {
      this.#park(row, retry, error);
      return;
    }
    const nextAttemptAt =
      this.#world.clock.now() + backoffMs(this.#settings.backoff, Math.max(attempts, 1), this.#world.random);
    const counted = isBlamed ? attempts : attempts - 1;
    this.#ended(retry, {
      kind: "failed",
      id: row.id,
      lane,
      attempts: counted,
      nextAttemptAt,
      error: failureText(error),
    });
  }

  #park(row: OutboxRow, retry: Retry, error: unknown): void {
    this.#onParked(row, error);
    this.#ended(retry, { kind: "parked", id: row.id, lane: retry.lane, error: failureText(error) });
  }

  #ended({ isSuspect }: Pick<Retry, "isSuspect">, outcome: StalledOutcome): void {
    if (isSuspect) this.#isSuspectInFlight = false;
    this.#outcomes.push(outcome);
  }
}
