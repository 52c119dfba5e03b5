import { api, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/api.js";
import { array, int16, int32, string } from "../schema/types.js";

export const deleteGroups = api({
  key: 42,
  name: "DeleteGroups",
  versions: "0-2",
  flexible: "2+",
  request: {
    groupsNames: array(string()),
  },
  response: {
    throttleTimeMs: int32(),
    results: array({
      groupId: string(),
      errorCode: int16(),
      errorMessage: string({ versions: "3+", nullable: "3+", default: null, ignorable: true }),
    }),
  },
});

export interface DeleteGroupsRequestInput extends RequestInput<typeof deleteGroups> {}
export interface DeleteGroupsRequest extends RequestOf<typeof deleteGroups> {}
export interface DeleteGroupsResponseInput extends ResponseInput<typeof deleteGroups> {}
export interface DeleteGroupsResponse extends ResponseOf<typeof deleteGroups> {}
