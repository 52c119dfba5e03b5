import {
  type Admin,
  bytes,
  type ConsumerEvent,
  type Kafka,
  type Logger,
  type Producer,
  type TopicReader,
  topic,
} from "@ottla/client";
import type { World } from "@ottla/world";
import { RegistryRefusal } from "../registry-refusal.js";
import { decodeStored } from "../state/decode-stored.js";
import { encodeStored } from "../state/encode-stored.js";
import type { RegistryState } from "../state/registry-state.js";
import { type StoredRecord, writtenAt } from "../state/stored-record.js";
import { KeySpellings } from "./key-spellings.js";
import type { SchemaStore } from "./schema-store.js";
import { requireSchemasTopic } from "./schemas-topic.js";

export interface KafkaStoreOptions {
  readonly topic: string;
  /** After which a record that no broker acknowledged is given up. */
  readonly timeoutMs: number;
  readonly logger: Logger | undefined;
}

/** What is looked at of a record that is read. */
interface RawRecord {
  readonly offset: bigint;
  readonly timestamp: number;
  readonly rawKey: Buffer | null;
  readonly rawValue: Buffer | null;
}

/** A record as it came from the log. */
interface Applied {
  readonly keyBytes: Buffer;
  readonly valueBytes: Buffer | null;
  readonly record: StoredRecord | undefined;
}

interface Waiter {
  readonly nextOffset: number;
  readonly wake: () => void;
}

/** How long the end of the log may stay unread before a record of our own is put there. */
const markerAfterMs = 250;

/**
 * Keeps records in a topic, in the form of Confluent's registry. The state changes by what is read from the log and by
 * nothing else: a write is over when its own records have come back.
 */
export class KafkaStore implements SchemaStore {
  readonly #world: Pick<World, "timers">;
  readonly #state: RegistryState;
  readonly #topic: string;
  readonly #logger: Logger | undefined;
  readonly #admin: Admin;
  readonly #producer: Producer;
  readonly #reader: TopicReader<ReturnType<typeof rawTopic>>;
  readonly #spellings = new KeySpellings();
  #reading: Promise<void> = Promise.resolve();
  #nextOffset = 0;
  #isOpen = false;
  /** Records read since it is open, and those that we may have written since. */
  #readCount = 0;
  #written = 0;
  #waiters: Waiter[] = [];
  /** What has been applied since the write under way was decided. */
  #sinceDecision: Applied[] | undefined;
  /** Why the log is no longer read. */
  #failure: Error | undefined;
  #closing: Promise<void> | undefined;

