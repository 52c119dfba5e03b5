import type { Kafka as Client } from "@ottla/client";
import { KafkaJSError } from "../errors/kafkajs-errors.js";
import type { RequestEvent, RequestTimeoutEvent } from "../events/connection-events.js";
import type { EventEmitter } from "../events/event-emitter.js";
import type { ClientNeeds, ClientSource } from "./client-source.js";

type Owner = "producer" | "consumer" | "admin";

/** What producers, consumers and admins alike tell. */
type ConnectionEvents<O extends Owner> = { readonly [K in `${O}.connect` | `${O}.disconnect`]: null } & {
  readonly [K in `${O}.network.request`]: RequestEvent["payload"];
} & { readonly [K in `${O}.network.request_timeout`]: RequestTimeoutEvent["payload"] };

/** The client behind a producer, consumer or admin, from its `connect` to its `disconnect`. */
export class ConnectedClient<O extends Owner> {
  readonly #source: ClientSource;
  readonly #needs: ClientNeeds;
  readonly #owner: O;
  readonly #emitter: EventEmitter<ConnectionEvents<O>>;
  #client: Client | undefined;
  #connecting: Promise<void> | undefined;

  constructor(source: ClientSource, needs: ClientNeeds, owner: O, emitter: EventEmitter<ConnectionEvents<O>>) {
    this.#source = source;
    this.#needs = needs;
    this.#owner = owner;
    this.#emitter = emitter;
  }

  /** @throws KafkaJSError while it is not connected */
  get current(): Client {
    if (this.#client === undefined) throw new KafkaJSError(`the ${this.#owner} is not connected`);
    return this.#client;
  }

  /** @throws KafkaJSError while it is not connected */
  check(): void {
    void this.current;
  }

  /** Once, however often it is called. @throws KafkaJSError when no broker answers, KafkaJSSASLAuthenticationError */
  connect(): Promise<void> {
    this.#connecting ??= this.#connect();
    return this.#connecting;
  }

  /** Resolves when a `connect` that was begun has ended, whichever way. */
  async settled(): Promise<void> {
    await this.#connecting?.catch(() => {});
  }

  /** Closes the client, if there is one. */
  async disconnect(): Promise<void> {
    const client = this.#client;
    this.#connecting = undefined;
    this.#client = undefined;
    await client?.close();
    if (client !== undefined) this.#tell("disconnect", null);
  }

  async #connect(): Promise<void> {
    const owner = this.#owner;
    try {
      this.#client = await this.#source.open(this.#needs, {
        isObserving: () => this.#emitter.isHeard(`${owner}.network.request`, `${owner}.network.request_timeout`),
        answered: (request) => this.#tell("network.request", request),
        timedOut: (request) => this.#tell("network.request_timeout", request),
      });
    } catch (error) {
      this.#connecting = undefined;
      throw error;
    }
    this.#tell("connect", null);
  }

  // Of which owner it is makes no difference to a payload, which types cannot be told as long as the owner is a parameter.
  #tell(what: "connect" | "disconnect" | "network.request" | "network.request_timeout", payload: unknown): void {
    this.#emitter.emit(`${this.#owner}.${what}`, payload as never);
  }
}
