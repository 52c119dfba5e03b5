import type { ByteReader } from "../bytes/reader.js";
import type { ByteWriter } from "../bytes/writer.js";
import { MalformedMessageError } from "../errors/malformed-message.js";
import type { Codec } from "./codec.js";
import type { PrimitiveType } from "./field.js";

const fixed = <T>(
  minLength: number,
  encode: (writer: ByteWriter, value: T) => void,
  decode: (reader: ByteReader) => T,
): Codec => ({ minLength, encode: encode as Codec["encode"], decode });

const fixedCodecs: Partial<Record<PrimitiveType, Codec>> = {
  int8: fixed<number>(
    1,
    (writer, value) => writer.int8(value),
    (reader) => reader.int8(),
  ),
  int16: fixed<number>(
    2,
    (writer, value) => writer.int16(value),
    (reader) => reader.int16(),
  ),
  uint16: fixed<number>(
    2,
    (writer, value) => writer.uint16(value),
    (reader) => reader.uint16(),
  ),
  int32: fixed<number>(
    4,
    (writer, value) => writer.int32(value),
    (reader) => reader.int32(),
  ),
  uint32: fixed<number>(
    4,
    (writer, value) => writer.uint32(value),
    (reader) => reader.uint32(),
  ),
  int64: fixed<number>(
    8,
    (writer, value) => writer.int64(value),
    (reader) => reader.int64(),
  ),
  float64: fixed<number>(
    8,
    (writer, value) => writer.float64(value),
    (reader) => reader.float64(),
  ),
  bool: fixed<boolean>(
    1,
    (writer, value) => writer.boolean(value),
    (reader) => reader.boolean(),
  ),
  uuid: fixed<string>(16, encodeUuid, (reader) => reader.slice(16).toString("base64url")),
};

function encodeUuid(writer: ByteWriter, value: string): void {
  const decoded = Buffer.from(value, "base64url");
  if (decoded.length !== 16) throw new TypeError(`"${value}" is not a uuid in 22 characters of base64url`);
  writer.raw(decoded);
}

/** The codec of a type without fields, in one version. */
export function primitiveCodec(kind: PrimitiveType, isNullable: boolean, isCompact: boolean): Codec {
  const codec = fixedCodecs[kind];
  if (codec !== undefined) return codec;
  return kind === "string" ? stringCodec(isNullable, isCompact) : bytesCodec(isNullable, isCompact);
}

function stringCodec(isNullable: boolean, isCompact: boolean): Codec {
  return {
    minLength: isCompact ? 1 : 2,
    encode(writer, value) {
      if (value === null) {
        if (!isNullable) throw new TypeError("null where a value is needed");
        return isCompact ? writer.uvarint(0) : writer.int16(-1);
      }
      const text = value as string;
      const length = Buffer.byteLength(text);
      if (length > 0x7fff) throw new RangeError(`string of ${length} bytes, at most 32767`);
      if (isCompact) writer.uvarint(length + 1);
      else writer.int16(length);
      writer.utf8(text, length);
    },
    decode(reader) {
      const length = isCompact ? reader.uvarint() - 1 : reader.int16();
      if (length < 0 && isNullable) return null;
      if (length < 0) throw new MalformedMessageError(`string of ${length} bytes`);
      if (length > 0x7fff) throw new MalformedMessageError(`string of ${length} bytes, at most 32767`);
      return reader.utf8(length);
    },
  };
}

function bytesCodec(isNullable: boolean, isCompact: boolean): Codec {
  return {
    minLength: isCompact ? 1 : 4,
    encode(writer, value) {
      if (value === null) {
        if (!isNullable) throw new TypeError("null where a value is needed");
        return isCompact ? writer.uvarint(0) : writer.int32(-1);
      }
      const content = value as Uint8Array;
      if (isCompact) writer.uvarint(content.byteLength + 1);
      else writer.int32(content.byteLength);
      writer.raw(content);
    },
    decode(reader) {
      const length = isCompact ? reader.uvarint() - 1 : reader.int32();
      if (length < 0 && isNullable) return null;
      if (length < 0) throw new MalformedMessageError(`${length} bytes`);
      return reader.slice(length);
    },
  };
}