  private constructor(
    world: Pick<World, "timers">,
    kafka: Kafka,
    admin: Admin,
    state: RegistryState,
    options: KafkaStoreOptions,
  ) {
    this.#world = world;
    this.#state = state;
    this.#topic = options.topic;
    this.#logger = options.logger;
    this.#admin = admin;
    this.#producer = kafka.producer({
      deliveryTimeoutMs: options.timeoutMs,
      retryBackoffMs: { base: 20, max: 200 },
      maxRequestBytes: largestRecordBytes,
    });
    this.#reader = kafka.reader({
      topics: [rawTopic(options.topic)],
      partitionMaxBytes: 4 * 1024 * 1024,
      onEvent: (event) => this.#heard(event),
    });
  }

  /**
   * Resolves when the state holds all that is in the topic. A marker is written on the way: its coming back says that the
   * end is reached, and that records can be written at all.
   *
   * @throws {@link RegistryStartError} `UNFIT_TOPIC`; `signal.reason`; what the cluster refuses.
   */
  static async open(
    world: Pick<World, "timers">,
    kafka: Kafka,
    state: RegistryState,
    options: KafkaStoreOptions & { readonly signal: AbortSignal },
  ): Promise<KafkaStore> {
    const { signal } = options;
    const admin = kafka.admin();
    try {
      await requireSchemasTopic(admin, options.topic, signal);
    } catch (error) {
      await admin.close();
      throw error;
    }
    const store = new KafkaStore(world, kafka, admin, state, options);
    store.#reading = store.#read();
    try {
      await store.write([{ keytype: "NOOP" }], signal);
      store.#written = 0;
      store.#isOpen = true;
      return store;
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  standAlone(): void {
    this.#readCount = 0;
    this.#written = 0;
  }

  get failure(): Error | undefined {
    return this.#failure;
  }

  /** What was not acknowledged counts as written: it may hide as many records of others, which are noticed when they clash. */
  get isAlone(): boolean {
    return this.#readCount <= this.#written;
  }

  async write(records: readonly StoredRecord[], signal: AbortSignal): Promise<readonly StoredRecord[]> {
    const encoded = records.flatMap((record) => [...this.#spellings.forgotten(record), encodeStored(record)]);
    const applied: Applied[] = [];
    this.#sinceDecision = applied;
    this.#written += encoded.length;
    try {
      const sent = encoded.map((record) =>
        this.#producer.sendRaw({ topic: this.#topic, partition: 0, ...record, headers: [] }, { signal }),
      );
      const offsets = (await allOf(sent)).map(({ offset }) => Number(offset));
      const last = Math.max(...offsets);
      // A retry that the broker knew already is acknowledged without its offset.
      if (offsets.includes(-1)) await this.caughtUp(signal);
      else await this.#applied(last + 1, signal);
    } catch (error) {
      throw tooLarge(error) ?? error;
    } finally {
      this.#sinceDecision = undefined;
    }
    const first = encoded[0];
    const own = applied.findIndex(
      ({ keyBytes, valueBytes }) => first?.key.equals(keyBytes) && isSame(first.value, valueBytes),
    );
    return applied.slice(0, own < 0 ? undefined : own).flatMap(({ record }) => record ?? []);
  }

  /**
   * Asks where the log ends, and waits until that is applied. A log may end with offsets that stand for no record (a
   * transaction's mark): when nothing comes, a marker is written to be read.
   */
  async caughtUp(signal: AbortSignal): Promise<void> {
    const place = { topic: this.#topic, partition: 0, at: "latest" } as const;
    const [end] = await this.#admin.offsets.list([place], { isolation: "read_committed", signal });
    if (end?.offset === undefined) throw end?.error ?? new Error(`topic "${this.#topic}" does not say where it ends`);
    const nextOffset = Number(end.offset);
    if (await this.#appliedSoon(nextOffset, signal)) return;
    const { key, value } = encodeStored({ keytype: "NOOP" });
    const record = { topic: this.#topic, partition: 0, key, value, headers: [] };
    this.#written += 1;
    const { offset } = await this.#producer.sendRaw(record, { signal });
    await this.#applied(Math.max(nextOffset, Number(offset) + 1), signal);
  }

  /** Abandons what is under way. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.all([this.#reader.close(), this.#producer.close(), this.#admin.close()]);
    await this.#reading;
  }

  async #read(): Promise<void> {
    try {
      for await (const record of this.#reader) this.#apply(record);
      this.#fail(new Error("the registry's store was closed"));
    } catch (error) {
      this.#fail(error as Error);
      this.#logger?.error(`Registry: topic "${this.#topic}" is no longer read; writes are refused`, { error });
    }
  }

  #apply({ offset, timestamp, rawKey, rawValue }: RawRecord): void {
    const decoded = rawKey === null ? undefined : decodeStored(rawKey, rawValue);
    const record = decoded && writtenAt(decoded, timestamp);
    if (record !== undefined) this.#state.apply(record);
    if (record !== undefined && rawKey !== null) this.#spellings.heard(record, rawKey, rawValue);
    if (this.#isOpen) this.#readCount += 1;
    if (this.#sinceDecision !== undefined && rawKey !== null) {
      // Copies: what a reader hands out are views of what it fetched.
      const valueBytes = rawValue === null ? null : Buffer.from(rawValue);
      this.#sinceDecision.push({ keyBytes: Buffer.from(rawKey), valueBytes, record });
    }
    this.#nextOffset = Number(offset) + 1;
    this.#wake();
  }

  #heard(event: ConsumerEvent): void {
    if (event.kind === "retrying") this.#logger?.debug(`Registry: ${event.doing}, again`, { error: event.error });
    // What the state was built from is gone: another topic of that name, or a log that lost its beginning or end.
    if (event.kind === "offsetReset" && event.from !== undefined) {
      const lost = `topic "${this.#topic}" no longer holds offset ${event.from}: it was deleted or cut; start the registry again`;
      this.#fail(new Error(lost));
      this.#logger?.error(`Registry: ${lost}`);
    }
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#wake();
  }

  #wake(): void {
    const isDue = ({ nextOffset }: Waiter) => this.#failure !== undefined || nextOffset <= this.#nextOffset;
    if (!this.#waiters.some(isDue)) return;
    const due = this.#waiters.filter(isDue);
    this.#waiters = this.#waiters.filter((waiter) => !isDue(waiter));
    for (const { wake } of due) wake();
  }

  /** Resolves when everything before `nextOffset` is applied. */
  async #applied(nextOffset: number, signal: AbortSignal): Promise<void> {
    await this.#until(nextOffset, signal, undefined);
  }

  /** As {@link KafkaStore.#applied}, but answers false where that takes suspiciously long. */
  #appliedSoon(nextOffset: number, signal: AbortSignal): Promise<boolean> {
    return this.#until(nextOffset, signal, markerAfterMs);
  }

  async #until(nextOffset: number, signal: AbortSignal, withinMs: number | undefined): Promise<boolean> {
    signal.throwIfAborted();
    if (this.#failure === undefined && this.#nextOffset < nextOffset) await this.#woken(nextOffset, signal, withinMs);
    if (this.#failure !== undefined) throw this.#failure;
    return this.#nextOffset >= nextOffset;
  }

  #woken(nextOffset: number, signal: AbortSignal, withinMs: number | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        timer?.cancel();
        signal.removeEventListener("abort", stop);
        this.#waiters = this.#waiters.filter((one) => one !== waiter);
      };
      const waiter = {
        nextOffset,
        wake: () => {
          leave();
          resolve();
        },
      };
      const stop = () => {
        leave();
        reject(signal.reason);
      };
      const timer = withinMs === undefined ? undefined : this.#world.timers.after(withinMs, waiter.wake);
      signal.addEventListener("abort", stop, { once: true });
      this.#waiters.push(waiter);
    });
  }
}

/** The topic without a contract: keys and values are looked at as bytes. */
const rawTopic = (name: string) => topic(name, { value: bytes(), tombstones: true });

/** A request's body is limited before; a record of it may be some bytes more. The broker has the last word. */
const largestRecordBytes = 16 * 1024 * 1024;

const isSame = (a: Buffer | null, b: Buffer | null): boolean => (a === null || b === null ? a === b : a.equals(b));

/** As Promise.all, but it waits for all of them before it throws: none is left behind unheard. */
async function allOf<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}

function tooLarge(error: unknown): RegistryRefusal | undefined {
  const { code, message } = error as { readonly code?: unknown; readonly message?: string };
  if (code !== "RECORD_TOO_LARGE" && code !== "MESSAGE_TOO_LARGE") return undefined;
  return new RegistryRefusal(42209, `Schema is too large: ${message}`, { cause: error });
}
