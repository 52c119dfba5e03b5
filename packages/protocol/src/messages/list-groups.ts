import { api, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/api.js";
import { array, int16, int32, string } from "../schema/types.js";

export const listGroups = api({
  key: 16,
  name: "ListGroups",
  versions: "0-5",
  flexible: "3+",
  request: {
    statesFilter: array(string(), { versions: "4+" }),
    typesFilter: array(string(), { versions: "5+" }),
  },
  response: {
    throttleTimeMs: int32({ versions: "1+", ignorable: true }),
    errorCode: int16(),
    groups: array({
      groupId: string(),
      protocolType: string(),
      groupState: string({ versions: "4+", ignorable: true }),
      groupType: string({ versions: "5+", ignorable: true }),
    }),
  },
});

export interface ListGroupsRequestInput extends RequestInput<typeof listGroups> {}
export interface ListGroupsRequest extends RequestOf<typeof listGroups> {}
export interface ListGroupsResponseInput extends ResponseInput<typeof listGroups> {}
export interface ListGroupsResponse extends ResponseOf<typeof listGroups> {}
