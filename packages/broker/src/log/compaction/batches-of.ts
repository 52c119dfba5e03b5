import { RecordBatch } from "@ottla/protocol";
import type { FileHandle } from "@ottla/world";
import { batchHeaderLength, batchSizeAt } from "../batch-header.js";
import { SegmentCorruption } from "../segment.js";
import type { PlannedSegment } from "./cleaning-plan.js";

/**
 * The batches of a segment from `position` on, some at a time: so many as one read of `readBytes` has whole, at least one.
 * Checksums are checked: what is written anew gets a new one, and would be believed.
 *
 * @throws {@link SegmentCorruption}
 */
export async function* batchesOf(
  file: FileHandle,
  segment: PlannedSegment,
  position: number,
  readBytes: number,
): AsyncGenerator<readonly RecordBatch[], void, undefined> {
  const { sizeInBytes } = segment;
  let at = position;
  let wanted = readBytes;
  while (at < sizeInBytes) {
    const window = Buffer.allocUnsafe(Math.min(wanted, sizeInBytes - at));
    const held = await file.readAsync(window, at);
    if (held < window.length) throw new SegmentCorruption(`${segment.path} ends ${window.length - held} bytes early`);
    const batches = wholeBatches(window, segment, at);
    const [first] = batches;
    if (first === undefined) {
      // The next one is longer than what was read.
      const size = window.length < batchHeaderLength ? undefined : batchSizeAt(window, 0);
      if (size === undefined || size <= window.length || at + size > sizeInBytes) throw corruption(segment, at);
      wanted = size;
      continue;
    }
    wanted = readBytes;
    yield batches;
    for (const { sizeInBytes } of batches) at += sizeInBytes;
  }
}

function wholeBatches(window: Buffer, segment: PlannedSegment, position: number): readonly RecordBatch[] {
  const batches: RecordBatch[] = [];
  for (let at = 0; at + batchHeaderLength <= window.length; ) {
    const size = batchSizeAt(window, at);
    if (size === undefined) throw corruption(segment, position + at);
    if (at + size > window.length) break;
    const batch = RecordBatch.at(window, at);
    if (!batch.hasValidCrc()) throw corruption(segment, position + at);
    batches.push(batch);
    at += size;
  }
  return batches;
}

const corruption = ({ path }: PlannedSegment, position: number): SegmentCorruption =>
  new SegmentCorruption(`no good record batch at position ${position} of ${path}`);
