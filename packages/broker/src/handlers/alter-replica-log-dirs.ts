import { type AlterReplicaLogDirsResponseInput, apis, type ProtocolErrorCode } from "@ottla/protocol";
import { logDirOf } from "./describe-log-dirs.js";
import { wireCode } from "./error-code.js";
import type { Handler, HandlerEntry } from "./handler.js";

// v2 flexible (KIP-113). There is one folder: a partition can be told to stay in it.

type PartitionAnswer = AlterReplicaLogDirsResponseInput["results"][number]["partitions"][number];

const handle: Handler<typeof apis.AlterReplicaLogDirs> = ({ broker }, { dirs }) => {
  const answers = new Map<string, Map<number, PartitionAnswer>>();
  for (const { path, topics } of dirs) {
    for (const { name, partitions } of topics) {
      const ofTopic = answers.get(name) ?? new Map<number, PartitionAnswer>();
      answers.set(name, ofTopic);
      for (const partitionIndex of partitions) {
        const isHere = broker.topics.get(name)?.partitions[partitionIndex] !== undefined;
        const problem: ProtocolErrorCode | undefined =
          path !== logDirOf(broker) ? "LOG_DIR_NOT_FOUND" : isHere ? undefined : "UNKNOWN_TOPIC_OR_PARTITION";
        ofTopic.set(partitionIndex, { partitionIndex, errorCode: problem === undefined ? 0 : wireCode(problem) });
      }
    }
  }
  return {
    throttleTimeMs: 0,
    results: [...answers].map(([topicName, partitions]) => ({ topicName, partitions: [...partitions.values()] })),
  };
};

export const alterReplicaLogDirsEntry: HandlerEntry<typeof apis.AlterReplicaLogDirs> = {
  api: apis.AlterReplicaLogDirs,
  handle,
};
