import type { TailBuffers } from "../storage/tail-cache.js";
import { BatchCollector } from "./batch-collector.js";
import type { ReadOptions, ReadResult } from "./partition-log.js";
import { type BatchLocation, type Segment, SegmentCorruption } from "./segment.js";

/** The parts of a log that a reader needs. */
export interface ReadableLog {
  readonly segments: readonly Segment[];
  readonly tail: TailBuffers;
}

const empty: ReadResult = Object.freeze({ buffers: [], sizeInBytes: 0 });
// A read from the page cache is done before a trip through the thread pool has begun.
const blockingMaxBytes = 64 * 1024;
const readMaxBytes = 16 * 1024 * 1024;

/** Whole batches from the one that holds `from`, which is in the log: from memory, else from one segment. */
export function readBatches(log: ReadableLog, from: number, options: ReadOptions): ReadResult | Promise<ReadResult> {
  const collector = new BatchCollector(from, options);
  for (const { bytes, baseOffset, nextOffset } of log.tail.from(from)) {
    if (!collector.takeWhole(bytes, baseOffset, nextOffset)) collector.take(bytes);
    if (collector.isFull || nextOffset >= options.upTo) break;
  }
  if (collector.nextOffset > from || collector.isFull) return collector.result;
  const index = floorIndex(log.segments, from);
  for (const segment of log.segments.slice(index)) {
    const first = locate(segment, from);
    // Nothing here at or behind `from`: compaction may leave such an end.
    if (first === undefined) continue;
    const isActive = segment === log.segments.at(-1);
    const result = readSegment(segment, first, collector, options, isActive);
    if (!(result instanceof Promise)) return result;
    // Compaction swapped it meanwhile: of an aborted transaction whose records were read the index may tell no more.
    return result.then((read) => (segment.isReplaced ? readBatches(log, from, options) : read));
  }
  return empty;
}

/** The index of the last segment that begins at or below `offset`, else 0. */
export function floorIndex(segments: readonly Segment[], offset: number): number {
  let low = 0;
  let high = segments.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((segments[middle]?.baseOffset ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}

function locate(segment: Segment, from: number): BatchLocation | undefined {
  const remembered = segment.recall(from);
  return (remembered !== undefined ? segment.batchAt(remembered, from) : undefined) ?? segment.find(from);
}

function readSegment(
  segment: Segment,
  first: BatchLocation,
  collector: BatchCollector,
  options: ReadOptions,
  isActive: boolean,
): ReadResult | Promise<ReadResult> {
  if (first.size > options.maxBytes && !options.minOneBatch) return empty;
  const wanted = Math.max(first.size, Math.min(options.maxBytes, readMaxBytes));
  const { allocate = Buffer.allocUnsafe } = options;
  const target = allocate(Math.min(wanted, segment.sizeInBytes - first.position));
  const finish = (bytesRead: number): ReadResult => {
    if (bytesRead < target.length) {
      throw new SegmentCorruption(`${segment.file.path} ends ${target.length - bytesRead} bytes early`);
    }
    const consumed = collector.take(target);
    segment.remember(collector.nextOffset, first.position + consumed);
    return collector.result;
  };
  if (isActive || target.length <= blockingMaxBytes) return finish(segment.file.read(target, first.position));
  return segment.file.readAsync(target, first.position).then(finish);
}
