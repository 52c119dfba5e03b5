import { api, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/api.js";
import { int16, int32, string } from "../schema/types.js";

export const heartbeat = api({
  key: 12,
  name: "Heartbeat",
  versions: "0-4",
  flexible: "4+",
  request: {
    groupId: string(),
    generationId: int32(),
    memberId: string(),
    groupInstanceId: string({ versions: "3+", nullable: "3+", default: null }),
  },
  response: {
    throttleTimeMs: int32({ versions: "1+", ignorable: true }),
    errorCode: int16(),
  },
});

export interface HeartbeatRequestInput extends RequestInput<typeof heartbeat> {}
export interface HeartbeatRequest extends RequestOf<typeof heartbeat> {}
export interface HeartbeatResponseInput extends ResponseInput<typeof heartbeat> {}
export interface HeartbeatResponse extends ResponseOf<typeof heartbeat> {}
