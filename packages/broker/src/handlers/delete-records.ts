import { apis, type DeleteRecordsResponseInput, KafkaProtocolError } from "@ottla/protocol";
import type { BrokerServices } from "../broker-services.js";
import { errorOf } from "./error-code.js";
import { partitionNamed } from "./find-partition.js";
import type { Handler, HandlerEntry } from "./handler.js";

// v2 flexible.

type PartitionAnswer = DeleteRecordsResponseInput["topics"][number]["partitions"][number];

const upToHighWatermark = -1;

const handle: Handler<typeof apis.DeleteRecords> = async ({ broker }, { topics }) => {
  // As in Kafka each partition once, with what stands in the request last, and no topic without partitions.
  const byTopic = new Map<string, Map<number, number>>();
  for (const { name, partitions } of topics) {
    const offsets = byTopic.get(name) ?? new Map<number, number>();
    for (const { partitionIndex, offset } of partitions) offsets.set(partitionIndex, offset);
    if (offsets.size > 0) byTopic.set(name, offsets);
  }
  const answers = [...byTopic].map(async ([name, offsets]) => ({
    name,
    partitions: await Promise.all([...offsets].map(([index, offset]) => deleteBefore(broker, name, index, offset))),
  }));
  return { throttleTimeMs: 0, topics: await Promise.all(answers) };
};

async function deleteBefore(
  { topics }: BrokerServices,
  name: string,
  partitionIndex: number,
  offset: number,
): Promise<PartitionAnswer> {
  try {
    const { topic, log } = partitionNamed(topics, name, partitionIndex);
    if (topic.isInternal) throw new KafkaProtocolError("INVALID_TOPIC_EXCEPTION", `${name} is this broker's own`);
    if (!topic.config.get("cleanup.policy").includes("delete")) {
      throw new KafkaProtocolError("POLICY_VIOLATION", `${name} has no delete in its cleanup.policy`);
    }
    if (offset < upToHighWatermark) {
      throw new KafkaProtocolError("OFFSET_OUT_OF_RANGE", `${offset} is no offset of ${name}-${partitionIndex}`);
    }
    const lowWatermark = await log.deleteRecordsBefore(offset === upToHighWatermark ? log.highWatermark : offset);
    return { partitionIndex, lowWatermark, errorCode: 0 };
  } catch (failure) {
    return { partitionIndex, lowWatermark: -1, errorCode: errorOf(failure).errorCode };
  }
}

export const deleteRecordsEntry: HandlerEntry<typeof apis.DeleteRecords> = { api: apis.DeleteRecords, handle };
