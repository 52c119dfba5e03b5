import type { GroupAnswers } from "./group-event.js";
import type { Ticket } from "./group-state.js";

interface Waiter<T> {
  readonly resolve: (answer: T) => void;
  readonly reject: (error: Error) => void;
}

type Waiters = { readonly [K in keyof GroupAnswers]: Map<Ticket, Waiter<GroupAnswers[K]>> };

/** Requests that wait for their group to answer, by ticket. */
export class ParkedRequests {
  readonly #waiters: Waiters = { join: new Map(), sync: new Map(), heartbeat: new Map(), leave: new Map() };
  #lastTicket = 0;

  park<K extends keyof GroupAnswers>(kind: K): readonly [Ticket, Promise<GroupAnswers[K]>] {
    this.#lastTicket += 1;
    const ticket = this.#lastTicket;
    const answered = new Promise<GroupAnswers[K]>((resolve, reject) => {
      this.#waiters[kind].set(ticket, { resolve, reject });
    });
    return [ticket, answered];
  }

  answer<K extends keyof GroupAnswers>(kind: K, ticket: Ticket, answer: GroupAnswers[K]): void {
    const waiters = this.#waiters[kind];
    waiters.get(ticket)?.resolve(answer);
    waiters.delete(ticket);
  }

  rejectAll(error: Error): void {
    for (const waiters of Object.values(this.#waiters)) {
      for (const waiter of waiters.values()) waiter.reject(error);
      waiters.clear();
    }
  }
}
