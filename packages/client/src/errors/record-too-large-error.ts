/** A record that no request could carry; it was rejected before it entered a batch. */
export class RecordTooLargeError extends Error {
  override readonly name = "RecordTooLargeError";
  readonly code = "RECORD_TOO_LARGE";
  readonly retriable = false;
  readonly fatal = false;
  readonly abortable = false;
  readonly topic: string;
  /** Bytes the record takes in a batch of its own, uncompressed. */
  readonly sizeInBytes: number;
  /** The producer's `maxRequestBytes`. */
  readonly limitInBytes: number;

  constructor(topic: string, sizeInBytes: number, limitInBytes: number) {
    super(`[RECORD_TOO_LARGE] a record for "${topic}" takes ${sizeInBytes} bytes, maxRequestBytes is ${limitInBytes}`);
    this.topic = topic;
    this.sizeInBytes = sizeInBytes;
    this.limitInBytes = limitInBytes;
  }
}
