/**
 * A record batch that is not what it says it is: a length beyond its bytes, a count that its records do not have, a codec
 * that does not exist. The text names the base offset where it is known, the value and the limit.
 */
export class CorruptBatchError extends Error {
  override readonly name = "CorruptBatchError";
  readonly code = "CORRUPT_BATCH";
  readonly retriable = false;
  readonly fatal = false;
  readonly abortable = false;
}
