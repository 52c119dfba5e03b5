import { encodeRecord, prepareTopic, type Sendable, type Topic } from "@ottla/client";
import { nodeWorld, type World } from "@ottla/world";
import { OutboxError } from "../errors.js";
import { sizeOf } from "../relay/window.js";
import type { AnyTx, InTx } from "../sql/sql.js";
import type { OutboxStore } from "../store/outbox-store.js";
import { newMessageId } from "./message-id.js";

/** What {@link createOutbox} is given. */
export interface OutboxOptions<Connection, Tx extends AnyTx> {
  readonly store: OutboxStore<Connection, Tx>;
  /** Handed to serdes that need a schema registry. */
  readonly registry?: unknown;
  /** Largest record, in bytes with its headers. Default 1,000,000: below Kafka's `max.message.bytes` and `max.request.size`. */
  readonly maxRecordBytes?: number;
  readonly world?: Pick<World, "clock" | "random">;
}

/** What may be said of one event beside its record. */
export interface AddOptions {
  /** By which consumers know it again. Default a new UUID; one of your own must be unique in this outbox. */
  readonly messageId?: string;
  /** W3C trace context of whoever adds the event, sent as headers. */
  readonly traceparent?: string;
  readonly tracestate?: string;
  /** Sent as the header `content-type`. Default what the value's serde names, if it names one. */
  readonly contentType?: string;
}

/** Events that commit together with business rows; made by {@link createOutbox}. */
export interface Outbox<Tx extends AnyTx> {
  /** Readies topics for {@link Outbox.add}: whatever needs the network, a registry for one, happens here. */
  prepare(topics: readonly Topic[], options?: { readonly signal?: AbortSignal }): Promise<void>;
  /**
   * Serializes an event and adds it in the caller's transaction: it is published if, and only if, that commits. On a
   * synchronous driver it is there when the call returns. No network, ever.
   *
   * The events of one key are published in the order of this call as long as their transactions take a lock on what the
   * key names first; on SQLite, where one transaction writes at a time, always.
   *
   * @returns the event's message id.
   * @throws {@link OutboxError} `NOT_IN_TRANSACTION`, `TOPIC_NOT_PREPARED`, `RECORD_TOO_LARGE`, `RESERVED_HEADER`, and what
   * {@link OutboxStore} adds; `SerializationError` for an event its topic's contract refuses. Let it fail the transaction.
   */
  add<T extends Topic>(tx: Tx, topic: T, record: Sendable<T>, options?: AddOptions): InTx<Tx, string>;
  /** Wakes relays of this process after a commit that no `transactions(…)` made. Without it they notice by themselves in milliseconds. */
  committed(): void;
}

const reservedHeaders: ReadonlySet<string> = new Set(["message-id", "outbox-enqueued-at"]);

/** Makes an outbox over a database's store. */
export function createOutbox<Connection, Tx extends AnyTx>(options: OutboxOptions<Connection, Tx>): Outbox<Tx> {
  const { store, registry, maxRecordBytes = 1_000_000, world = nodeWorld } = options;
  const prepared = new WeakSet<Topic>();
  return {
    async prepare(topics, { signal } = {}) {
      for (const topic of topics) {
        await prepareTopic(topic, { registry, ...(signal && { signal }) });
        prepared.add(topic);
      }
    },

    add(tx, topic, record, { messageId, traceparent, tracestate, contentType = contentTypeOf(topic) } = {}) {
      if (!prepared.has(topic)) {
        const advice = `await outbox.prepare([${topic.name}]) when the service starts: a transaction cannot wait for it`;
        throw new OutboxError("TOPIC_NOT_PREPARED", `topic ${topic.name}: ${advice}`);
      }
      const encoded = encodeRecord(topic, record, registry);
      const taken = encoded.headers.find(({ key }) => reservedHeaders.has(key));
      if (taken !== undefined) {
        throw new OutboxError(
          "RESERVED_HEADER",
          `topic ${topic.name}: the outbox writes the header ${taken.key} itself`,
        );
      }
      const headers = [...encoded.headers];
      for (const [key, value] of Object.entries({ traceparent, tracestate, "content-type": contentType })) {
        const isThere = headers.some((header) => header.key === key);
        if (value !== undefined && !isThere) headers.push({ key, value: Buffer.from(value, "utf8") });
      }
      const row = { key: encoded.key, value: encoded.value, headers };
      const size = sizeOf(row);
      if (size > maxRecordBytes) {
        const limit = `${size} bytes, maxRecordBytes is ${maxRecordBytes}`;
        throw new OutboxError("RECORD_TOO_LARGE", `topic ${topic.name}: ${limit}`);
      }
      const now = world.clock.now();
      return store.append(tx, {
        ...row,
        messageId: messageId ?? newMessageId(now, world.random),
        topic: topic.name,
        partition: encoded.partition ?? null,
        timestamp: encoded.timestamp ?? now,
        createdAt: now,
      });
    },

    committed() {
      store.wakeUp.ring();
    },
  };
}

function contentTypeOf({ value }: Topic): string | undefined {
  return "contentType" in value && typeof value.contentType === "string" ? value.contentType : undefined;
}
