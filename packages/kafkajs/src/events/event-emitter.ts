import type { Clock } from "@ottla/world";
import { KafkaJSNonRetriableError } from "../errors/kafkajs-errors.js";
import type { Logger } from "../log/logger.js";

/** What a listener is given. */
export interface InstrumentationEvent<T> {
  id: string;
  type: string;
  /** Milliseconds since the epoch. */
  timestamp: number;
  payload: T;
}

/** Takes the listener off again. */
// The name is what it was registered for; nothing depends on it, as in kafkajs.
export type RemoveInstrumentationEventListener<_Name> = () => void;

type AnyListener = (event: never) => unknown;

/**
 * Tells listeners what happens, each event once; a listener that throws, or rejects, is logged and holds up nobody.
 *
 * @typeParam Events - Payloads by event name.
 */
export class EventEmitter<Events extends object> {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #known: { readonly [key: string]: string };
  readonly #listeners = new Map<string, Set<AnyListener>>();
  #count = 0;

  /** @param known - The names that may be listened to, as the owner's `events` has them. */
  constructor(clock: Clock, logger: Logger, known: { readonly [key: string]: string }) {
    this.#clock = clock;
    this.#logger = logger;
    this.#known = known;
  }

  /** @throws KafkaJSNonRetriableError when there is no such event */
  on(eventName: string, listener: AnyListener): () => void {
    if (!Object.values(this.#known).includes(eventName)) {
      throw new KafkaJSNonRetriableError(
        `there is no event "${eventName}"; there are ${Object.keys(this.#known).join(", ")}`,
      );
    }
    // Registered twice is called twice, as kafkajs does.
    const own: AnyListener = (event) => listener(event);
    const listeners = this.#listeners.get(eventName) ?? new Set();
    this.#listeners.set(eventName, listeners.add(own));
    return () => {
      listeners.delete(own);
    };
  }

  /** Whether anybody listens to one of these. */
  isHeard(...types: (keyof Events & string)[]): boolean {
    return types.some((type) => (this.#listeners.get(type)?.size ?? 0) > 0);
  }

  emit<Name extends keyof Events & string>(type: Name, payload: Events[Name]): void {
    const listeners = this.#listeners.get(type);
    if (listeners === undefined || listeners.size === 0) return;
    const event = { id: String(this.#count++), type, timestamp: this.#clock.now(), payload };
    for (const listener of [...listeners]) void this.#tell(listener, event);
  }

  async #tell(listener: AnyListener, event: InstrumentationEvent<unknown>): Promise<void> {
    try {
      // Listeners are kept by name, and so get what they were registered for.
      await listener(event as never);
    } catch (error) {
      const { message, stack } = error instanceof Error ? error : new Error(String(error));
      this.#logger.error(`a listener failed: ${message}`, { eventName: event.type, stack });
    }
  }
}
