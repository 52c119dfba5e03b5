import { api, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/api.js";
import { array, bytes, int16, int32, string } from "../schema/types.js";

export const syncGroup = api({
  key: 14,
  name: "SyncGroup",
  versions: "0-5",
  flexible: "4+",
  request: {
    groupId: string(),
    generationId: int32(),
    memberId: string(),
    groupInstanceId: string({ versions: "3+", nullable: "3+", default: null }),
    protocolType: string({ versions: "5+", nullable: "5+", default: null, ignorable: true }),
    protocolName: string({ versions: "5+", nullable: "5+", default: null, ignorable: true }),
    assignments: array({
      memberId: string(),
      assignment: bytes(),
    }),
  },
  response: {
    throttleTimeMs: int32({ versions: "1+", ignorable: true }),
    errorCode: int16(),
    protocolType: string({ versions: "5+", nullable: "5+", default: null, ignorable: true }),
    protocolName: string({ versions: "5+", nullable: "5+", default: null, ignorable: true }),
    assignment: bytes(),
  },
});

export interface SyncGroupRequestInput extends RequestInput<typeof syncGroup> {}
export interface SyncGroupRequest extends RequestOf<typeof syncGroup> {}
export interface SyncGroupResponseInput extends ResponseInput<typeof syncGroup> {}
export interface SyncGroupResponse extends ResponseOf<typeof syncGroup> {}
