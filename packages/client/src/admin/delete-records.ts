import { deleteRecords as deleteRecordsApi, KafkaProtocolError } from "@ottla/protocol";
import type { AdminCluster, AdminOptions } from "./admin-retry.js";
import { answerError } from "./answer-error.js";
import { byLeader } from "./by-leader.js";

/** A partition and the offset its log is to begin at; `"end"` removes all. */
export interface RecordsToDelete {
  readonly topic: string;
  readonly partition: number;
  readonly before: bigint | "end";
}

/** Where the log of a partition begins now; `error` is set when nothing changed. */
export interface DeletedRecords {
  readonly topic: string;
  readonly partition: number;
  readonly logStartOffset?: bigint | undefined;
  readonly error?: Error | undefined;
}

const toHighWatermark = -1;

/** @see TopicAdmin.deleteRecords */
export async function deleteRecords(
  admin: AdminCluster,
  partitions: readonly RecordsToDelete[],
  options: AdminOptions | undefined,
): Promise<readonly DeletedRecords[]> {
  const answers = await byLeader<RecordsToDelete, bigint>(admin, partitions, options, async (node, shares, signal) => {
    const topics = shares.map(({ topic, partitions: places }) => ({
      name: topic,
      partitions: places.map(({ partition, before }) => ({
        partitionIndex: partition,
        offset: before === "end" ? toHighWatermark : Number(before),
      })),
    }));
    const response = await admin.cluster.request({ node }, deleteRecordsApi, { topics, timeoutMs: 30_000 }, { signal });
    return response.topics.flatMap(({ name, partitions: places }) =>
      places.map(({ partitionIndex, errorCode, lowWatermark }) => {
        const error = answerError(errorCode, `delete records of ${name}-${partitionIndex}`);
        return { topic: name, partition: partitionIndex, answer: error ?? BigInt(lowWatermark) };
      }),
    );
  });
  return partitions.map(({ topic, partition }, index) => {
    const answer = answers[index] ?? new KafkaProtocolError("UNKNOWN_SERVER_ERROR", `${topic}-${partition}`);
    return { topic, partition, ...(answer instanceof Error ? { error: answer } : { logStartOffset: answer }) };
  });
}
