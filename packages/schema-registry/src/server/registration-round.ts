import { RegistryRefusal } from "./registry-refusal.js";
import type { SubmittedSchema } from "./schema-contents.js";
import { contentKey, type RegistryState, type SchemaContent } from "./state/registry-state.js";
import type { StoredSchema } from "./state/stored-record.js";
import type { WriteDeadline } from "./write-deadline.js";

/** A registration that waits for its answer. */
export interface Registration {
  readonly subject: string;
  readonly submitted: SubmittedSchema;
  /** Its place among all writes. */
  readonly requested: number;
  readonly signal: AbortSignal;
  readonly isAnswered: boolean;
  resolve(stored: StoredSchema): void;
  reject(error: unknown): void;
}

const mostBytesInRound = 1024 * 1024;

/** Registrations that wait, and which of them may be decided together. */
export class WaitingRegistrations {
  readonly #capacity: number;
  #waiting: Registration[] = [];

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#waiting.length;
  }

  /** Resolves when the registration is answered, or its time is over. */
  add(
    request: Pick<Registration, "subject" | "submitted" | "requested">,
    deadline: WriteDeadline,
  ): Promise<StoredSchema> {
    if (this.#waiting.length >= this.#capacity) {
      deadline.cancel();
      return Promise.reject(new RegistryRefusal(429, `${this.#waiting.length} writes are waiting already`));
    }
    const { signal } = deadline;
    return new Promise<StoredSchema>((resolve, reject) => {
      let isAnswered = false;
      const answered = (): void => {
        isAnswered = true;
        deadline.cancel();
        signal.removeEventListener("abort", overdue);
      };
      const overdue = (): void => {
        answered();
        reject(signal.reason);
      };
      signal.addEventListener("abort", overdue, { once: true });
      this.#waiting.push({
        ...request,
        signal,
        get isAnswered() {
          return isAnswered;
        },
        resolve: (stored) => {
          answered();
          resolve(stored);
        },
        reject: (error) => {
          answered();
          reject(error);
        },
      });
    });
  }

  /**
   * Takes those for the next round: none of them may change what another one is decided on. So there is one for each
   * subject, up to `most`, and one that refers to a subject of the round, or of those left, waits for the next.
   */
  take(most: number): readonly Registration[] {
    const taken: Registration[] = [];
    const left: Registration[] = [];
    const subjects = new Set<string>();
    let bytes = 0;
    for (const one of this.#waiting) {
      if (one.isAnswered) continue;
      const { schema, references = [] } = one.submitted;
      const isApart = !subjects.has(one.subject) && references.every(({ subject }) => !subjects.has(subject));
      subjects.add(one.subject);
      const hasRoom = taken.length === 0 || (taken.length < most && bytes + schema.length <= mostBytesInRound);
      if (!isApart || !hasRoom) {
        left.push(one);
        continue;
      }
      bytes += schema.length;
      taken.push(one);
    }
    this.#waiting = left;
    return taken;
  }

  /** Answers all that wait with an error. */
  rejectAll(error: unknown): void {
    for (const one of this.#waiting.splice(0)) one.reject(error);
  }
}

/** The ids of one round: a content has one, whether the log knows it or another registration of the round brought it. */
export class RoundIds {
  readonly #state: RegistryState;
  readonly #given = new Map<string, number>();
  #highest: number;

  constructor(state: RegistryState) {
    this.#state = state;
    this.#highest = state.highestId;
  }

  of(content: SchemaContent): number {
    const known = this.#state.idOf(content);
    if (known !== undefined) return known;
    const key = contentKey(content);
    const given = this.#given.get(key);
    if (given !== undefined) return given;
    this.#highest += 1;
    this.#given.set(key, this.#highest);
    return this.#highest;
  }
}
