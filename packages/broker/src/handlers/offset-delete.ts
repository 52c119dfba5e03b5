import { apis } from "@ottla/protocol";
import { errorOf, wireCode } from "./error-code.js";
import { checkGroupId } from "./group-request.js";
import type { Handler, HandlerEntry } from "./handler.js";
import { faultyFirst } from "./offsets-to-commit.js";

const handle: Handler<typeof apis.OffsetDelete> = async ({ broker }, request) => {
  const requested = request.topics.flatMap(({ name, partitions }) =>
    partitions.map(({ partitionIndex }) => ({ topic: name, partition: partitionIndex })),
  );
  const exists = (topic: string, partition: number) => broker.topics.get(topic)?.partitions[partition] !== undefined;
  try {
    checkGroupId(request.groupId);
    const offsets = requested.filter(({ topic, partition }) => exists(topic, partition));
    const inUse = new Set((await broker.groups.deleteOffsets(request.groupId, offsets)).map(({ topic }) => topic));
    const errorOfPartition = (topic: string, partition: number) => {
      if (!exists(topic, partition)) return wireCode("UNKNOWN_TOPIC_OR_PARTITION");
      return inUse.has(topic) ? wireCode("GROUP_SUBSCRIBED_TO_TOPIC") : 0;
    };
    const isMissing = (name: string, { partitionIndex }: { readonly partitionIndex: number }) =>
      !exists(name, partitionIndex);
    const isFaulty = ({ name, partitions }: (typeof request.topics)[number]) =>
      partitions.some((partition) => isMissing(name, partition));
    const named = request.topics.filter(({ partitions }) => partitions.length > 0);
    const topics = faultyFirst(named, isFaulty).map(({ name, partitions }) => ({
      name,
      partitions: faultyFirst(partitions, (partition) => isMissing(name, partition)).map(({ partitionIndex }) => ({
        partitionIndex,
        errorCode: errorOfPartition(name, partitionIndex),
      })),
    }));
    return { errorCode: 0, topics };
  } catch (failure) {
    return { errorCode: errorOf(failure).errorCode, topics: [] };
  }
};

export const offsetDeleteEntry: HandlerEntry<typeof apis.OffsetDelete> = { api: apis.OffsetDelete, handle };
