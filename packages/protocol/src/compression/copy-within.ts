/**
 * Repeats what stands `distance` bytes back, `length` bytes of it, and answers where it ended. Source and target overlap
 * when `distance` is the smaller: the bytes just written are then read again, which is how a run is stored.
 */
export function copyWithin(output: Buffer, at: number, distance: number, length: number): number {
  const from = at - distance;
  if (distance === 1 && length > 16) output.fill(output[from] as number, at, at + length);
  else if (distance >= length && length > 48) output.copyWithin(at, from, from + length);
  else for (let i = 0; i < length; i += 1) output[at + i] = output[from + i] as number;
  return at + length;
}
