import type { LogConfig } from "../log-config.js";

interface GroupedSegment {
  readonly baseOffset: number;
  readonly nextOffset: number;
  readonly sizeInBytes: number;
}

const timeIndexEntryBytes = 12;
const smallestBatchBytes = 61;
const mostOffsets = 0x7fff_ffff;

/**
 * Neighbours that fit into one segment together, so that compaction does not leave ever more small ones: within `segment.bytes`,
 * within `segment.index.bytes` for either index, and with offsets that an index can count from the first.
 */
export function groupSegments<S extends GroupedSegment>(
  segments: readonly S[],
  config: Pick<LogConfig, "segmentBytes" | "segmentIndexBytes" | "indexIntervalBytes">,
): readonly (readonly S[])[] {
  const bytesPerEntry = Math.max(config.indexIntervalBytes, smallestBatchBytes);
  const indexedBytes = (config.segmentIndexBytes / timeIndexEntryBytes) * bytesPerEntry;
  const groups: S[][] = [];
  let bytes = 0;
  for (const segment of segments) {
    const group = groups.at(-1);
    const size = bytes + segment.sizeInBytes;
    const base = group?.[0]?.baseOffset ?? 0;
    const fits =
      size <= Math.min(config.segmentBytes, indexedBytes) &&
      (segment.sizeInBytes === 0 || segment.nextOffset - 1 - base <= mostOffsets);
    if (group !== undefined && fits) {
      group.push(segment);
      bytes = size;
    } else {
      groups.push([segment]);
      bytes = segment.sizeInBytes;
    }
  }
  return groups;
}
