import { KafkaProtocolError } from "@ottla/protocol";
import type { Clock, Random } from "@ottla/world";
import { FetchSession } from "./fetch-session.js";

// Kafka's: a session that was not used for so long gives way to any other, and one that is younger gives way to none of its kind.
const evictionMs = 120_000;

/** Bounds of all sessions together. */
export interface FetchSessionLimits {
  /** Kafka's `max.incremental.fetch.session.cache.slots`. */
  readonly sessions: number;
  /** Some 300 bytes each. */
  readonly partitions: number;
}

interface Candidate {
  readonly isPrivileged: boolean;
  readonly size: number;
}

/** The fetch sessions of all clients. When there is no room, a client is answered in full each time, which costs it only bytes. */
export class FetchSessions {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #limits: FetchSessionLimits;
  readonly #sessions = new Map<number, FetchSession>();
  #partitions = 0;

  constructor(world: { readonly clock: Clock; readonly random: Random }, limits: FetchSessionLimits) {
    this.#clock = world.clock;
    this.#random = world.random;
    this.#limits = limits;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** Partitions of all sessions. */
  get partitions(): number {
    return this.#partitions;
  }

  /** @throws {@link KafkaProtocolError} `FETCH_SESSION_ID_NOT_FOUND` */
  get(id: number): FetchSession {
    const session = this.#sessions.get(id);
    if (session === undefined)
      throw new KafkaProtocolError("FETCH_SESSION_ID_NOT_FOUND", `No fetch session has id ${id}`);
    return session;
  }

  /**
   * A new session without partitions, or `undefined` when there is no room for one of that size. It ends with its owner's connection
   * at the latest.
   */
  open(
    { size, ...options }: Candidate & { readonly usesTopicIds: boolean; readonly isolationLevel: number },
    owner: AbortSignal,
  ): FetchSession | undefined {
    if (owner.aborted || this.#partitions + size > this.#limits.partitions || !this.#hasSlot({ ...options, size })) {
      return undefined;
    }
    const id = this.#newId();
    const close = () => this.close(id);
    owner.addEventListener("abort", close, { once: true });
    const session = new FetchSession({
      ...options,
      id,
      nowMs: this.#clock.monotonic(),
      onClose: () => owner.removeEventListener("abort", close),
    });
    this.#sessions.set(id, session);
    return session;
  }

  /** Changes a session's partitions. One that grows beyond all bounds is closed. */
  update(session: FetchSession, change: () => void): void {
    const before = session.size;
    change();
    this.#partitions += session.size - before;
    session.lastUsedMs = this.#clock.monotonic();
    if (this.#partitions <= this.#limits.partitions) return;
    this.close(session.id);
    throw new KafkaProtocolError(
      "FETCH_SESSION_ID_NOT_FOUND",
      `Fetch session ${session.id} was closed: all together would have more than ${this.#limits.partitions} partitions`,
    );
  }

  /** Ends a session, if there is one of that id. */
  close(id: number): void {
    const session = this.#sessions.get(id);
    if (session === undefined) return;
    this.#sessions.delete(id);
    this.#partitions -= session.size;
    session.close();
  }

  #newId(): number {
    for (;;) {
      const id = 1 + Math.floor(this.#random.next() * 0x7fff_fffe);
      if (!this.#sessions.has(id)) return id;
    }
  }

  #hasSlot(candidate: Candidate): boolean {
    if (this.#sessions.size < this.#limits.sessions) return true;
    const victim = this.#victimOf(candidate);
    if (victim === undefined) return false;
    this.close(victim.id);
    return true;
  }

  /** The one that is stale; else the least of those that may go, if it is worth less than what comes. */
  #victimOf(candidate: Candidate): FetchSession | undefined {
    const now = this.#clock.monotonic();
    let oldest: FetchSession | undefined;
    let least: FetchSession | undefined;
    for (const session of this.#sessions.values()) {
      if (oldest === undefined || session.lastUsedMs < oldest.lastUsedMs) oldest = session;
      const isSettled = session.lastUsedMs - session.createdMs > evictionMs;
      const mayGo = isSettled || (candidate.isPrivileged && !session.isPrivileged);
      if (mayGo && (least === undefined || isWorthLess(session, least))) least = session;
    }
    if (oldest !== undefined && now - oldest.lastUsedMs > evictionMs) return oldest;
    return least !== undefined && isWorthLess(least, candidate) ? least : undefined;
  }
}

const isWorthLess = (session: Candidate, other: Candidate): boolean =>
  session.isPrivileged === other.isPrivileged ? session.size < other.size : other.isPrivileged;
