/**
 * The hash by which kafkajs 1 chose partitions: murmur2 in floating point, where products above 2^53 lose their last bits
 * before they are cut to 32, and whose loop goes once over the rest of a key too. So it is another hash than Java's; data that was
 * partitioned by it stays where it is only with it.
 */
export function legacyMurmur2(key: Uint8Array): number {
  const { length } = key;
  const multiplier = 0x5bd1e995;
  const at = (index: number): number => key[index] ?? 0;
  let hash = 0x9747b28c ^ length;
  for (let start = 0; start < length; start += 4) {
    let word = at(start) + (at(start + 1) << 8) + (at(start + 2) << 16) + (at(start + 3) << 24);
    word *= multiplier;
    word ^= word >>> 24;
    word *= multiplier;
    hash *= multiplier;
    hash ^= word;
  }
  const rest = length % 4;
  const whole = length - rest;
  if (rest === 3) hash ^= at(whole + 2) << 16;
  if (rest >= 2) hash ^= at(whole + 1) << 8;
  if (rest >= 1) {
    hash ^= at(whole);
    hash *= multiplier;
  }
  hash ^= hash >>> 13;
  hash *= multiplier;
  hash ^= hash >>> 15;
  return hash;
}
