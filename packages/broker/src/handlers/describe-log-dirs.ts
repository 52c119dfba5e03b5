import { apis, type DescribeLogDirsRequest, type DescribeLogDirsResponseInput } from "@ottla/protocol";
import type { BrokerServices } from "../broker-services.js";
import type { PartitionLog } from "../log/partition-log.js";
import type { Handler, HandlerEntry } from "./handler.js";

// v2 flexible; v3 top-level error; v4 size of the volume (KIP-827); v5 whether the folder takes new partitions (KIP-1066).

type LogDir = DescribeLogDirsResponseInput["results"][number];

const handle: Handler<typeof apis.DescribeLogDirs> = ({ broker }, { topics }) => ({
  throttleTimeMs: 0,
  errorCode: 0,
  results: [
    {
      errorCode: 0,
      logDir: logDirOf(broker),
      topics: topics === null ? allTopics(broker) : askedTopics(broker, topics),
      ...spaceOf(broker),
      isCordoned: false,
    },
  ],
});

/** The one folder; without files, a name for it. */
export const logDirOf = ({ config }: BrokerServices): string => config.get("log.dirs") ?? "memory";

/** Nothing where nothing is kept. */
function spaceOf({ config, world }: BrokerServices): Pick<LogDir, "totalBytes" | "usableBytes"> {
  const folder = config.get("log.dirs");
  return folder === null ? {} : (world.files.space?.(folder) ?? {});
}

const describe = (log: PartitionLog) => ({
  partitionIndex: log.partition,
  partitionSize: log.sizeInBytes,
  // How far a copy on its way to another folder is behind: there is no other.
  offsetLag: 0,
  isFutureKey: false,
});

const allTopics = ({ topics }: BrokerServices): LogDir["topics"] =>
  [...topics.all()].map(({ name, partitions }) => ({ name, partitions: partitions.map(describe) }));

/** What there is of what was asked for, each once; nothing is said about the rest. */
function askedTopics(
  { topics }: BrokerServices,
  asked: NonNullable<DescribeLogDirsRequest["topics"]>,
): LogDir["topics"] {
  const byTopic = new Map<string, Set<PartitionLog>>();
  for (const { topic, partitions } of asked) {
    const logs = byTopic.get(topic) ?? new Set();
    for (const partition of partitions) {
      const log = topics.get(topic)?.partitions[partition];
      if (log !== undefined) logs.add(log);
    }
    if (logs.size > 0) byTopic.set(topic, logs);
  }
  return [...byTopic].map(([name, logs]) => ({ name, partitions: [...logs].map(describe) }));
}

export const describeLogDirsEntry: HandlerEntry<typeof apis.DescribeLogDirs> = { api: apis.DescribeLogDirs, handle };
