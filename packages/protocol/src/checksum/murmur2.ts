const seed = 0x9747b28c;
const multiplier = 0x5bd1e995;

/**
 * The hash of Kafka's default partitioner over a serialized key, as a signed int32. The partition is
 * `(murmur2(key) & 0x7fffffff) % partitions`.
 */
export function murmur2(key: Uint8Array): number {
  const length = key.length;
  const whole = length - (length % 4);
  let hash = seed ^ length;
  for (let i = 0; i < whole; i += 4) {
    let word =
      (key[i] as number) |
      ((key[i + 1] as number) << 8) |
      ((key[i + 2] as number) << 16) |
      ((key[i + 3] as number) << 24);
    word = Math.imul(word, multiplier);
    word = Math.imul(word ^ (word >>> 24), multiplier);
    hash = Math.imul(hash, multiplier) ^ word;
  }
  const left = length - whole;
  if (left > 0) {
    for (let i = left - 1; i >= 0; i -= 1) hash ^= (key[whole + i] as number) << (8 * i);
    hash = Math.imul(hash, multiplier);
  }
  hash = Math.imul(hash ^ (hash >>> 13), multiplier);
  return hash ^ (hash >>> 15);
}
