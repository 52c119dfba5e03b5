import { bytes } from "../serde/bytes.js";
import { nullable } from "../serde/nullable.js";
import type { AnySerde, InputOf, OutputOf, Serde } from "../serde/serde.js";
import type { HeaderSerdes, HeadersIn, HeadersOut, NoHeaders } from "./headers.js";
import type { EventSerdes, EventUnion, UnknownEvent, UnknownTypes } from "./one-of.js";
import type { ReceivedEvent, ReceivedRecord, SentEvent, SentRecord } from "./record.js";

/** A topic's configuration, by Kafka's names (`"retention.ms"`). Numbers and booleans are sent as text. */
export interface TopicConfig {
  readonly [name: string]: string | number | boolean;
}

/** What a new schema of a subject must be compatible with, as schema registries name it. */
export type Compatibility =
  | "NONE"
  | "BACKWARD"
  | "BACKWARD_TRANSITIVE"
  | "FORWARD"
  | "FORWARD_TRANSITIVE"
  | "FULL"
  | "FULL_TRANSITIVE";

/**
 * A topic as a value: its name, its types, and how it should be set up. Producers, consumers, admin, outbox and tests
 * share it. Made by {@link topic}.
 *
 * @typeParam Sent - What a producer is given; see `Sendable`.
 * @typeParam Received - What a consumer gives; see `ConsumedRecord`.
 */
export interface Topic<Name extends string = string, Sent = unknown, Received = unknown> {
  readonly name: Name;
  readonly key: AnySerde;
  readonly value: AnySerde;
  readonly headers: HeaderSerdes;
  /** The types of events, where the value is one of several ({@link oneOf}). */
  readonly types?: readonly string[] | undefined;
  /** A record without a value deletes its key, and is given to consumers as null. */
  readonly tombstones: boolean;
  readonly partitions?: number | undefined;
  readonly config: TopicConfig;
  readonly owner?: string | undefined;
  readonly compatibility?: Compatibility | undefined;
  /** Types only; never there at run time. */
  readonly "~types"?: { readonly sent: Sent; readonly received: Received } | undefined;
}

/** What {@link topic} is told. */
export interface TopicDefinition<Key, Value, Headers, Tombstones> {
  /** How keys are written. Without it a key is bytes or null. `nullable(serde)` allows records without a key. */
  readonly key?: Key;
  readonly value: Value;
  /** Named headers: a serde for one that must be there, `optional(serde)` for one that may, `repeated(serde)` for any number. */
  readonly headers?: Headers;
  /** Whether null is a value, meaning that the key is deleted (for compacted topics). Default false. */
  readonly tombstones?: Tombstones;
  /** Partitions to create the topic with; the broker's default when absent. */
  readonly partitions?: number;
  readonly config?: TopicConfig;
  /** Who answers for the topic: shown where a check fails. */
  readonly owner?: string;
  /** Asked of the registry for the topic's subjects. */
  readonly compatibility?: Compatibility;
}

type OrNull<T, Tombstones> = Tombstones extends true ? T | null : T;

/** What a producer is given for a topic, from its serdes. */
export type SentTo<Key, Value, Headers, Tombstones> = Value extends { readonly events: infer Events }
  ?
      | {
          [Type in keyof Events & string]: SentEvent<Type, InputOf<Key>, InputOf<Events[Type]>, HeadersIn<Headers>>;
        }[keyof Events & string]
      | (Tombstones extends true ? SentEvent<null, InputOf<Key>, null, HeadersIn<Headers>> : never)
  : SentRecord<InputOf<Key>, OrNull<InputOf<Value>, Tombstones>, HeadersIn<Headers>>;

/** What a consumer gives for a topic, from its serdes. */
export type ReceivedFrom<Name extends string, Key, Value, Headers, Tombstones> =
  Value extends EventUnion<infer Events, infer Unknown>
    ?
        | {
            [Type in keyof Events & string]: ReceivedEvent<
              Type,
              Name,
              OutputOf<Key>,
              OutputOf<Events[Type]>,
              HeadersOut<Headers>
            >;
          }[keyof Events & string]
        | (Unknown extends "raw"
            ? ReceivedEvent<undefined, Name, OutputOf<Key>, UnknownEvent, HeadersOut<Headers>>
            : never)
        | (Tombstones extends true ? ReceivedEvent<null, Name, OutputOf<Key>, null, HeadersOut<Headers>> : never)
    : ReceivedRecord<Name, OutputOf<Key>, OrNull<OutputOf<Value>, Tombstones>, HeadersOut<Headers>>;

/**
 * Declares a topic.
 *
 * ```ts
 * const orders = topic("orders", { key: string(), value: json<Order>(), partitions: 6 });
 * ```
 *
 * @throws RangeError when the name or the number of partitions is not one that Kafka takes.
 */
export function topic<
  const Name extends string,
  Value extends AnySerde,
  Key extends AnySerde = Serde<Uint8Array | null, Buffer | null>,
  Headers extends HeaderSerdes = NoHeaders,
  Tombstones extends boolean = false,
>(
  name: Name,
  // Twice, so that the compiler knows the key also where the value is missing or misspelt, and says that.
  definition: TopicDefinition<Key, Value, Headers, Tombstones> &
    Pick<TopicDefinition<Key, Value, Headers, Tombstones>, "key">,
): Topic<Name, SentTo<Key, Value, Headers, Tombstones>, ReceivedFrom<Name, Key, Value, Headers, Tombstones>> {
  const { partitions, key = nullable(bytes()), value } = definition;
  if (!/^[a-zA-Z0-9._-]{1,249}$/.test(name) || name === "." || name === "..") {
    throw new RangeError(`"${name}" is not a topic name: 1 to 249 of a-z, A-Z, 0-9, ".", "_" and "-"`);
  }
  if (partitions !== undefined && (!Number.isInteger(partitions) || partitions < 1)) {
    throw new RangeError(`topic ${name}: ${partitions} partitions; there must be 1 or more`);
  }
  if (isEventUnion(key)) throw new TypeError(`topic ${name}: oneOf is for values, not for keys`);
  return Object.freeze({
    name,
    key,
    value,
    headers: Object.freeze({ ...definition.headers }),
    tombstones: definition.tombstones ?? false,
    config: Object.freeze({ ...definition.config }),
    ...(isEventUnion(value) && { types: Object.freeze(Object.keys(value.events)) }),
    ...(partitions !== undefined && { partitions }),
    ...(definition.owner !== undefined && { owner: definition.owner }),
    ...(definition.compatibility !== undefined && { compatibility: definition.compatibility }),
  });
}

const isEventUnion = (serde: AnySerde): serde is EventUnion<EventSerdes, UnknownTypes> => "events" in serde;
