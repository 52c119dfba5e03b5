import { setMaxListeners } from "node:events";
import type { RawRecord } from "@ottla/client";
import type { Clock } from "@ottla/world";
import { OutboxError } from "../errors.js";
import type { PublishedRecord, RecordPublisher } from "../record-publisher.js";
import type { OutboxRow } from "../store/outbox-store.js";

/** A send without an outcome. `Subject` is what its owner wants to hear about. */
export interface Send<Subject> {
  readonly row: OutboxRow;
  readonly subject: Subject;
  /** By the monotonic clock. */
  readonly startedAt: number;
  /** What the relay had published before. */
  readonly publishedBefore: number;
  /** That of all sends of this millisecond. */
  readonly controller: AbortController;
}

/** Who is told; exactly once for each send, unless {@link Sends.abandon} came first. */
export interface SendListener<Subject> {
  published(send: Send<Subject>, record: PublishedRecord): void;
  failed(send: Send<Subject>, error: unknown): void;
}

/** The sends in flight of one shard, in the order they began. */
export class Sends<Subject> {
  readonly #publisher: RecordPublisher;
  readonly #clock: Clock;
  readonly #listener: SendListener<Subject>;
  readonly #inFlight = new Set<Send<Subject>>();
  #published = 0;
  #latest: { readonly startedAt: number; readonly controller: AbortController } | undefined;

  constructor(publisher: RecordPublisher, clock: Clock, listener: SendListener<Subject>) {
    this.#publisher = publisher;
    this.#clock = clock;
    this.#listener = listener;
  }

  get size(): number {
    return this.#inFlight.size;
  }

  /** How many were acknowledged so far. */
  get published(): number {
    return this.#published;
  }

  /** When the oldest one began; `undefined` without one. */
  get oldestAt(): number | undefined {
    for (const { startedAt } of this.#inFlight) return startedAt;
    return undefined;
  }

  /** The send that is about `subject`. */
  find(subject: Subject): Send<Subject> | undefined {
    for (const send of this.#inFlight) if (send.subject === subject) return send;
    return undefined;
  }

  begin(row: OutboxRow, subject: Subject): void {
    const send: Send<Subject> = { row, subject, ...this.#together(), publishedBefore: this.#published };
    this.#inFlight.add(send);
    let sent: Promise<PublishedRecord>;
    try {
      sent = this.#publisher.sendRaw(rawRecord(row), { signal: send.controller.signal });
    } catch (error) {
      sent = Promise.reject(error);
    }
    sent.then(
      (record) => {
        if (!this.#inFlight.delete(send)) return;
        this.#published += 1;
        this.#listener.published(send, record);
      },
      (error: unknown) => {
        if (this.#inFlight.delete(send)) this.#listener.failed(send, error);
      },
    );
  }

  /**
   * Sends that begin within a millisecond count as begun at once: they expire together, so one signal does for them all.
   * One each took a third of a relay's time.
   */
  #together(): { readonly startedAt: number; readonly controller: AbortController } {
    const now = this.#clock.monotonic();
    if (this.#latest === undefined || now - this.#latest.startedAt >= 1 || this.#latest.controller.signal.aborted) {
      this.#latest = { startedAt: now, controller: new AbortController() };
      setMaxListeners(0, this.#latest.controller.signal);
    }
    return this.#latest;
  }

  /** Gives up what began before `startedBefore`. It may arrive all the same, and its row is sent again: the same message id tells. */
  expire(startedBefore: number): void {
    for (const send of this.#inFlight) {
      if (send.startedAt > startedBefore) return;
      this.#inFlight.delete(send);
      const waitedMs = Math.round(this.#clock.monotonic() - send.startedAt);
      const error = new OutboxError("SEND_TIMEOUT", `topic ${send.row.topic}: no answer within ${waitedMs} ms`);
      send.controller.abort(error);
      this.#listener.failed(send, error);
    }
  }

  /** Drops everything; nobody is told. */
  abandon(reason: unknown): void {
    const sends = [...this.#inFlight];
    this.#inFlight.clear();
    for (const { controller } of sends) controller.abort(reason);
  }
}

/** The record as it goes out: the stored bytes, and the headers by which a consumer knows it again. */
function rawRecord(row: OutboxRow): RawRecord {
  return {
    topic: row.topic,
    partition: row.partition,
    key: row.key,
    value: row.value,
    headers: [
      ...row.headers,
      { key: "message-id", value: Buffer.from(row.messageId, "utf8") },
      { key: "outbox-enqueued-at", value: Buffer.from(String(row.createdAt), "utf8") },
    ],
    timestamp: row.timestamp,
  };
}
