import { ByteReader, ByteWriter, MalformedMessageError } from "@ottla/protocol";
import { groupByTopic, type TopicPartition } from "../topic-partition.js";
import type { ImmediateAssignor } from "./assignor.js";
import { assignSticky } from "./cooperative-sticky.js";

/**
 * Divides evenly and moves as little as it can, like `cooperative-sticky`, for groups whose members give up everything before each
 * rebalance (KIP-54): so what they had travels in their user data, as in Kafka's Java client:
 *
 *     userData := int32 topics (int16 length, topic, int32 partitions (int32 partition)*)*  int32 generation
 */
export const sticky: ImmediateAssignor = {
  name: "sticky",
  protocol: "eager",
  userData(_, had) {
    if (had === undefined) return null;
    const topics = groupByTopic(had.partitions);
    const writer = new ByteWriter();
    writer.int32(topics.length);
    for (const { topic, partitions } of topics) {
      const length = Buffer.byteLength(topic);
      writer.int16(length);
      writer.utf8(topic, length);
      writer.int32(partitions.length);
      for (const partition of partitions) writer.int32(partition);
    }
    writer.int32(had.generation);
    return Buffer.concat(writer.finish());
  },
  ownedIn: (userData) => read(userData).partitions,
  generationIn: (userData) => read(userData).generation,
  assign: assignSticky,
};

/** Nothing, for user data that cannot be read: then the member counts as new. */
function read(userData: Uint8Array | null): {
  readonly partitions: readonly TopicPartition[];
  readonly generation: number;
} {
  const partitions: TopicPartition[] = [];
  if (userData === null) return { partitions, generation: -1 };
  const reader = new ByteReader(Buffer.from(userData.buffer, userData.byteOffset, userData.byteLength));
  try {
    for (let topics = reader.int32(); topics > 0; topics -= 1) {
      const topic = reader.utf8(reader.int16());
      for (let count = reader.int32(); count > 0; count -= 1) partitions.push({ topic, partition: reader.int32() });
    }
    // Before version 1 there was none.
    return { partitions, generation: reader.remaining >= 4 ? reader.int32() : -1 };
  } catch (error) {
    if (error instanceof MalformedMessageError) return { partitions: [], generation: -1 };
    throw error;
  }
}
