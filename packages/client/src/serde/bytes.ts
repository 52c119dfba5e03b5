import type { Serde } from "./serde.js";

/** Bytes as they are. What is read is a view of the fetched batch; copy it when it outlives the record. */
export function bytes(): Serde<Uint8Array, Buffer> {
  return bytesSerde;
}

const bytesSerde: Serde<Uint8Array, Buffer> = Object.freeze({
  serialize: (value: Uint8Array) => value,
  deserialize: (content: Uint8Array) =>
    Buffer.isBuffer(content) ? content : Buffer.from(content.buffer, content.byteOffset, content.byteLength),
});
