import type { World } from "@ottla/world";
import { OutboxError } from "../errors.js";
import type { PublishedRecord, RecordPublisher } from "../record-publisher.js";
import type { OutboxRow, ShardSession, StalledRow, StepResult } from "../store/outbox-store.js";
import { Alarm } from "./alarm.js";
import { Asides } from "./asides.js";
import { backoffMs } from "./backoff.js";
import { laneHash } from "./lane.js";
import { failureText, publishFailure, tooLarge } from "./publish-failure.js";
import type { RelayEmitter } from "./relay-events.js";
import type { RelaySettings } from "./relay-settings.js";
import { type Send, Sends } from "./sends.js";
import { StalledLanes } from "./stalled-lanes.js";
import { StalledRetries, type Subject } from "./stalled-retries.js";
import { type Entry, Window } from "./window.js";

/** What a {@link ShardRelay} works with. */
export interface ShardRelayParts {
  readonly session: ShardSession;
  readonly publisher: RecordPublisher;
  readonly settings: RelaySettings;
  readonly world: Pick<World, "clock" | "timers" | "random">;
  readonly events: RelayEmitter;
}

const isEntry = (subject: Subject): subject is Entry => "state" in subject;

// A retriable failure of one lane is tried again in place before the lane is put aside.
const attemptsInPlace = 3;
// A claim is a write with a sync: rows that come one by one are claimed a few together.
const claimGapMs = 2;
const never = Number.POSITIVE_INFINITY;

/**
 * Relays one shard for as long as its lease lasts: claims pages, sends them in lane order, settles the acknowledged
 * prefix. Each turn of the loop does what is due and sleeps until something is. No database transaction is open while
 * anything is sent.
 */
export class ShardRelay {
  readonly #session: ShardSession;
  readonly #settings: RelaySettings;
  readonly #world: Pick<World, "clock" | "timers" | "random">;
  readonly #events: RelayEmitter;
  readonly #alarm: Alarm;
  readonly #window: Window;
  readonly #asides = new Asides();
  readonly #stalled: StalledLanes;
  readonly #sends: Sends<Subject>;
  readonly #retries: StalledRetries;
  #mayHaveRows = true;
  #claimNotBefore = 0;
  #renewedAt: number;
  #unsettledSince: number | undefined;
  #stopAt: number | undefined;

