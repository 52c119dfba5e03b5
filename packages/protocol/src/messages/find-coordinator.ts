import { api, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/api.js";
import { array, int8, int16, int32, string } from "../schema/types.js";

export const findCoordinator = api({
  key: 10,
  name: "FindCoordinator",
  versions: "0-6",
  flexible: "3+",
  request: {
    key: string({ versions: "0-3" }),
    keyType: int8({ versions: "1+", default: 0 }),
    coordinatorKeys: array(string(), { versions: "4+" }),
  },
  response: {
    throttleTimeMs: int32({ versions: "1+", ignorable: true }),
    errorCode: int16({ versions: "0-3" }),
    errorMessage: string({ versions: "1-3", nullable: "1-3", ignorable: true }),
    nodeId: int32({ versions: "0-3" }),
    host: string({ versions: "0-3" }),
    port: int32({ versions: "0-3" }),
    coordinators: array(
      {
        key: string({ versions: "4+" }),
        nodeId: int32({ versions: "4+" }),
        host: string({ versions: "4+" }),
        port: int32({ versions: "4+" }),
        errorCode: int16({ versions: "4+" }),
        errorMessage: string({ versions: "4+", nullable: "4+", ignorable: true }),
      },
      { versions: "4+" },
    ),
  },
});

export interface FindCoordinatorRequestInput extends RequestInput<typeof findCoordinator> {}
export interface FindCoordinatorRequest extends RequestOf<typeof findCoordinator> {}
export interface FindCoordinatorResponseInput extends ResponseInput<typeof findCoordinator> {}
export interface FindCoordinatorResponse extends ResponseOf<typeof findCoordinator> {}
