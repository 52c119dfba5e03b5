import {
  type Consumer,
  type ConsumerOptions,
  type Kafka,
  KafkaConfigError,
  type ReceivedRecord,
  type RunOptions,
  type Topic,
} from "@ottla/client";
import { contractTransport } from "./contract-pattern.js";

/** What Nest makes of a handler: its interceptors, guards and filters around it. */
interface Handler {
  (record: unknown, context?: unknown): unknown;
  next?: Handler;
  isEventHandler?: boolean;
  extras?: object;
}

/** What of an Observable is needed to wait for its end. */
interface Subscribable {
  subscribe(observer: { next(): void; error(thrown: unknown): void; complete(): void }): unknown;
}

/** What a {@link ContractStrategy} reads, and how. */
export interface ContractStrategyOptions<T extends Topic> {
  readonly kafka: Kafka;
  /** The group and its topics: each has a handler, and no handler is for another. */
  readonly consumer: ConsumerOptions<T>;
  /** As `consumer.run` takes it: concurrency, order, retries, dead letters. */
  readonly run?: RunOptions<T> | undefined;
  /** Told when reading has ended with an error. Without it that is an unhandled rejection, which ends the process. */
  readonly onFailure?: ((error: unknown) => void) | undefined;
}

/**
 * A transport of NestJS that reads topics by their contracts: for `createMicroservice` and `connectMicroservice`, as `strategy`. A
 * record is done when its handler has ended, at least once; what the handler throws is tried again as `run.retry` says.
 *
 * Handlers are decorated by {@link contractPattern}. Requests and replies are the Kafka transport's, not this one's.
 */
export class ContractStrategy<T extends Topic> {
  readonly transportId = contractTransport;
  readonly #options: ContractStrategyOptions<T>;
  readonly #handlers = new Map<string, Handler>();
  #consumer: Consumer<T> | undefined;
  #running: Promise<void> | undefined;

  constructor(options: ContractStrategyOptions<T>) {
    this.#options = options;
  }

  /** Called by Nest. @throws KafkaConfigError for a `MessagePattern` */
  addHandler(pattern: string, handler: Handler, isEventHandler = false, extras: object = {}): void {
    if (!isEventHandler) {
      throw new KafkaConfigError(`pattern "${pattern}": a ContractStrategy has events; nothing would be replied`);
    }
    handler.isEventHandler = isEventHandler;
    handler.extras = extras;
    // Nest calls those behind the first itself.
    let last = this.#handlers.get(pattern);
    while (last?.next !== undefined) last = last.next;
    if (last === undefined) this.#handlers.set(pattern, handler);
    else last.next = handler;
  }

  /** Called by Nest: begins to read. */
  listen(callback: (error?: unknown) => void): void {
    try {
      const { kafka, consumer: options, run, onFailure } = this.#options;
      this.#check();
      const consumer = kafka.consumer(options);
      this.#consumer = consumer;
      const running = consumer.run((record) => this.#handle(record as unknown as ReceivedRecord), run);
      this.#running = running.catch(() => {});
      if (onFailure === undefined) void running.then(() => {});
      else void running.catch(onFailure);
    } catch (error) {
      callback(error);
      return;
    }
    callback();
  }

  /** Called by Nest: waits for handlers, commits, and leaves the group. */
  async close(): Promise<void> {
    await this.#consumer?.close();
    await this.#running;
  }

  #check(): void {
    const { topics } = this.#options.consumer;
    // By a pattern topics come later.
    if (!Array.isArray(topics)) return;
    const names = new Set<string>((topics as readonly Topic[]).map(({ name }) => name));
    for (const name of names) {
      if (!this.#handlers.has(name)) throw new KafkaConfigError(`topic ${name}: no handler is decorated for it`);
    }
    for (const name of this.#handlers.keys()) {
      if (!names.has(name))
        throw new KafkaConfigError(`topic ${name}: it has a handler, and is not among the consumer's topics`);
    }
  }

  async #handle(record: ReceivedRecord): Promise<void> {
    const handler = this.#handlers.get(record.topic);
    if (handler === undefined) throw new KafkaConfigError(`topic ${record.topic}: no handler is decorated for it`);
    const result = await handler(record, { topic: record.topic });
    if (isSubscribable(result)) await ended(result);
  }
}

const isSubscribable = (result: unknown): result is Subscribable =>
  typeof result === "object" && result !== null && "subscribe" in result && typeof result.subscribe === "function";

const ended = (stream: Subscribable): Promise<void> =>
  new Promise((resolve, reject) => {
    stream.subscribe({ next: () => {}, error: reject, complete: resolve });
  });
