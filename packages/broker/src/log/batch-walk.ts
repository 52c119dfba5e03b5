import type { FileHandle } from "@ottla/world";
import { batchHeaderLength, batchSizeAt } from "./batch-header.js";

/** Where a batch is: its header is at `at` in `bytes`, its first byte at `position` in the file. */
export interface BatchPlace {
  readonly bytes: Buffer;
  readonly at: number;
  readonly position: number;
  readonly size: number;
}

/**
 * Goes through the headers of the batches between two positions of a file, reading `stepBytes` at a time and skipping what
 * lies inside long batches. `bytes` is reused. Returns the position where it could not go on: `end` when all was in order.
 */
export function* walkBatches(
  file: Pick<FileHandle, "read">,
  start: number,
  end: number,
  stepBytes = 64 * 1024,
): Generator<BatchPlace, number, undefined> {
  const window = Buffer.allocUnsafe(Math.max(batchHeaderLength, Math.min(stepBytes, end - start)));
  let position = start;
  let windowStart = 0;
  let windowEnd = 0;
  while (position + batchHeaderLength <= end) {
    if (position < windowStart || position + batchHeaderLength > windowEnd) {
      windowStart = position;
      windowEnd = position + file.read(window.subarray(0, Math.min(window.length, end - position)), position);
      if (position + batchHeaderLength > windowEnd) return position;
    }
    const at = position - windowStart;
    const size = batchSizeAt(window, at);
    if (size === undefined || position + size > end) return position;
    yield { bytes: window, at, position, size };
    position += size;
  }
  return position;
}
