import { api, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/api.js";
import { array, int8, int16, int32, string } from "../schema/types.js";

export const createAcls = api({
  key: 30,
  name: "CreateAcls",
  versions: "1-3",
  flexible: "2+",
  request: {
    creations: array({
      resourceType: int8(),
      resourceName: string(),
      resourcePatternType: int8({ default: 3 }),
      principal: string(),
      host: string(),
      operation: int8(),
      permissionType: int8(),
    }),
  },
  response: {
    throttleTimeMs: int32(),
    results: array({
      errorCode: int16(),
      errorMessage: string({ nullable: "0+" }),
    }),
  },
});

export interface CreateAclsRequestInput extends RequestInput<typeof createAcls> {}
export interface CreateAclsRequest extends RequestOf<typeof createAcls> {}
export interface CreateAclsResponseInput extends ResponseInput<typeof createAcls> {}
export interface CreateAclsResponse extends ResponseOf<typeof createAcls> {}
