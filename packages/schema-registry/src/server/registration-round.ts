import { RegistryRefusal } from "./registry-refusal.js";
import type { SubmittedSchema } from "./schema-contents.js";
import { contextOf, nameWithin } from "./state/qualified-subject.js";
import type { RegistryState } from "./state/registry-state.js";
import { contentKey, type SchemaContent } from "./state/schema-content.js";
import type { StoredSchema } from "./state/stored-record.js";
import type { WriteDeadline } from "./write-deadline.js";

/** How a schema is registered. */
export interface RegistrationOptions {
  readonly normalize: boolean;
  /** Whether it may be incompatible. */
  readonly force: boolean;
}

/** A registration that waits for its answer. */
export interface Registration {
  readonly subject: string;
  readonly submitted: SubmittedSchema;
  readonly options: RegistrationOptions;
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
    request: Pick<Registration, "subject" | "submitted" | "options" | "requested">,
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
      const isApart =
        !subjects.has(one.subject) &&
        references.every(({ subject }) => !subjects.has(nameWithin(one.subject, subject)));
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

/** The ids of one round: a content has one in a context, whether the log knows it or another registration of the round brought it. */
export class RoundIds {
  readonly #state: RegistryState;
  readonly #given = new Map<string, number>();
  readonly #highest = new Map<string, number>();

  constructor(state: RegistryState) {
    this.#state = state;
  }

  of(subject: string, content: SchemaContent): number {
    const context = contextOf(subject);
    const ids = this.#state.ids(context);
    const known = ids.idOf(content);
    if (known !== undefined) return known;
    const key = `${context} ${contentKey(content)}`;
    const given = this.#given.get(key);
    if (given !== undefined) return given;
    const next = (this.#highest.get(context) ?? ids.highest) + 1;
    this.#highest.set(context, next);
    this.#given.set(key, next);
    return next;
  }
}
