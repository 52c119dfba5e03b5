import { api, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/api.js";
import { array, int8, int16, int32, int64, string } from "../schema/types.js";

export const listOffsets = api({
  key: 2,
  name: "ListOffsets",
  versions: "1-11",
  flexible: "6+",
  request: {
    replicaId: int32(),
    isolationLevel: int8({ versions: "2+" }),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        currentLeaderEpoch: int32({ versions: "4+", default: -1, ignorable: true }),
        timestamp: int64(),
      }),
    }),
    timeoutMs: int32({ versions: "10+", ignorable: true }),
  },
  response: {
    throttleTimeMs: int32({ versions: "2+", ignorable: true }),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        timestamp: int64({ versions: "1+", default: -1 }),
        offset: int64({ versions: "1+", default: -1 }),
        leaderEpoch: int32({ versions: "4+", default: -1 }),
      }),
    }),
  },
});

export interface ListOffsetsRequestInput extends RequestInput<typeof listOffsets> {}
export interface ListOffsetsRequest extends RequestOf<typeof listOffsets> {}
export interface ListOffsetsResponseInput extends ResponseInput<typeof listOffsets> {}
export interface ListOffsetsResponse extends ResponseOf<typeof listOffsets> {}
