import { api, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/api.js";
import { array, int16, int32, int64, string } from "../schema/types.js";

export const offsetForLeaderEpoch = api({
  key: 23,
  name: "OffsetForLeaderEpoch",
  versions: "2-4",
  flexible: "4+",
  request: {
    replicaId: int32({ versions: "3+", default: -2, ignorable: true }),
    topics: array({
      topic: string(),
      partitions: array({
        partition: int32(),
        currentLeaderEpoch: int32({ versions: "2+", default: -1, ignorable: true }),
        leaderEpoch: int32(),
      }),
    }),
  },
  response: {
    throttleTimeMs: int32({ versions: "2+", ignorable: true }),
    topics: array({
      topic: string(),
      partitions: array({
        errorCode: int16(),
        partition: int32(),
        leaderEpoch: int32({ versions: "1+", default: -1, ignorable: true }),
        endOffset: int64({ default: -1 }),
      }),
    }),
  },
});

export interface OffsetForLeaderEpochRequestInput extends RequestInput<typeof offsetForLeaderEpoch> {}
export interface OffsetForLeaderEpochRequest extends RequestOf<typeof offsetForLeaderEpoch> {}
export interface OffsetForLeaderEpochResponseInput extends ResponseInput<typeof offsetForLeaderEpoch> {}
export interface OffsetForLeaderEpochResponse extends ResponseOf<typeof offsetForLeaderEpoch> {}
