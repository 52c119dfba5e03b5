import { isUtf8 } from "node:buffer";
import type { Serde } from "./serde.js";

/**
 * Text in UTF-8, as Kafka's `StringSerializer` writes it.
 *
 * Stricter than Java at both ends: a lone surrogate is refused when written and invalid UTF-8 when read, where Java puts
 * a replacement character and the original is lost.
 */
export function string(): Serde<string> {
  return stringSerde;
}

const stringSerde: Serde<string> = Object.freeze({
  serialize(value: string): Uint8Array {
    if (typeof value !== "string") throw new TypeError(`expected a string, not ${typeof value}`);
    if (!value.isWellFormed()) throw new TypeError("the string has a lone surrogate, which UTF-8 cannot carry");
    return Buffer.from(value, "utf8");
  },
  deserialize: (content: Uint8Array) => decodeUtf8(content),
});

/** The text in `content`. @throws TypeError when it is not UTF-8. */
export function decodeUtf8(content: Uint8Array): string {
  if (!isUtf8(content)) throw new TypeError(`${content.length} bytes are not valid UTF-8`);
  return Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString("utf8");
}
