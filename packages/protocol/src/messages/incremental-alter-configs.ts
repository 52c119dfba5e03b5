import { api, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/api.js";
import { array, bool, int8, int16, int32, string } from "../schema/types.js";

export const incrementalAlterConfigs = api({
  key: 44,
  name: "IncrementalAlterConfigs",
  versions: "0-1",
  flexible: "1+",
  request: {
    resources: array({
      resourceType: int8(),
      resourceName: string(),
      configs: array({
        name: string(),
        configOperation: int8(),
        value: string({ nullable: "0+" }),
      }),
    }),
    validateOnly: bool(),
  },
  response: {
    throttleTimeMs: int32(),
    responses: array({
      errorCode: int16(),
      errorMessage: string({ nullable: "0+" }),
      resourceType: int8(),
      resourceName: string(),
    }),
  },
});

export interface IncrementalAlterConfigsRequestInput extends RequestInput<typeof incrementalAlterConfigs> {}
export interface IncrementalAlterConfigsRequest extends RequestOf<typeof incrementalAlterConfigs> {}
export interface IncrementalAlterConfigsResponseInput extends ResponseInput<typeof incrementalAlterConfigs> {}
export interface IncrementalAlterConfigsResponse extends ResponseOf<typeof incrementalAlterConfigs> {}
