import { api, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/api.js";
import { array, int8, int16, int32, string } from "../schema/types.js";

export const describeAcls = api({
  key: 29,
  name: "DescribeAcls",
  versions: "1-3",
  flexible: "2+",
  request: {
    resourceTypeFilter: int8(),
    resourceNameFilter: string({ nullable: "0+" }),
    patternTypeFilter: int8({ default: 3 }),
    principalFilter: string({ nullable: "0+" }),
    hostFilter: string({ nullable: "0+" }),
    operation: int8(),
    permissionType: int8(),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: "0+" }),
    resources: array({
      resourceType: int8(),
      resourceName: string(),
      patternType: int8({ default: 3 }),
      acls: array({
        principal: string(),
        host: string(),
        operation: int8(),
        permissionType: int8(),
      }),
    }),
  },
});

export interface DescribeAclsRequestInput extends RequestInput<typeof describeAcls> {}
export interface DescribeAclsRequest extends RequestOf<typeof describeAcls> {}
export interface DescribeAclsResponseInput extends ResponseInput<typeof describeAcls> {}
export interface DescribeAclsResponse extends ResponseOf<typeof describeAcls> {}
