import { api, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/api.js";
import { array, bool, int16, int32, string } from "../schema/types.js";

export const createPartitions = api({
  key: 37,
  name: "CreatePartitions",
  versions: "0-3",
  flexible: "2+",
  request: {
    topics: array({
      name: string(),
      count: int32(),
      assignments: array(
        {
          brokerIds: array(int32()),
        },
        { nullable: "0+" },
      ),
    }),
    timeoutMs: int32(),
    validateOnly: bool(),
  },
  response: {
    throttleTimeMs: int32(),
    results: array({
      name: string(),
      errorCode: int16(),
      errorMessage: string({ nullable: "0+", default: null }),
    }),
  },
});

export interface CreatePartitionsRequestInput extends RequestInput<typeof createPartitions> {}
export interface CreatePartitionsRequest extends RequestOf<typeof createPartitions> {}
export interface CreatePartitionsResponseInput extends ResponseInput<typeof createPartitions> {}
export interface CreatePartitionsResponse extends ResponseOf<typeof createPartitions> {}
