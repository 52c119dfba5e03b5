import { api, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/api.js";
import { array, int8, int16, int32, string } from "../schema/types.js";

export const deleteAcls = api({
  key: 31,
  name: "DeleteAcls",
  versions: "1-3",
  flexible: "2+",
  request: {
    filters: array({
      resourceTypeFilter: int8(),
      resourceNameFilter: string({ nullable: "0+" }),
      patternTypeFilter: int8({ default: 3 }),
      principalFilter: string({ nullable: "0+" }),
      hostFilter: string({ nullable: "0+" }),
      operation: int8(),
      permissionType: int8(),
    }),
  },
  response: {
    throttleTimeMs: int32(),
    filterResults: array({
      errorCode: int16(),
      errorMessage: string({ nullable: "0+" }),
      matchingAcls: array({
        errorCode: int16(),
        errorMessage: string({ nullable: "0+" }),
        resourceType: int8(),
        resourceName: string(),
        patternType: int8({ default: 3 }),
        principal: string(),
        host: string(),
        operation: int8(),
        permissionType: int8(),
      }),
    }),
  },
});

export interface DeleteAclsRequestInput extends RequestInput<typeof deleteAcls> {}
export interface DeleteAclsRequest extends RequestOf<typeof deleteAcls> {}
export interface DeleteAclsResponseInput extends ResponseInput<typeof deleteAcls> {}
export interface DeleteAclsResponse extends ResponseOf<typeof deleteAcls> {}
