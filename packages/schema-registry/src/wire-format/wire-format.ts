/** Bytes before a payload: a zero and the schema's id, an int32. */
export const prefixLength = 5;

/** The id a payload says it was written with; `undefined` when it does not begin as Confluent's wire format does. */
export function schemaIdOf(payload: Uint8Array): number | undefined {
  if (payload.byteLength < prefixLength || payload[0] !== 0) return undefined;
  const [, a = 0, b = 0, c = 0, d = 0] = payload;
  return (a << 24) | (b << 16) | (c << 8) | d;
}

/** Puts the zero and the id at the beginning of `target`. */
export function writePrefix(target: Buffer, schemaId: number): void {
  target[0] = 0;
  target.writeInt32BE(schemaId, 1);
}
