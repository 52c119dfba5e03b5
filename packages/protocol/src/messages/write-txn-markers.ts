import { api, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/api.js";
import { array, bool, int8, int16, int32, int64, string } from "../schema/types.js";

export const writeTxnMarkers = api({
  key: 27,
  name: "WriteTxnMarkers",
  versions: "1-2",
  flexible: "1+",
  request: {
    markers: array({
      producerId: int64(),
      producerEpoch: int16(),
      transactionResult: bool(),
      topics: array({
        name: string(),
        partitionIndexes: array(int32()),
      }),
      coordinatorEpoch: int32(),
      transactionVersion: int8({ versions: "2+", default: 0, ignorable: true }),
    }),
  },
  response: {
    markers: array({
      producerId: int64(),
      topics: array({
        name: string(),
        partitions: array({
          partitionIndex: int32(),
          errorCode: int16(),
        }),
      }),
    }),
  },
});

export interface WriteTxnMarkersRequestInput extends RequestInput<typeof writeTxnMarkers> {}
export interface WriteTxnMarkersRequest extends RequestOf<typeof writeTxnMarkers> {}
export interface WriteTxnMarkersResponseInput extends ResponseInput<typeof writeTxnMarkers> {}
export interface WriteTxnMarkersResponse extends ResponseOf<typeof writeTxnMarkers> {}
