import type { ByteReader } from "../bytes/reader.js";
import { ByteWriter } from "../bytes/writer.js";
import { MalformedMessageError } from "../errors/malformed-message.js";
import type { Codec } from "./codec.js";
import { isDefault } from "./defaults.js";
import type { Field } from "./field.js";
import { inField } from "./in-field.js";

export interface TaggedField {
  readonly name: string;
  readonly tag: number;
  readonly field: Field;
  readonly codec: Codec;
}

/**
 * Writes the tagged fields that differ from their defaults.
 *
 *     section := uvarint count, { uvarint tag, uvarint length, bytes }, tags ascending
 */
export function encodeTagSection(
  writer: ByteWriter,
  tagged: readonly TaggedField[],
  value: Record<string, unknown>,
): void {
  const present = tagged.filter(({ name, field }) => value[name] !== undefined && !isDefault(field, value[name]));
  writer.uvarint(present.length);
  for (const { name, tag, codec } of present) {
    const content = new ByteWriter();
    try {
      codec.encode(content, value[name]);
    } catch (error) {
      throw inField(error, name);
    }
    writer.uvarint(tag);
    writer.uvarint(content.length);
    for (const part of content.finish()) writer.raw(part);
  }
}

/** Reads the tagged fields that are known into `value` and skips the others by their length. */
export function readTagSection(
  reader: ByteReader,
  tagged: readonly TaggedField[],
  value: Record<string, unknown>,
): void {
  const count = reader.uvarint();
  if (count === 0) return;
  if (count * 2 > reader.remaining) {
    throw new MalformedMessageError(`${count} tagged fields in ${reader.remaining} bytes`);
  }
  let previous = -1;
  for (let index = 0; index < count; index += 1) {
    const tag = reader.uvarint();
    if (tag <= previous) throw new MalformedMessageError(`tag ${tag} after tag ${previous}`);
    previous = tag;
    const length = reader.uvarint();
    const end = reader.take(length) + length;
    const known = tagged.find((field) => field.tag === tag);
    if (known === undefined) continue;
    reader.offset = end - length;
    try {
      value[known.name] = known.codec.decode(reader);
    } catch (error) {
      throw inField(error, known.name);
    }
    if (reader.offset !== end) {
      throw new MalformedMessageError(
        `${known.name}: tag ${tag} says ${length} bytes, its value took ${reader.offset - end + length}`,
      );
    }
  }
}