  constructor({ session, publisher, settings, world, events }: ShardRelayParts) {
    this.#session = session;
    this.#settings = settings;
    this.#world = world;
    this.#events = events;
    this.#alarm = new Alarm(world);
    this.#window = new Window(publisher.failsInOrder === true);
    this.#stalled = new StalledLanes(session.stalled);
    this.#sends = new Sends<Subject>(publisher, world.clock, {
      published: (send, record) => this.#published(send, record),
      failed: (send, error) => this.#failed(send, error),
    });
    this.#retries = new StalledRetries({
      lanes: this.#stalled,
      sends: this.#sends,
      settings,
      world,
      onParked: (row, error) => this.#tell("parked", row, error),
    });
    this.#renewedAt = world.clock.monotonic();
  }

  get shard(): number {
    return this.#session.shard;
  }

  get epoch(): number {
    return this.#session.epoch;
  }

  /** Rows sent and not answered. */
  get inFlight(): number {
    return this.#sends.size;
  }

  /** Rows claimed and not settled. */
  get unsettled(): number {
    return this.#window.size;
  }

  /** Rows that failed and will be sent again from their place. */
  get retrying(): number {
    return this.#window.failing;
  }

  /** Says that rows may have come. */
  wake(): void {
    this.#mayHaveRows = true;
    this.#alarm.ring();
  }

  /** Claims nothing more; {@link ShardRelay.run} ends when what is in flight is answered, or at `stopAt` of the monotonic clock. */
  stop(stopAt: number): void {
    this.#stopAt = Math.min(this.#stopAt ?? stopAt, stopAt);
    this.#alarm.ring();
  }

  /**
   * Resolves after a stop, with everything settled that could be and the lease released.
   *
   * @throws {@link OutboxError} `LEASE_LOST`, or whatever the database threw. What was in flight is abandoned.
   */
  async run(): Promise<void> {
    try {
      while (this.#stopAt === undefined || (this.#sends.size > 0 && this.#now < this.#stopAt)) {
        this.#sends.expire(this.#now - this.#settings.sendTimeoutMs);
        this.#putSlowAside();
        const isDue = this.#isStepDue();
        if (isDue) await this.#step();
        this.#sendReady();
        await this.#alarm.sleepUntil(isDue ? this.#now : this.#nextDeadline());
      }
      this.#sends.abandon(new OutboxError("RELAY_NOT_RUNNABLE", "the relay was stopped"));
      if (this.#window.hasPrefix || this.#retries.hasOutcomes) await this.#step();
      await this.#session.release();
    } catch (error) {
      this.#sends.abandon(error);
      throw error;
    }
  }

  get #now(): number {
    return this.#world.clock.monotonic();
  }

  // ---- What is due, and when.

  #isStepDue(): boolean {
    const now = this.#now;
    if (now >= this.#renewAt || now >= this.#settleAt || this.#retries.hasOutcomes) return true;
    return this.#canClaim || this.#dueRetries().length > 0;
  }

  #nextDeadline(): number {
    const now = this.#now;
    const oldestSend = this.#sends.oldestAt ?? never;
    // What is due already waits for room, which an answer will make, and ring.
    const untilRetry = this.#stalled.nextDueAt() - this.#world.clock.now();
    return Math.min(
      this.#renewAt,
      this.#settleAt,
      this.#window.nextRetryAt() ?? never,
      untilRetry > 0 ? now + untilRetry : never,
      this.#mayHaveRows && this.#claimNotBefore > now ? this.#claimNotBefore : never,
      oldestSend +
        (now - oldestSend < this.#settings.slowSendMs ? this.#settings.slowSendMs : this.#settings.sendTimeoutMs),
      this.#stopAt ?? never,
    );
  }

  get #renewAt(): number {
    return this.#renewedAt + this.#settings.leaseMs / 3;
  }

  get #settleAt(): number {
    if (!this.#window.hasPrefix || this.#unsettledSince === undefined) return never;
    // A window that is nearly full cannot claim before it settles.
    const isFull = this.#window.size > this.#settings.maxInFlight / 2;
    return isFull ? this.#unsettledSince : this.#unsettledSince + this.#settings.settleDelayMs;
  }

  get #canClaim(): boolean {
    const { maxInFlight, maxInFlightBytes, maxStalledLanes } = this.#settings;
    if (!this.#mayHaveRows || this.#now < this.#claimNotBefore || this.#stopAt !== undefined || this.#retries.isAlone)
      return false;
    const hasRoom = this.#window.size <= maxInFlight / 2 && this.#window.sizeInBytes <= maxInFlightBytes / 2;
    return hasRoom && this.#stalled.size + this.#asides.size < maxStalledLanes;
  }

  #dueRetries(): readonly number[] {
    return this.#stopAt === undefined ? this.#retries.due() : [];
  }

  // ---- The step: one transaction.

  async #step(): Promise<void> {
    const now = this.#now;
    const prefix = this.#window.prefix();
    const putAside = prefix === undefined ? [] : this.#asides.collect(prefix.entries);
    for (const { id, state } of putAside) if (state === "sending") this.#stalled.sending(id);
    const outcomes = this.#retries.takeOutcomes();
    const retry = this.#dueRetries();
    const isAlone = this.#retries.isAlone;
    const claims = this.#canClaim;
    if (claims) {
      this.#mayHaveRows = false;
      this.#claimNotBefore = now + claimGapMs;
    }
    const result = await this.#session.step({
      ...(prefix !== undefined && { settledTo: prefix.settledTo }),
      putAside,
      outcomes,
      retry,
      maxRows: claims ? this.#settings.maxInFlight - this.#window.size : 0,
      maxBytes: this.#settings.maxInFlightBytes - this.#window.sizeInBytes,
      renew: now >= this.#renewAt,
    });
    if (result.isRenewed) this.#renewedAt = now;
    if (prefix !== undefined) {
      this.#window.settled(prefix);
      this.#unsettledSince = this.#window.hasPrefix ? now : undefined;
      this.#events.emit("settled", { shard: this.shard, lastId: prefix.settledTo, records: prefix.entries.length });
    }
    for (const { id } of outcomes) this.#stalled.answered(id);
    this.#learnHeads(result, putAside);
    for (const row of result.rows) this.#accept(row);
    if (result.rows.length > 0) this.#mayHaveRows = true;
    for (const { row, lane, attempts } of result.retried)
      this.#retries.begin(row, { lane, attempts, isSuspect: isAlone });
  }

  #learnHeads(result: StepResult, putAside: readonly StalledRow[]): void {
    for (const { lane, head } of result.heads) {
      this.#stalled.set(lane, head);
      if (head === undefined) this.#events.emit("recovered", { shard: this.shard, lane });
    }
    for (const { id, lane, state, attempts, nextAttemptAt } of putAside) {
      const isSkipped = state === "parked" && this.#settings.onParked === "release";
      if (this.#stalled.has(lane) || isSkipped) continue;
      this.#stalled.set(lane, { id, lane, state: state === "parked" ? "parked" : "waiting", attempts, nextAttemptAt });
    }
    this.#asides.written(putAside);
    if (result.reloaded !== undefined) this.#stalled.reload(result.reloaded);
  }

  #accept(row: OutboxRow): void {
    const lane = this.#stalled.size + this.#asides.size > 0 ? laneHash(row) : undefined;
    if (lane !== undefined && (this.#stalled.has(lane) || this.#asides.holds(lane))) {
      this.#putAside(this.#window.add(row, "aside"), lane);
      return;
    }
    const refusal = tooLarge(row, this.#settings.maxRecordBytes);
    const entry = this.#window.add(row, refusal === undefined ? "queued" : "aside");
    if (refusal === undefined) return;
    this.#putAside(entry, laneHash(row), { isParked: true, attempts: 1, error: failureText(refusal) });
    this.#tell("parked", row, refusal);
  }

  // ---- Sending, and what came of it.

  #sendReady(): void {
    if (this.#stopAt !== undefined || this.#retries.isAlone) return;
    const now = this.#now;
    // An event loop that stood still for a whole lease may have been replaced: the step that renews will say so.
    if (now - this.#renewedAt >= this.#settings.leaseMs) return;
    for (const entry of this.#window.takeReady(now)) this.#sends.begin(entry.row, entry);
  }

  #published({ row, subject }: Send<Subject>, { partition, offset }: PublishedRecord): void {
    if (!isEntry(subject)) {
      this.#retries.published(row, subject);
    } else if (subject.state === "sending") {
      this.#window.succeeded(subject);
      this.#unsettledSince ??= this.#now;
    } else if (this.#asides.has(subject)) {
      subject.state = "done";
      this.#asides.remove(subject);
    } else {
      this.#retries.published(row, { lane: laneHash(row), isSuspect: false });
    }
    if (this.#events.hasListeners("published")) {
      const { id, messageId, topic, key, createdAt } = row;
      this.#events.emit("published", { shard: this.shard, id, messageId, topic, key, createdAt, partition, offset });
    }
    this.#alarm.ring();
  }

  #failed(send: Send<Subject>, error: unknown): void {
    const { row, subject } = send;
    if (!isEntry(subject)) {
      this.#retries.failed(send, subject, error);
    } else if (subject.state === "sending") {
      this.#entryFailed(subject, error);
    } else if (this.#asides.has(subject)) {
      this.#asides.update(subject, { isSending: false, attempts: 0, error: failureText(error) });
    } else {
      this.#retries.failed(send, { lane: laneHash(row), attempts: 1, isSuspect: false }, error);
    }
    this.#alarm.ring();
  }

  #entryFailed(entry: Entry, error: unknown): void {
    const kind = publishFailure(error);
    const isFirst = entry.lane.queue[0] === entry;
    if (isFirst) entry.failures += 1;
    entry.publishedAtFirstFailure ??= this.#sends.published;
    const pauseMs = backoffMs(this.#settings.backoff, Math.max(entry.failures, 1), this.#world.random);
    this.#window.failed(entry, this.#now + pauseMs);
    // When nothing else is accepted either, it is not this record: it waits in its place and the full window holds the rest back.
    const isOnlyThis = entry.failures >= attemptsInPlace && this.#sends.published > entry.publishedAtFirstFailure;
    if (!isFirst || !(kind === "record" || isOnlyThis)) return;
    const attempts = kind === "retriable" ? 0 : 1;
    const isParked = attempts >= this.#settings.maxAttempts;
    const nextAttemptAt = this.#world.clock.now() + pauseMs;
    this.#putLaneAside(entry, { attempts, isParked, nextAttemptAt, error: failureText(error) });
    this.#tell(isParked ? "parked" : "stalled", entry.row, error);
  }

  /** A send that takes long while others are accepted must not keep the cursor: its row goes on from the stalled table. */
  #putSlowAside(): void {
    const { first } = this.#window;
    const slowBefore = this.#now - this.#settings.slowSendMs;
    if (first?.state !== "sending" || (this.#sends.oldestAt ?? never) > slowBefore) return;
    const send = this.#sends.find(first);
    if (send === undefined || send.startedAt > slowBefore || this.#sends.published <= send.publishedBefore) return;
    this.#putLaneAside(first, { isSending: true, attempts: 1 });
    const waitedMs = Math.round(this.#now - send.startedAt);
    this.#tell(
      "stalled",
      send.row,
      new OutboxError("SEND_TIMEOUT", `no answer for ${waitedMs} ms, while others get theirs`),
    );
  }

  #putLaneAside(entry: Entry, known: Parameters<Asides["add"]>[2]): void {
    const { entries, sending } = this.#window.putAside(entry);
    const lane = laneHash(entry.row);
    for (const each of entries) this.#putAside(each, lane, each === entry ? known : { isSending: sending.has(each) });
  }

  #putAside(entry: Entry, lane: string, known?: Parameters<Asides["add"]>[2]): void {
    this.#asides.add(entry, lane, known);
    this.#unsettledSince ??= this.#now;
  }

  #tell(name: "stalled" | "parked", { id, messageId, topic, key }: OutboxRow, error: unknown): void {
    this.#events.emit(name, { shard: this.shard, id, messageId, topic, key, error });
  }
}
