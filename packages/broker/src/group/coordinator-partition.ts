/** Java's `String.hashCode`: over UTF-16 code units, in 32 bits. */
export function javaHashCode(text: string): number {
  let hash = 0;
  for (let index = 0; index < text.length; index += 1) hash = (Math.imul(hash, 31) + text.charCodeAt(index)) | 0;
  return hash;
}

const lowestInt = -2_147_483_648;

/** The partition of a coordinator's topic that keeps what belongs to an id. Kafka's abs of the lowest int is 0. */
export function partitionOf(id: string, partitions: number): number {
  const hash = javaHashCode(id);
  return (hash === lowestInt ? 0 : Math.abs(hash)) % partitions;
}
