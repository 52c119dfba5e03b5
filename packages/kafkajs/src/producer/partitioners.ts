import { murmur2 } from "@ottla/protocol";
import { nodeWorld } from "@ottla/world";
import { legacyMurmur2 } from "./legacy-murmur2.js";
import type { ICustomPartitioner, Message } from "./producer-types.js";

const bytesOf = (key: NonNullable<Message["key"]>): Uint8Array =>
  typeof key === "string" ? Buffer.from(key) : Buffer.isBuffer(key) ? key : Buffer.from(String(key));

/** A named partition first, then the key's hash; without a key partitions with a leader take turns. */
const byHash =
  (hash: (key: Uint8Array) => number): ICustomPartitioner =>
  () => {
    const turns = new Map<string, number>();
    return ({ topic, partitionMetadata, message: { partition, key } }) => {
      if (partition !== undefined && partition !== null) return partition;
      const count = partitionMetadata.length;
      if (key !== undefined && key !== null) return (hash(bytesOf(key)) & 0x7fff_ffff) % count;
      const turn = turns.get(topic) ?? Math.floor(nodeWorld.random.next() * count);
      turns.set(topic, (turn + 1) & 0x7fff_ffff);
      const led = partitionMetadata.filter(({ leader }) => leader >= 0);
      return led.length > 0 ? (led[turn % led.length]?.partitionId ?? 0) : turn % count;
    };
  };

const java = byHash(murmur2);

/** The partitioners there are. */
export const Partitioners = {
  /** Where Java's client puts a key; records without one go to the partitions in turn. */
  DefaultPartitioner: java,
  /** Where kafkajs 1 put a key. */
  LegacyPartitioner: byHash(legacyMurmur2),
  /** The former name of `DefaultPartitioner`. */
  JavaCompatiblePartitioner: java,
} as const;
