import { gunzipSync, gzipSync } from "node:zlib";
import { MalformedMessageError } from "../errors/malformed-message.js";

// The synchronous forms collect their output in chunks of this size; the default of 16 KiB makes many of a batch.
const chunkSize = (expected: number): number => Math.min(Math.max(expected, 1024), 1024 * 1024);

/** One gzip member (RFC 1952). */
export function gzip(bytes: Uint8Array, level?: number): Buffer {
  const options = { chunkSize: chunkSize(bytes.byteLength) };
  return gzipSync(bytes, level === undefined ? options : { ...options, level });
}

/** The original of gzip members. @throws {@link MalformedMessageError} past `maxBytes`, or when it is not gzip. */
export function gunzip(bytes: Uint8Array, maxBytes: number): Buffer {
  try {
    const original = gunzipSync(bytes, {
      chunkSize: chunkSize(Math.min(bytes.byteLength * 4, maxBytes)),
      // Node refuses a limit of none at all.
      maxOutputLength: Math.max(maxBytes, 1),
    });
    if (original.length > maxBytes) throw new RangeError("longer than that");
    return original;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new MalformedMessageError(`gzip of ${bytes.byteLength} bytes, at most ${maxBytes} unpacked: ${reason}`, {
      cause: error,
    });
  }
}
