import { crc32c } from "@ottla/protocol";
import { baseOffsetAt, batchHeaderLength, batchSizeAt, checkedBytes, crcAt, lastOffsetAt } from "./batch-header.js";
import type { Segment } from "./segment.js";

/** How far a segment is in order. */
export interface ScanResult {
  /** Bytes of good batches from the start. */
  readonly position: number;
  /** One past the last offset of them. */
  readonly nextOffset: number;
  /** Why it ends before the file does; `undefined` when all of it is good. */
  readonly reason: string | undefined;
}

const stepBytes = 1024 * 1024;

/**
 * Reads a segment batch by batch, checking checksums and that offsets go on without a gap, and fills `segment` (empty before)
 * with what is good. Gaps that end at or below `gapsBefore` are fine: compaction leaves them.
 */
export async function scanSegment(
  segment: Segment,
  fileBytes: number,
  limits: { readonly gapsBefore: number; readonly indexIntervalBytes: number },
): Promise<ScanResult> {
  let position = 0;
  let expected = segment.baseOffset;
  const stopped = (reason: string): ScanResult => ({ position, nextOffset: expected, reason });
  let wanted = stepBytes;
  while (position < fileBytes) {
    const window = Buffer.allocUnsafe(Math.min(wanted, fileBytes - position));
    const start = position;
    const held = await segment.file.readAsync(window, start);
    wanted = stepBytes;
    for (let at = 0; at < held; at = position - start) {
      if (at + batchHeaderLength > held) {
        if (start + held >= fileBytes) return stopped("an incomplete batch header");
        break;
      }
      const size = batchSizeAt(window, at);
      if (size === undefined) return stopped("no record batch");
      if (position + size > fileBytes)
        return stopped(`a batch of ${size} bytes, of which ${fileBytes - position} are there`);
      if (at + size > held) {
        wanted = Math.max(size, stepBytes);
        break;
      }
      const baseOffset = baseOffsetAt(window, at);
      if (baseOffset < expected || (baseOffset > expected && baseOffset > limits.gapsBefore)) {
        return stopped(`a batch of offset ${baseOffset}`);
      }
      if (crc32c(checkedBytes(window, at, size)) !== crcAt(window, at)) return stopped("a batch with a wrong checksum");
      segment.adopt({ bytes: window, at, position, size }, limits.indexIntervalBytes);
      expected = lastOffsetAt(window, at) + 1;
      position += size;
    }
    if (held < window.length) return stopped("the file is shorter than it was");
  }
  return { position, nextOffset: expected, reason: undefined };
}
