/** A record that a relay deals with. */
export interface RelayedRecord {
  readonly shard: number;
  readonly id: number;
  readonly messageId: string;
  readonly topic: string;
  readonly key: Uint8Array | null;
}

/** What a relay tells, by event name. Listeners run at once and must be quick. */
export interface RelayEvents {
  /** This relay owns a shard from now on. `previousOwner` is there when its lease ran out without being released. */
  takeover: { readonly shard: number; readonly epoch: number; readonly previousOwner: string | undefined };
  /** Another relay took the shard over; this one stopped and settled nothing more of it. */
  fenced: { readonly shard: number; readonly epoch: number };
  /** The broker acknowledged a record. It is not settled yet: a crash now sends it again with the same message id. */
  published: RelayedRecord & { readonly partition: number; readonly offset: bigint; readonly createdAt: number };
  /** The cursor moved: nothing up to `lastId` is sent again. */
  settled: { readonly shard: number; readonly lastId: number; readonly records: number };
  /** A record could not be sent and was put aside with its followers of the same key; other keys go on. It will be tried again. */
  stalled: RelayedRecord & { readonly error: unknown };
  /** A record was given up. Under `onParked: "hold"` its followers wait for an operator. */
  parked: RelayedRecord & { readonly error: unknown };
  /** Everything that was put aside for a key has been sent. */
  recovered: { readonly shard: number; readonly lane: string };
  /** The database or the relay itself failed; it connects again after a pause. Also a listener that threw. */
  error: { readonly error: unknown };
}

/** The listeners of one relay. */
export class RelayEmitter {
  readonly #listeners = new Map<keyof RelayEvents, Set<(event: never) => void>>();

  /** Answers a function that stops the listening. */
  on<Name extends keyof RelayEvents>(name: Name, listener: (event: RelayEvents[Name]) => void): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  }

  hasListeners(name: keyof RelayEvents): boolean {
    return (this.#listeners.get(name)?.size ?? 0) > 0;
  }

  emit<Name extends keyof RelayEvents>(name: Name, event: RelayEvents[Name]): void {
    for (const listener of this.#listeners.get(name) ?? []) {
      try {
        (listener as (event: RelayEvents[Name]) => void)(event);
      } catch (error) {
        // A listener must not stop the relay. One for errors that itself throws has nobody left to be told.
        if (name !== "error") this.emit("error", { error });
      }
    }
  }
}
