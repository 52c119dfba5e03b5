import { api, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/api.js";
import { array, int8, int16, int32, string } from "../schema/types.js";

export const listConfigResources = api({
  key: 74,
  name: "ListConfigResources",
  versions: "0-1",
  flexible: "0+",
  request: {
    resourceTypes: array(int8(), { versions: "1+" }),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    configResources: array({
      resourceName: string(),
      resourceType: int8({ versions: "1+", default: 16, ignorable: true }),
    }),
  },
});

export interface ListConfigResourcesRequestInput extends RequestInput<typeof listConfigResources> {}
export interface ListConfigResourcesRequest extends RequestOf<typeof listConfigResources> {}
export interface ListConfigResourcesResponseInput extends ResponseInput<typeof listConfigResources> {}
export interface ListConfigResourcesResponse extends ResponseOf<typeof listConfigResources> {}
