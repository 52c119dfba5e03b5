import { api, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/api.js";
import { array, int16, int32, string } from "../schema/types.js";

export const offsetDelete = api({
  key: 47,
  name: "OffsetDelete",
  versions: "0",
  flexible: "none",
  request: {
    groupId: string(),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
      }),
    }),
  },
  response: {
    errorCode: int16(),
    throttleTimeMs: int32({ ignorable: true }),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
      }),
    }),
  },
});

export interface OffsetDeleteRequestInput extends RequestInput<typeof offsetDelete> {}
export interface OffsetDeleteRequest extends RequestOf<typeof offsetDelete> {}
export interface OffsetDeleteResponseInput extends ResponseInput<typeof offsetDelete> {}
export interface OffsetDeleteResponse extends ResponseOf<typeof offsetDelete> {}
