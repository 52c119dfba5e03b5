import { type AlterReplicaLogDirsResponseInput, apis, type ProtocolErrorCode } from "@ottla/protocol";
import type { BrokerServices } from "../broker-services.js";
import { logDirOf } from "./describe-log-dirs.js";
import { wireCode } from "./error-code.js";
import type { Handler, HandlerEntry } from "./handler.js";

// v2 flexible (KIP-113). There is one folder: a partition can be told to stay in it.

type PartitionAnswer = AlterReplicaLogDirsResponseInput["results"][number]["partitions"][number];

const handle: Handler<typeof apis.AlterReplicaLogDirs> = ({ broker }, { dirs }) => {
  const answers = new Map<string, Map<number, PartitionAnswer>>();
  for (const { path, topics } of dirs) {
    for (const { name, partitions } of topics) {
      if (partitions.length === 0) continue;
      const ofTopic = answers.get(name) ?? new Map<number, PartitionAnswer>();
      answers.set(name, ofTopic);
      for (const partitionIndex of partitions) {
        const problem = problemOf(broker, path, name, partitionIndex);
        ofTopic.set(partitionIndex, { partitionIndex, errorCode: problem === undefined ? 0 : wireCode(problem) });
      }
    }
  }
  return {
    throttleTimeMs: 0,
    results: [...answers].map(([topicName, partitions]) => ({ topicName, partitions: [...partitions.values()] })),
  };
};

// While it is copied there, the name of its folder has a UUID and a word behind it.
const longestFolderName = 255;
const futureSuffixLength = ".0123456789abcdef0123456789abcdef-future".length;

function problemOf(
  broker: BrokerServices,
  path: string,
  topic: string,
  partition: number,
): ProtocolErrorCode | undefined {
  if (`${topic}-${partition}`.length + futureSuffixLength > longestFolderName) return "INVALID_TOPIC_EXCEPTION";
  if (path !== logDirOf(broker)) return "LOG_DIR_NOT_FOUND";
  return broker.topics.get(topic)?.partitions[partition] === undefined ? "UNKNOWN_TOPIC_OR_PARTITION" : undefined;
}

export const alterReplicaLogDirsEntry: HandlerEntry<typeof apis.AlterReplicaLogDirs> = {
  api: apis.AlterReplicaLogDirs,
  handle,
};
