import type { StalledHead } from "../store/outbox-store.js";

const never = Number.POSITIVE_INFINITY;

/** Which lanes are stalled in the database, and which of their first rows are due. */
export class StalledLanes {
  readonly #heads = new Map<string, StalledHead>();
  readonly #sending = new Set<number>();
  /** Known until something changes: the question comes with every turn of the relay, the change does not. */
  #nextDueAt: number | undefined;

  constructor(heads: readonly StalledHead[]) {
    this.reload(heads);
  }

  get size(): number {
    return this.#heads.size;
  }

  /** How many stalled rows are being sent, or wait for their outcome to be written. */
  get inFlight(): number {
    return this.#sending.size;
  }

  has(lane: string): boolean {
    return this.#heads.has(lane);
  }

  isHead(lane: string, id: number): boolean {
    return this.#heads.get(lane)?.id === id;
  }

  reload(heads: readonly StalledHead[]): void {
    this.#heads.clear();
    for (const head of heads) this.#heads.set(head.lane, head);
    this.#nextDueAt = undefined;
  }

  set(lane: string, head: StalledHead | undefined): void {
    if (head === undefined) this.#heads.delete(lane);
    else this.#heads.set(lane, head);
    this.#nextDueAt = undefined;
  }

  sending(id: number): void {
    this.#sending.add(id);
    this.#nextDueAt = undefined;
  }

  /** To be called when the outcome is written, not before: until then the head says what it said when it was sent. */
  answered(id: number): void {
    this.#sending.delete(id);
    this.#nextDueAt = undefined;
  }

  /** First rows that may be sent at `now`; when suspects are among them, only those. */
  due(now: number): readonly StalledHead[] {
    if (this.nextDueAt() > now) return [];
    const due: StalledHead[] = [];
    for (const head of this.#heads.values()) if (this.#dueAt(head) <= now) due.push(head);
    const suspects = due.filter(({ state }) => state === "suspect");
    return suspects.length > 0 ? suspects : due;
  }

  /** When the next first row becomes due, by the wall clock; infinity when none does. */
  nextDueAt(): number {
    if (this.#nextDueAt === undefined) {
      this.#nextDueAt = never;
      for (const head of this.#heads.values()) this.#nextDueAt = Math.min(this.#nextDueAt, this.#dueAt(head));
    }
    return this.#nextDueAt;
  }

  #dueAt({ id, state, nextAttemptAt }: StalledHead): number {
    return state === "parked" || this.#sending.has(id) ? never : nextAttemptAt;
  }
}
