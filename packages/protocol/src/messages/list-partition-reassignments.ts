import { api, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/api.js";
import { array, int16, int32, string } from "../schema/types.js";

export const listPartitionReassignments = api({
  key: 46,
  name: "ListPartitionReassignments",
  versions: "0",
  flexible: "0+",
  request: {
    timeoutMs: int32({ default: 60000 }),
    topics: array(
      {
        name: string(),
        partitionIndexes: array(int32()),
      },
      { nullable: "0+", default: null },
    ),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: "0+" }),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        replicas: array(int32()),
        addingReplicas: array(int32()),
        removingReplicas: array(int32()),
      }),
    }),
  },
});

export interface ListPartitionReassignmentsRequestInput extends RequestInput<typeof listPartitionReassignments> {}
export interface ListPartitionReassignmentsRequest extends RequestOf<typeof listPartitionReassignments> {}
export interface ListPartitionReassignmentsResponseInput extends ResponseInput<typeof listPartitionReassignments> {}
export interface ListPartitionReassignmentsResponse extends ResponseOf<typeof listPartitionReassignments> {}
