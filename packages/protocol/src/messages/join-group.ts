import { api, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/api.js";
import { array, bool, bytes, int16, int32, string } from "../schema/types.js";

export const joinGroup = api({
  key: 11,
  name: "JoinGroup",
  versions: "0-9",
  flexible: "6+",
  request: {
    groupId: string(),
    sessionTimeoutMs: int32(),
    rebalanceTimeoutMs: int32({ versions: "1+", default: -1, ignorable: true }),
    memberId: string(),
    groupInstanceId: string({ versions: "5+", nullable: "5+", default: null }),
    protocolType: string(),
    protocols: array({
      name: string(),
      metadata: bytes(),
    }),
    reason: string({ versions: "8+", nullable: "8+", default: null, ignorable: true }),
  },
  response: {
    throttleTimeMs: int32({ versions: "2+", ignorable: true }),
    errorCode: int16(),
    generationId: int32({ default: -1 }),
    protocolType: string({ versions: "7+", nullable: "7+", default: null, ignorable: true }),
    protocolName: string({ nullable: "7+" }),
    leader: string(),
    skipAssignment: bool({ versions: "9+", default: false }),
    memberId: string(),
    members: array({
      memberId: string(),
      groupInstanceId: string({ versions: "5+", nullable: "5+", default: null, ignorable: true }),
      metadata: bytes(),
    }),
  },
});

export interface JoinGroupRequestInput extends RequestInput<typeof joinGroup> {}
export interface JoinGroupRequest extends RequestOf<typeof joinGroup> {}
export interface JoinGroupResponseInput extends ResponseInput<typeof joinGroup> {}
export interface JoinGroupResponse extends ResponseOf<typeof joinGroup> {}
