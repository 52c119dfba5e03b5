import { MalformedMessageError } from "../errors/malformed-message.js";
import type { Codec } from "./codec.js";

/** An array in one version: its count, then its elements. */
export function arrayCodec(element: Codec, isNullable: boolean, isCompact: boolean): Codec {
  const smallest = Math.max(element.minLength, 1);
  return {
    minLength: isCompact ? 1 : 4,
    encode(writer, value) {
      if (value === null) {
        if (!isNullable) throw new TypeError("null where a value is needed");
        return isCompact ? writer.uvarint(0) : writer.int32(-1);
      }
      const elements = value as readonly unknown[];
      if (isCompact) writer.uvarint(elements.length + 1);
      else writer.int32(elements.length);
      for (let index = 0; index < elements.length; index += 1) element.encode(writer, elements[index]);
    },
    decode(reader) {
      const count = isCompact ? reader.uvarint() - 1 : reader.int32();
      if (count < 0 && isNullable) return null;
      if (count < 0) throw new MalformedMessageError(`array of ${count} elements`);
      if (count * smallest > reader.remaining) {
        throw new MalformedMessageError(`array of ${count} elements in ${reader.remaining} bytes`);
      }
      reader.takeElements(count);
      const elements: unknown[] = [];
      for (let index = 0; index < count; index += 1) elements.push(element.decode(reader));
      return elements;
    },
  };
}
