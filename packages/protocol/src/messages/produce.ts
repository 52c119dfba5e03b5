import { api, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/api.js";
import { array, int16, int32, int64, records, string, struct, uuid } from "../schema/types.js";

export const produce = api({
  key: 0,
  name: "Produce",
  versions: "3-13",
  flexible: "9+",
  request: {
    transactionalId: string({ versions: "3+", nullable: "3+", default: null }),
    acks: int16(),
    timeoutMs: int32(),
    topicData: array({
      name: string({ versions: "0-12", ignorable: true }),
      topicId: uuid({ versions: "13+", ignorable: true }),
      partitionData: array({
        index: int32(),
        records: records({ nullable: "0+" }),
      }),
    }),
  },
  response: {
    responses: array({
      name: string({ versions: "0-12", ignorable: true }),
      topicId: uuid({ versions: "13+", ignorable: true }),
      partitionResponses: array({
        index: int32(),
        errorCode: int16(),
        baseOffset: int64(),
        logAppendTimeMs: int64({ versions: "2+", default: -1, ignorable: true }),
        logStartOffset: int64({ versions: "5+", default: -1, ignorable: true }),
        recordErrors: array(
          {
            batchIndex: int32({ versions: "8+" }),
            batchIndexErrorMessage: string({ versions: "8+", nullable: "8+", default: null }),
          },
          { versions: "8+", ignorable: true },
        ),
        errorMessage: string({ versions: "8+", nullable: "8+", default: null, ignorable: true }),
        currentLeader: struct(
          {
            leaderId: int32({ versions: "10+", default: -1 }),
            leaderEpoch: int32({ versions: "10+", default: -1 }),
          },
          { tag: 0, tagged: "10+" },
        ),
      }),
    }),
    throttleTimeMs: int32({ versions: "1+", default: 0, ignorable: true }),
    nodeEndpoints: array(
      {
        nodeId: int32({ versions: "10+" }),
        host: string({ versions: "10+" }),
        port: int32({ versions: "10+" }),
        rack: string({ versions: "10+", nullable: "10+", default: null }),
      },
      { tag: 0, tagged: "10+" },
    ),
  },
});

export interface ProduceRequestInput extends RequestInput<typeof produce> {}
export interface ProduceRequest extends RequestOf<typeof produce> {}
export interface ProduceResponseInput extends ResponseInput<typeof produce> {}
export interface ProduceResponse extends ResponseOf<typeof produce> {}
