import { apis, type OffsetForLeaderEpochResponseInput } from "@ottla/protocol";
import { errorOf } from "./error-code.js";
import { partitionNamed } from "./find-partition.js";
import type { Handler, HandlerEntry } from "./handler.js";
import { checkLeaderEpoch } from "./leader-epoch.js";

// v2 current leader epochs (KIP-320), and all that consumers need; v3 replica id; v4 flexible.

type PartitionAnswer = OffsetForLeaderEpochResponseInput["topics"][number]["partitions"][number];

const handle: Handler<typeof apis.OffsetForLeaderEpoch> = ({ broker }, { topics }) => ({
  topics: topics.map(({ topic, partitions }) => ({
    topic,
    partitions: partitions.map(({ partition, currentLeaderEpoch, leaderEpoch }): PartitionAnswer => {
      try {
        const { log } = partitionNamed(broker.topics, topic, partition);
        checkLeaderEpoch(log, currentLeaderEpoch);
        // -1 and -1, the defaults, where the log knows no end of that epoch.
        return { partition, errorCode: 0, ...log.epochEndOffset(leaderEpoch) };
      } catch (failure) {
        return { partition, errorCode: errorOf(failure).errorCode };
      }
    }),
  })),
});

export const offsetForLeaderEpochEntry: HandlerEntry<typeof apis.OffsetForLeaderEpoch> = {
  api: apis.OffsetForLeaderEpoch,
  handle,
};
