import type { World } from "@ottla/world";
import { KafkaClosedError } from "../errors/kafka-closed-error.js";
import type { Logger } from "../logger.js";
import { abortable } from "../world/abortable.js";
import { delay } from "../world/delay.js";
import { type Backoff, backoffMs } from "./backoff.js";
import { addressText, type BrokerAddress } from "./broker-address.js";
import { Connection } from "./connection.js";
import type { ConnectionOptions } from "./connection-options.js";

/**
 * What a connection is used for. A fetch or a join may be held by the broker for long, and answers come in order, so those
 * do not share a connection with requests that must not wait.
 */
export type Purpose = "general" | "fetch" | "fetchAside" | "coordinator";

/** What the connections of a pool have in common. */
export interface ConnectionPoolOptions extends Omit<ConnectionOptions, "address"> {
  readonly reconnectBackoff: Backoff;
  /** A connection unused for this long is replaced, before the broker closes it under a request (`connections.max.idle.ms`). */
  readonly maxIdleMs: number;
  readonly logger: Logger | undefined;
}

interface Slot {
  readonly address: BrokerAddress;
  connection: Connection | undefined;
  opening: Promise<Connection> | undefined;
  usedAt: number;
  failures: number;
  notBefore: number;
}

/** At most one connection per broker address and purpose, opened when first asked for, reopened with backoff. */
export class ConnectionPool {
  readonly #world: Pick<World, "clock" | "timers" | "random" | "network">;
  readonly #options: ConnectionPoolOptions;
  readonly #slots = new Map<string, Slot>();
  readonly #closing = new AbortController();

  constructor(world: Pick<World, "clock" | "timers" | "random" | "network">, options: ConnectionPoolOptions) {
    this.#world = world;
    this.#options = options;
  }

  /** Milliseconds until a request to there could leave, as far as is known: -1 with an open connection, else its backoff. */
  waitMs(address: BrokerAddress, purpose: Purpose): number {
    const slot = this.#slots.get(slotKey(address, purpose));
    if (slot?.connection?.isOpen) return -1;
    return Math.max(0, (slot?.notBefore ?? 0) - this.#world.clock.monotonic());
  }

  /**
   * The open connection, or a new one. After failures it waits its backoff first, so that callers who loop are paced.
   *
   * @throws {@link KafkaConnectionError} when none can be made.
   */
  get(address: BrokerAddress, purpose: Purpose, signal?: AbortSignal): Promise<Connection> {
    if (this.#closing.signal.aborted) return Promise.reject(this.#closing.signal.reason);
    const slot = this.#slot(address, purpose);
    const now = this.#world.clock.monotonic();
    const { connection } = slot;
    if (connection?.isOpen) {
      if (connection.pending > 0 || now - slot.usedAt < this.#options.maxIdleMs) {
        slot.usedAt = now;
        return Promise.resolve(connection);
      }
      connection.close();
    }
    slot.opening ??= this.#open(slot);
    return abortable(slot.opening, signal);
  }

  /** Closes the connections to addresses the cluster no longer has. */
  retain(isWanted: (address: BrokerAddress) => boolean): void {
    for (const [key, slot] of this.#slots) {
      if (isWanted(slot.address) || slot.opening !== undefined || (slot.connection?.pending ?? 0) > 0) continue;
      this.#slots.delete(key);
      slot.connection?.close();
    }
  }

  /** Closes every connection at once; what is pending rejects. */
  async close(): Promise<void> {
    this.#closing.abort(new KafkaClosedError("the client was closed"));
    const slots = [...this.#slots.values()];
    for (const { connection } of slots) connection?.close();
    await Promise.allSettled(slots.map(({ opening }) => opening));
  }

  #slot(address: BrokerAddress, purpose: Purpose): Slot {
    const key = slotKey(address, purpose);
    let slot = this.#slots.get(key);
    if (slot === undefined) {
      slot = { address, connection: undefined, opening: undefined, usedAt: 0, failures: 0, notBefore: 0 };
      this.#slots.set(key, slot);
    }
    return slot;
  }

  async #open(slot: Slot): Promise<Connection> {
    const { clock, timers } = this.#world;
    const { signal } = this.#closing;
    try {
      const waitMs = slot.notBefore - clock.monotonic();
      if (waitMs > 0) await delay(timers, waitMs, signal);
      const connection = await Connection.open(this.#world, { ...this.#options, address: slot.address }, signal);
      slot.connection = connection;
      slot.usedAt = clock.monotonic();
      slot.failures = 0;
      // A connection that breaks is a failure as well: a broker that accepts and drops must not be stormed.
      connection.onLost((error) => this.#failed(slot, error));
      return connection;
    } catch (error) {
      if (!signal.aborted) this.#failed(slot, error);
      throw error;
    } finally {
      slot.opening = undefined;
    }
  }

  #failed(slot: Slot, error: unknown): void {
    const { clock, random } = this.#world;
    slot.failures += 1;
    const waitMs = backoffMs(this.#options.reconnectBackoff, slot.failures, random);
    slot.notBefore = clock.monotonic() + waitMs;
    const { failures } = slot;
    this.#options.logger?.warn("no connection to broker", {
      broker: addressText(slot.address),
      failures,
      waitMs: Math.round(waitMs),
      error,
    });
  }
}

const slotKey = (address: BrokerAddress, purpose: Purpose): string => `${addressText(address)}/${purpose}`;
