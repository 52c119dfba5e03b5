import { api, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/api.js";
import { array, bool, int16, int32, string } from "../schema/types.js";

export const alterPartitionReassignments = api({
  key: 45,
  name: "AlterPartitionReassignments",
  versions: "0-1",
  flexible: "0+",
  request: {
    timeoutMs: int32({ default: 60000 }),
    allowReplicationFactorChange: bool({ versions: "1+", default: true }),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        replicas: array(int32(), { nullable: "0+", default: null }),
      }),
    }),
  },
  response: {
    throttleTimeMs: int32(),
    allowReplicationFactorChange: bool({ versions: "1+", default: true, ignorable: true }),
    errorCode: int16(),
    errorMessage: string({ nullable: "0+" }),
    responses: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: "0+" }),
      }),
    }),
  },
});

export interface AlterPartitionReassignmentsRequestInput extends RequestInput<typeof alterPartitionReassignments> {}
export interface AlterPartitionReassignmentsRequest extends RequestOf<typeof alterPartitionReassignments> {}
export interface AlterPartitionReassignmentsResponseInput extends ResponseInput<typeof alterPartitionReassignments> {}
export interface AlterPartitionReassignmentsResponse extends ResponseOf<typeof alterPartitionReassignments> {}
