import { api, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/api.js";
import { int16, int32, string, uuid } from "../schema/types.js";

export const removeRaftVoter = api({
  key: 81,
  name: "RemoveRaftVoter",
  versions: "0",
  flexible: "0+",
  request: {
    clusterId: string({ nullable: "0+" }),
    voterId: int32(),
    voterDirectoryId: uuid(),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: "0+", ignorable: true }),
  },
});

export interface RemoveRaftVoterRequestInput extends RequestInput<typeof removeRaftVoter> {}
export interface RemoveRaftVoterRequest extends RequestOf<typeof removeRaftVoter> {}
export interface RemoveRaftVoterResponseInput extends ResponseInput<typeof removeRaftVoter> {}
export interface RemoveRaftVoterResponse extends ResponseOf<typeof removeRaftVoter> {}
