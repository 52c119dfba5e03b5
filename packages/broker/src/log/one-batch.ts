import { KafkaProtocolError } from "@ottla/protocol";

// Where in a batch, be it of any magic, its length begins, and what that counts; where its magic is.
const lengthAt = 8;
const afterLength = 12;
const magicAt = 16;
// The least record that there ever was, of magic 0.
const leastSize = 26;

/**
 * Sees by their lengths that `bytes` are exactly one batch of magic 2. Of a batch that was cut off behind it nothing is said: as
 * in Kafka those bytes are dropped.
 *
 * @throws KafkaProtocolError `INVALID_RECORD`
 */
export function checkOneBatch(bytes: Buffer, where: string): void {
  const size = wholeSize(bytes);
  if (size === undefined)
    throw refused(where, `${bytes.length} bytes are no whole record batch, exactly one is needed`);
  const magic = bytes[magicAt] ?? 0;
  if (magic < 2) throw refused(where, `record batch of magic ${magic}, only 2 is taken`);
  if (size > magicAt && wholeSize(bytes.subarray(size)) !== undefined) {
    throw refused(where, "more than one record batch, exactly one is needed");
  }
}

/** Whether `bytes` begin with a whole batch of magic 2. */
export const beginsWithBatch = (bytes: Buffer): boolean => wholeSize(bytes) !== undefined && bytes[magicAt] === 2;

/** Whether the batch that `bytes` begin with, if it is one, is of a magic or a length that there is not. */
export function isMisshapen(bytes: Buffer): boolean {
  const size = wholeSize(bytes);
  return size !== undefined && (size < leastSize || (bytes[magicAt] ?? 0) > 2);
}

/** The size of the batch that `bytes` begin with, or `undefined` where they end before it does. */
function wholeSize(bytes: Buffer): number | undefined {
  if (bytes.length <= magicAt) return undefined;
  const size = sizeOf(bytes);
  return size > bytes.length ? undefined : size;
}

/** How long the batch says it is that `bytes` begin with. */
export const sizeOf = (bytes: Buffer): number => bytes.readInt32BE(lengthAt) + afterLength;

const refused = (where: string, what: string): KafkaProtocolError =>
  new KafkaProtocolError("INVALID_RECORD", `${where}: ${what}`);
