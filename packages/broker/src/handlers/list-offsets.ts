import { apis, KafkaProtocolError, type ListOffsetsRequest, type ListOffsetsResponseInput } from "@ottla/protocol";
import type { BrokerServices } from "../broker-services.js";
import type { OffsetAndTimestamp, PartitionLog } from "../log/partition-log.js";
import { errorOf, wireCode } from "./error-code.js";
import { partitionNamed } from "./find-partition.js";
import type { Handler, HandlerEntry } from "./handler.js";
import { checkIsolationLevel, readCommitted } from "./isolation-level.js";
import { checkLeaderEpoch } from "./leader-epoch.js";

// v2 isolation; v4 leader epochs (KIP-320); v6 flexible; v7 -3 (KIP-734); v8 -4 (KIP-405); v9 -5 (KIP-1005); v10 timeout; v11 -6.

type PartitionRequest = ListOffsetsRequest["topics"][number]["partitions"][number];
type PartitionAnswer = ListOffsetsResponseInput["topics"][number]["partitions"][number];
type Found = Pick<PartitionAnswer, "offset" | "timestamp" | "leaderEpoch">;

const latest = -1;
const earliest = -2;
const maxTimestamp = -3;
const earliestLocal = -4;
const lastTiered = -5;
const earliestPendingUpload = -6;
/** The version that brought each word. */
const sinceVersion: Readonly<Record<number, number>> = Object.freeze({
  [latest]: 1,
  [earliest]: 1,
  [maxTimestamp]: 7,
  [earliestLocal]: 8,
  [lastTiered]: 9,
  [earliestPendingUpload]: 11,
});
const notFound: Found = Object.freeze({ offset: -1, timestamp: -1, leaderEpoch: -1 });

const handle: Handler<typeof apis.ListOffsets> = async ({ broker }, { topics: asked, isolationLevel }, version) => {
  const topics = Array.from(partitionsByTopic(asked), async ([name, partitions]) => {
    const answers = Array.from(partitions.values(), ([partition, ...again]) =>
      again.length > 0
        ? failed(partition.partitionIndex, wireCode("INVALID_REQUEST"))
        : answerFor(broker, name, partition, isolationLevel, version),
    );
    return { name, partitions: await Promise.all(answers) };
  });
  return { topics: await Promise.all(topics) };
};

/** What is asked of each partition, which is to be one thing. No topic without partitions, as in Kafka. */
function partitionsByTopic(
  topics: ListOffsetsRequest["topics"],
): ReadonlyMap<string, ReadonlyMap<number, readonly [PartitionRequest, ...PartitionRequest[]]>> {
  const byTopic = new Map<string, Map<number, [PartitionRequest, ...PartitionRequest[]]>>();
  for (const { name, partitions } of topics) {
    const byIndex = byTopic.get(name) ?? new Map<number, [PartitionRequest, ...PartitionRequest[]]>();
    for (const partition of partitions) {
      const before = byIndex.get(partition.partitionIndex);
      if (before === undefined) byIndex.set(partition.partitionIndex, [partition]);
      else before.push(partition);
    }
    if (byIndex.size > 0) byTopic.set(name, byIndex);
  }
  return byTopic;
}

async function answerFor(
  { topics }: BrokerServices,
  name: string,
  { partitionIndex, currentLeaderEpoch, timestamp }: PartitionRequest,
  isolationLevel: number,
  version: number,
): Promise<PartitionAnswer> {
  try {
    checkIsolationLevel(isolationLevel);
    const { log } = partitionNamed(topics, name, partitionIndex);
    checkLeaderEpoch(log, currentLeaderEpoch);
    if (timestamp < 0 && !(version >= (sinceVersion[timestamp] ?? Number.POSITIVE_INFINITY))) {
      throw new KafkaProtocolError("UNSUPPORTED_VERSION", `ListOffsets v${version} has no timestamp ${timestamp}`);
    }
    const found = await find(log, timestamp, isolationLevel);
    return { partitionIndex, errorCode: 0, ...found, leaderEpoch: version < 4 ? -1 : found.leaderEpoch };
  } catch (failure) {
    return failed(partitionIndex, errorOf(failure).errorCode);
  }
}

async function find(log: PartitionLog, timestamp: number, isolationLevel: number): Promise<Found> {
  const visibleEnd = () => (isolationLevel === readCommitted ? log.lastStableOffset : log.highWatermark);
  const visible = (found: OffsetAndTimestamp | undefined): Found =>
    found !== undefined && found.offset < visibleEnd() ? found : notFound;
  switch (timestamp) {
    case latest:
      return { offset: visibleEnd(), timestamp: -1, leaderEpoch: log.leaderEpoch };
    case earliest:
    case earliestLocal:
      return { offset: log.logStartOffset, timestamp: -1, leaderEpoch: log.epochForOffset(log.logStartOffset) };
    case lastTiered:
    case earliestPendingUpload:
      return notFound;
    case maxTimestamp:
      return visible(await log.maxTimestamp());
    default:
      return visible(await log.offsetForTimestamp(timestamp));
  }
}

const failed = (partitionIndex: number, errorCode: number): PartitionAnswer => ({
  partitionIndex,
  errorCode,
  ...notFound,
});

export const listOffsetsEntry: HandlerEntry<typeof apis.ListOffsets> = { api: apis.ListOffsets, handle };
