import type { RecordHeader } from "./raw-record.js";
import type { Topic } from "./topic.js";

/** What may be said of any record that is sent. */
export interface RecordOptions {
  /** The partition to write to; when absent the key decides, as in Kafka's Java client. */
  readonly partition?: number | undefined;
  /** Milliseconds since the epoch; the time of sending when absent. */
  readonly timestamp?: number | undefined;
  /** Headers outside the contract, written after those of the contract, in order. */
  readonly rawHeaders?: readonly RecordHeader[] | undefined;
}

/** A record of a topic where every record has a key. */
export interface KeyedRecord<Key, Value> extends RecordOptions {
  readonly key: Key;
  readonly value: Value;
}

/** A record of a topic where a record may go without a key. */
export interface MaybeKeyedRecord<Key, Value> extends RecordOptions {
  readonly key?: Key | undefined;
  readonly value: Value;
}

/** One of several event types of a topic where every record has a key. */
export interface KeyedEvent<Type, Key, Value> extends KeyedRecord<Key, Value> {
  readonly type: Type;
}

/** One of several event types of a topic where a record may go without a key. */
export interface MaybeKeyedEvent<Type, Key, Value> extends MaybeKeyedRecord<Key, Value> {
  readonly type: Type;
}

/** The headers of a topic whose contract requires some. */
export interface WithHeaders<Headers> {
  readonly headers: Headers;
}

/** The headers of a topic whose contract has only optional ones. */
export interface MaybeWithHeaders<Headers> {
  readonly headers?: Headers | undefined;
}

/** What a producer is given for a topic, from the types of its parts. */
export type SentRecord<Key, Value, Headers> = Headed<
  null extends Key ? MaybeKeyedRecord<Key, Value> : KeyedRecord<Key, Value>,
  Headers
>;

/** What a producer is given for one of several event types. */
export type SentEvent<Type, Key, Value, Headers> = Headed<
  null extends Key ? MaybeKeyedEvent<Type, Key, Value> : KeyedEvent<Type, Key, Value>,
  Headers
>;

type Headed<Body, Headers> = keyof Headers extends never
  ? Body
  : Partial<Headers> extends Headers
    ? Body & MaybeWithHeaders<Headers>
    : Body & WithHeaders<Headers>;

/**
 * A record as a consumer gives it. Key, value and headers are decoded when first read (a consumer reads them once
 * itself, so that they do not throw in a handler); byte views belong to the fetched batch, so copy what outlives the record.
 */
export interface ReceivedRecord<Name extends string = string, Key = unknown, Value = unknown, Headers = unknown> {
  readonly topic: Name;
  readonly partition: number;
  readonly offset: bigint;
  /** Milliseconds since the epoch: the producer's time, or the broker's where the topic says `LogAppendTime`. */
  readonly timestamp: number;
  /** The leader epoch the record was written in; -1 when the broker does not say. */
  readonly leaderEpoch: number;
  readonly key: Key;
  readonly value: Value;
  /** The headers of the contract, by name. */
  readonly headers: Headers;
  /** The bytes of the key as they came. */
  readonly rawKey: Buffer | null;
  /** The bytes of the value as they came. */
  readonly rawValue: Buffer | null;
  /** All headers as they came, in order. */
  readonly rawHeaders: readonly RecordHeader[];
}

/**
 * A record of a topic with several event types ({@link oneOf}): a union of these narrows by `type`. A tombstone has the type
 * null; a type that the contract does not know, where it asks for those, is undefined.
 */
export interface ReceivedEvent<Type, Name extends string, Key, Value, Headers>
  extends ReceivedRecord<Name, Key, Value, Headers> {
  readonly type: Type;
}

/** What a producer takes for the topic `T`. */
export type Sendable<T extends Topic> = T extends Topic<string, infer Sent, unknown> ? Sent : never;

/** What a consumer gives for the topic `T`; for several topics a union that narrows by `topic`. */
export type ConsumedRecord<T extends Topic> = T extends Topic<string, unknown, infer Received> ? Received : never;
