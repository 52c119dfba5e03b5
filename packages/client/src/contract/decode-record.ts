import type { AnySerde, RecordPart } from "../serde/serde.js";
import { DeserializationError, reasonOf } from "./contract-errors.js";
import { headerSerde } from "./headers.js";
import type { Event } from "./one-of.js";
import type { RecordHeader } from "./raw-record.js";
import type { Topic } from "./topic.js";

/** Where a record is, and its bytes. */
export interface RecordSource {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly rawKey: Buffer | null;
  readonly rawValue: Buffer | null;
  readonly rawHeaders: readonly RecordHeader[];
  /** What the serdes were prepared with, if anything. */
  readonly registry?: unknown;
}

/** The key of a record, by its contract. @throws {@link DeserializationError} */
export function decodeKey(topic: Topic, source: RecordSource): unknown {
  if (source.rawKey === null) {
    if (topic.key.nullable === true) return null;
    throw new DeserializationError(source, "key", "it is null, and the contract does not allow that");
  }
  return read(topic.key, source.rawKey, "key", source);
}

/** The value of a record, by its contract. @throws {@link DeserializationError} */
export function decodeValue(topic: Topic, source: RecordSource): unknown {
  if (source.rawValue === null) {
    if (topic.tombstones || topic.value.nullable === true) return null;
    throw new DeserializationError(source, "value", "it is null, and the contract has no `tombstones: true`");
  }
  return read(topic.value, source.rawValue, "value", source);
}

/** The value of a record of a topic with several event types, and which it is; a tombstone's type is null. @throws {@link DeserializationError} */
export function decodeEvent(topic: Topic, source: RecordSource): { readonly type: unknown; readonly value: unknown } {
  return (decodeValue(topic, source) as Event | null) ?? tombstone;
}

const tombstone = Object.freeze({ type: null, value: null });

/** The contract's headers of a record, by name; of a repeated one the last, as Java's `lastHeader`. @throws {@link DeserializationError} */
export function decodeHeaders(topic: Topic, source: RecordSource): { readonly [name: string]: unknown } {
  let decoded: { [name: string]: unknown } | undefined;
  for (const name in topic.headers) {
    const declared = topic.headers[name];
    if (declared === undefined) continue;
    decoded ??= {};
    const { serde, occurs } = headerSerde(declared);
    if (occurs === "any times") {
      decoded[name] = source.rawHeaders
        .filter(({ key }) => key === name)
        .map((header) => readHeader(serde, header, source));
      continue;
    }
    const header = source.rawHeaders.findLast((candidate) => candidate.key === name);
    if (header !== undefined) decoded[name] = readHeader(serde, header, source);
    else if (occurs === "once") throw new DeserializationError(source, "header", `"${name}" is missing`);
  }
  return decoded ?? noHeaders;
}

const noHeaders = Object.freeze({});

function readHeader(serde: AnySerde, { key, value }: RecordHeader, source: RecordSource): unknown {
  if (value !== null) return read(serde, value, "header", source);
  if (serde.nullable === true) return null;
  throw new DeserializationError(source, "header", `"${key}" is null`);
}

function read(serde: AnySerde, content: Uint8Array, part: RecordPart, source: RecordSource): unknown {
  try {
    return serde.deserialize(content, {
      topic: source.topic,
      part,
      headers: source.rawHeaders,
      registry: source.registry,
    });
  } catch (error) {
    throw new DeserializationError(source, part, reasonOf(error), { cause: error });
  }
}
