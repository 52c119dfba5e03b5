import { api, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/api.js";
import { array, int8, int16, int32, string } from "../schema/types.js";

export const electLeaders = api({
  key: 43,
  name: "ElectLeaders",
  versions: "0-2",
  flexible: "2+",
  request: {
    electionType: int8({ versions: "1+" }),
    topicPartitions: array(
      {
        topic: string(),
        partitions: array(int32()),
      },
      { nullable: "0+" },
    ),
    timeoutMs: int32({ default: 60000 }),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16({ versions: "1+" }),
    replicaElectionResults: array({
      topic: string(),
      partitionResult: array({
        partitionId: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: "0+" }),
      }),
    }),
  },
});

export interface ElectLeadersRequestInput extends RequestInput<typeof electLeaders> {}
export interface ElectLeadersRequest extends RequestOf<typeof electLeaders> {}
export interface ElectLeadersResponseInput extends ResponseInput<typeof electLeaders> {}
export interface ElectLeadersResponse extends ResponseOf<typeof electLeaders> {}
