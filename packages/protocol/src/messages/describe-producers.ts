import { api, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/api.js";
import { array, int16, int32, int64, string } from "../schema/types.js";

export const describeProducers = api({
  key: 61,
  name: "DescribeProducers",
  versions: "0",
  flexible: "0+",
  request: {
    topics: array({
      name: string(),
      partitionIndexes: array(int32()),
    }),
  },
  response: {
    throttleTimeMs: int32(),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: "0+", default: null }),
        activeProducers: array({
          producerId: int64(),
          producerEpoch: int32(),
          lastSequence: int32({ default: -1 }),
          lastTimestamp: int64({ default: -1 }),
          coordinatorEpoch: int32(),
          currentTxnStartOffset: int64({ default: -1 }),
        }),
      }),
    }),
  },
});

export interface DescribeProducersRequestInput extends RequestInput<typeof describeProducers> {}
export interface DescribeProducersRequest extends RequestOf<typeof describeProducers> {}
export interface DescribeProducersResponseInput extends ResponseInput<typeof describeProducers> {}
export interface DescribeProducersResponse extends ResponseOf<typeof describeProducers> {}
