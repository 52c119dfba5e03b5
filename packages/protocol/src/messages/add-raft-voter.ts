import { api, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/api.js";
import { array, bool, int16, int32, string, uint16, uuid } from "../schema/types.js";

export const addRaftVoter = api({
  key: 80,
  name: "AddRaftVoter",
  versions: "0-1",
  flexible: "0+",
  request: {
    clusterId: string({ nullable: "0+" }),
    timeoutMs: int32(),
    voterId: int32(),
    voterDirectoryId: uuid(),
    listeners: array({
      name: string(),
      host: string(),
      port: uint16(),
    }),
    ackWhenCommitted: bool({ versions: "1+", default: true }),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: "0+", ignorable: true }),
  },
});

export interface AddRaftVoterRequestInput extends RequestInput<typeof addRaftVoter> {}
export interface AddRaftVoterRequest extends RequestOf<typeof addRaftVoter> {}
export interface AddRaftVoterResponseInput extends ResponseInput<typeof addRaftVoter> {}
export interface AddRaftVoterResponse extends ResponseOf<typeof addRaftVoter> {}
