import { api, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/api.js";
import { array, bool, int8, int16, int32, string } from "../schema/types.js";

export const alterConfigs = api({
  key: 33,
  name: "AlterConfigs",
  versions: "0-2",
  flexible: "2+",
  request: {
    resources: array({
      resourceType: int8(),
      resourceName: string(),
      configs: array({
        name: string(),
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

export interface AlterConfigsRequestInput extends RequestInput<typeof alterConfigs> {}
export interface AlterConfigsRequest extends RequestOf<typeof alterConfigs> {}
export interface AlterConfigsResponseInput extends ResponseInput<typeof alterConfigs> {}
export interface AlterConfigsResponse extends ResponseOf<typeof alterConfigs> {}
