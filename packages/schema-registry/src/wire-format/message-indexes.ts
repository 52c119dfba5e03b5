/** The indexes of the first message of a file, and the one byte that stands for them. */
const firstMessage: readonly number[] = [0];
// No file nests messages deeper: a longer path is no path.
const longestPath = 1000;

/** Message indexes and where the payload behind them begins. */
export interface ReadIndexes {
  readonly indexes: readonly number[];
  readonly end: number;
}

/** How varints are written: Confluent's serializers write them zigzag, old ones of other makers did not. */
export type IndexEncoding = "zigzag" | "unsigned";

/** The bytes that say which message of a schema a payload is: their number, then the indexes; `[0]` is one zero. */
export function encodeMessageIndexes(indexes: readonly number[]): Uint8Array {
  if (indexes.length === 1 && indexes[0] === 0) return Uint8Array.of(0);
  const bytes: number[] = [];
  for (const number of [indexes.length, ...indexes]) {
    let rest = number * 2;
    for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
    bytes.push(rest);
  }
  return Uint8Array.from(bytes);
}

/** Reads message indexes at `start`; undefined where there are none in this encoding. */
export function decodeMessageIndexes(
  bytes: Uint8Array,
  start: number,
  encoding: IndexEncoding,
): ReadIndexes | undefined {
  let position = start;
  const next = (): number | undefined => {
    let value = 0;
    for (let factor = 1; factor <= 128 ** 4; factor *= 128) {
      const byte = bytes[position];
      if (byte === undefined) return undefined;
      position += 1;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return encoding === "unsigned" ? value : value % 2 === 0 ? value / 2 : undefined;
    }
    return undefined;
  };
  const count = next();
  if (count === undefined || count > longestPath) return undefined;
  if (count === 0) return { indexes: firstMessage, end: position };
  const indexes: number[] = [];
  while (indexes.length < count) {
    const index = next();
    if (index === undefined) return undefined;
    indexes.push(index);
  }
  return { indexes, end: position };
}

/**
 * The message that a payload is of: by zigzag indexes, and where no message stands at them, by unsigned ones.
 *
 * @param messageAt - The message at these indexes of the writer's schema.
 */
export function messageOf<M>(
  bytes: Uint8Array,
  start: number,
  messageAt: (indexes: readonly number[]) => M | undefined,
): { readonly message: M; readonly end: number } | undefined {
  for (const encoding of ["zigzag", "unsigned"] as const) {
    const read = decodeMessageIndexes(bytes, start, encoding);
    const message = read && messageAt(read.indexes);
    if (read !== undefined && message !== undefined) return { message, end: read.end };
  }
  return undefined;
}
