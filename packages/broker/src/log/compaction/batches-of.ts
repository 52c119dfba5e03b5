import { RecordBatch } from "@ottla/protocol";
import { batchHeaderLength, batchSizeAt } from "../batch-header.js";
import { type Segment, SegmentCorruption } from "../segment.js";
import { CleaningStopped } from "./cleaning-stopped.js";

/**
 * The batches of a segment from `position` on, some at a time: so many as one read of `readBytes` has whole, at least one.
 * Checksums are checked: what is written anew gets a new one, and would be believed.
 */
export async function* batchesOf(
  segment: Segment,
  position: number,
  readBytes: number,
): AsyncGenerator<readonly RecordBatch[], void, undefined> {
  let at = position;
  let wanted = readBytes;
  while (at < segment.sizeInBytes) {
    const window = await read(segment, at, Math.min(wanted, segment.sizeInBytes - at));
    const batches = wholeBatches(window, segment, at);
    const [first] = batches;
    if (first === undefined) {
      // The next one is longer than what was read.
      const size = window.length < batchHeaderLength ? undefined : batchSizeAt(window, 0);
      if (size === undefined || size <= window.length || at + size > segment.sizeInBytes) throw corruption(segment, at);
      wanted = size;
      continue;
    }
    wanted = readBytes;
    yield batches;
    for (const { sizeInBytes } of batches) at += sizeInBytes;
  }
}

async function read(segment: Segment, position: number, length: number): Promise<Buffer> {
  if (segment.isRemoved) throw new CleaningStopped(`${segment.file.path} was removed`);
  const window = Buffer.allocUnsafe(length);
  const held = await segment.file.readAsync(window, position);
  if (segment.isRemoved) throw new CleaningStopped(`${segment.file.path} was removed`);
  if (held < length) throw new SegmentCorruption(`${segment.file.path} ends ${length - held} bytes early`);
  return window;
}

function wholeBatches(window: Buffer, segment: Segment, position: number): readonly RecordBatch[] {
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

const corruption = (segment: Segment, position: number): SegmentCorruption =>
  new SegmentCorruption(`no good record batch at position ${position} of ${segment.file.path}`);
