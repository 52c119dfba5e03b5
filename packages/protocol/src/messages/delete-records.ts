import { api, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/api.js";
import { array, int16, int32, int64, string } from "../schema/types.js";

export const deleteRecords = api({
  key: 21,
  name: "DeleteRecords",
  versions: "0-2",
  flexible: "2+",
  request: {
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        offset: int64(),
      }),
    }),
    timeoutMs: int32(),
  },
  response: {
    throttleTimeMs: int32(),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        lowWatermark: int64(),
        errorCode: int16(),
      }),
    }),
  },
});

export interface DeleteRecordsRequestInput extends RequestInput<typeof deleteRecords> {}
export interface DeleteRecordsRequest extends RequestOf<typeof deleteRecords> {}
export interface DeleteRecordsResponseInput extends ResponseInput<typeof deleteRecords> {}
export interface DeleteRecordsResponse extends ResponseOf<typeof deleteRecords> {}
