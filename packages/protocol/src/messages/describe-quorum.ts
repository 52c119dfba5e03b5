import { api, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/api.js";
import { array, int16, int32, int64, string, uint16, uuid } from "../schema/types.js";

const replicaState = {
  replicaId: int32(),
  replicaDirectoryId: uuid({ versions: "2+" }),
  logEndOffset: int64(),
  lastFetchTimestamp: int64({ versions: "1+", default: -1, ignorable: true }),
  lastCaughtUpTimestamp: int64({ versions: "1+", default: -1, ignorable: true }),
} as const;

export const describeQuorum = api({
  key: 55,
  name: "DescribeQuorum",
  versions: "0-2",
  flexible: "0+",
  request: {
    topics: array({
      topicName: string(),
      partitions: array({
        partitionIndex: int32(),
      }),
    }),
  },
  response: {
    errorCode: int16(),
    errorMessage: string({ versions: "2+", nullable: "2+", ignorable: true }),
    topics: array({
      topicName: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        errorMessage: string({ versions: "2+", nullable: "2+", ignorable: true }),
        leaderId: int32(),
        leaderEpoch: int32(),
        highWatermark: int64(),
        currentVoters: array(replicaState),
        observers: array(replicaState),
      }),
    }),
    nodes: array(
      {
        nodeId: int32({ versions: "2+" }),
        listeners: array(
          {
            name: string({ versions: "2+" }),
            host: string({ versions: "2+" }),
            port: uint16({ versions: "2+" }),
          },
          { versions: "2+" },
        ),
      },
      { versions: "2+" },
    ),
  },
});

export interface DescribeQuorumRequestInput extends RequestInput<typeof describeQuorum> {}
export interface DescribeQuorumRequest extends RequestOf<typeof describeQuorum> {}
export interface DescribeQuorumResponseInput extends ResponseInput<typeof describeQuorum> {}
export interface DescribeQuorumResponse extends ResponseOf<typeof describeQuorum> {}
