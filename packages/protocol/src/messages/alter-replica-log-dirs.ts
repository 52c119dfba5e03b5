import { api, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/api.js";
import { array, int16, int32, string } from "../schema/types.js";

export const alterReplicaLogDirs = api({
  key: 34,
  name: "AlterReplicaLogDirs",
  versions: "1-2",
  flexible: "2+",
  request: {
    dirs: array({
      path: string(),
      topics: array({
        name: string(),
        partitions: array(int32()),
      }),
    }),
  },
  response: {
    throttleTimeMs: int32(),
    results: array({
      topicName: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
      }),
    }),
  },
});

export interface AlterReplicaLogDirsRequestInput extends RequestInput<typeof alterReplicaLogDirs> {}
export interface AlterReplicaLogDirsRequest extends RequestOf<typeof alterReplicaLogDirs> {}
export interface AlterReplicaLogDirsResponseInput extends ResponseInput<typeof alterReplicaLogDirs> {}
export interface AlterReplicaLogDirsResponse extends ResponseOf<typeof alterReplicaLogDirs> {}
