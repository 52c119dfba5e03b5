import { api, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/api.js";
import { array, int16, int32, int64, string } from "../schema/types.js";

export const txnOffsetCommit = api({
  key: 28,
  name: "TxnOffsetCommit",
  versions: "0-5",
  flexible: "3+",
  request: {
    transactionalId: string(),
    groupId: string(),
    producerId: int64(),
    producerEpoch: int16(),
    generationIdOrMemberEpoch: int32({ versions: "3+", default: -1 }),
    memberId: string({ versions: "3+" }),
    groupInstanceId: string({ versions: "3+", nullable: "3+", default: null }),
    topics: array({
      name: string({ versions: "0-5", ignorable: true }),
      partitions: array({
        partitionIndex: int32(),
        committedOffset: int64(),
        committedLeaderEpoch: int32({ versions: "2+", default: -1, ignorable: true }),
        committedMetadata: string({ nullable: "0+" }),
      }),
    }),
  },
  response: {
    throttleTimeMs: int32(),
    topics: array({
      name: string({ versions: "0-5", ignorable: true }),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
      }),
    }),
  },
});

export interface TxnOffsetCommitRequestInput extends RequestInput<typeof txnOffsetCommit> {}
export interface TxnOffsetCommitRequest extends RequestOf<typeof txnOffsetCommit> {}
export interface TxnOffsetCommitResponseInput extends ResponseInput<typeof txnOffsetCommit> {}
export interface TxnOffsetCommitResponse extends ResponseOf<typeof txnOffsetCommit> {}
