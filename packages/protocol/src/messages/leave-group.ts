import { api, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/api.js";
import { array, int16, int32, string } from "../schema/types.js";

export const leaveGroup = api({
  key: 13,
  name: "LeaveGroup",
  versions: "0-5",
  flexible: "4+",
  request: {
    groupId: string(),
    memberId: string({ versions: "0-2" }),
    members: array(
      {
        memberId: string({ versions: "3+" }),
        groupInstanceId: string({ versions: "3+", nullable: "3+", default: null }),
        reason: string({ versions: "5+", nullable: "5+", default: null, ignorable: true }),
      },
      { versions: "3+" },
    ),
  },
  response: {
    throttleTimeMs: int32({ versions: "1+", ignorable: true }),
    errorCode: int16(),
    members: array(
      {
        memberId: string({ versions: "3+" }),
        groupInstanceId: string({ versions: "3+", nullable: "3+" }),
        errorCode: int16({ versions: "3+" }),
      },
      { versions: "3+" },
    ),
  },
});

export interface LeaveGroupRequestInput extends RequestInput<typeof leaveGroup> {}
export interface LeaveGroupRequest extends RequestOf<typeof leaveGroup> {}
export interface LeaveGroupResponseInput extends ResponseInput<typeof leaveGroup> {}
export interface LeaveGroupResponse extends ResponseOf<typeof leaveGroup> {}
