import type { AnySerde, RecordPart } from "../serde/serde.js";
import { reasonOf, SerializationError } from "./contract-errors.js";
import { type HeaderSerdes, headerSerde } from "./headers.js";
import type { RawRecord, RecordHeader } from "./raw-record.js";
import type { RecordOptions } from "./record.js";
import type { Topic } from "./topic.js";

/** Any of the shapes that `SentRecord` can take. */
interface AnySentRecord extends RecordOptions {
  readonly key?: unknown;
  readonly value: unknown;
  readonly type?: unknown;
  readonly headers?: { readonly [name: string]: unknown };
}

/**
 * The bytes of a record, by its topic's contract. Synchronous: serdes were prepared before (see `prepareTopic`).
 * Headers come in the order of the contract, then `rawHeaders`, then what serdes add.
 *
 * @param registry - What the serdes were prepared with, if anything.
 * @throws {@link SerializationError}
 */
export function encodeRecord<Sent>(topic: Topic<string, Sent>, record: Sent, registry?: unknown): RawRecord {
  const { key, value, type, headers, rawHeaders, partition, timestamp } = record as AnySentRecord;
  const written: RecordHeader[] = [];
  const target: Target = { topic: topic.name, written, registry };
  writeHeaders(topic, headers ?? {}, target);
  if (rawHeaders !== undefined) written.push(...rawHeaders);
  const keyBytes = write(target, topic.key, "key", key === undefined ? null : key);
  const isTombstone = value === null && topic.tombstones;
  const given = topic.types === undefined || value === null ? value : { type, value };
  return {
    topic: topic.name,
    key: keyBytes,
    value: isTombstone ? null : write(target, topic.value, "value", given),
    headers: written,
    ...(partition !== undefined && { partition }),
    ...(timestamp !== undefined && { timestamp }),
  };
}

/** The record being written. */
interface Target {
  readonly topic: string;
  readonly written: RecordHeader[];
  readonly registry: unknown;
}

function write({ topic, written, registry }: Target, serde: AnySerde, part: RecordPart, value: unknown) {
  // A serde that does not know null never sees one: what it would make of it ("null" in JSON) nobody meant.
  if (value === null && serde.nullable !== true) {
    const hint = part === "value" ? "; declare `tombstones: true` to delete keys" : "";
    throw new SerializationError(topic, part, `it is null, and the contract does not allow that${hint}`);
  }
  let content: Uint8Array | null;
  try {
    content = serde.serialize(value, { topic, part, headers: written, registry });
  } catch (error) {
    throw new SerializationError(topic, part, reasonOf(error), { cause: error });
  }
  if (content === null && serde.nullable !== true) {
    throw new SerializationError(topic, part, "its serde gave null without being nullable");
  }
  return content;
}

function writeHeaders(topic: Topic, headers: { readonly [name: string]: unknown }, target: Target): void {
  const declared: HeaderSerdes = topic.headers;
  for (const name in declared) {
    const header = declared[name];
    if (header === undefined) continue;
    const { serde, occurs } = headerSerde(header);
    const value = headers[name];
    if (value === undefined) {
      if (occurs !== "once") continue;
      throw new SerializationError(topic.name, "header", `"${name}" is missing`);
    }
    if (occurs === "any times" && !Array.isArray(value)) {
      throw new SerializationError(topic.name, "header", `"${name}" may be repeated, and is not given as a list`);
    }
    const values: readonly unknown[] = occurs === "any times" ? (value as readonly unknown[]) : [value];
    for (const each of values) {
      target.written.push({ key: name, value: write(target, serde, "header", each) });
    }
  }
}
