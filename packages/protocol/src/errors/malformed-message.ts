/**
 * Bytes that are not what the protocol says they should be: a length beyond the frame, an over-long varint, a null where
 * none is allowed. The text names the message, the field where known, the value and the limit.
 */
export class MalformedMessageError extends Error {
  override readonly name = "MalformedMessageError";
  readonly code = "MALFORMED_MESSAGE";
  readonly retriable = false;
  readonly fatal = false;
  readonly abortable = false;
}
