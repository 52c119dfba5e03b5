import { api, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/api.js";
import { array, bool, int8, int16, int32, string, uuid } from "../schema/types.js";

export const createTopics = api({
  key: 19,
  name: "CreateTopics",
  versions: "2-7",
  flexible: "5+",
  request: {
    topics: array({
      name: string(),
      numPartitions: int32(),
      replicationFactor: int16(),
      assignments: array({
        partitionIndex: int32(),
        brokerIds: array(int32()),
      }),
      configs: array({
        name: string(),
        value: string({ nullable: "0+" }),
      }),
    }),
    timeoutMs: int32({ default: 60000 }),
    validateOnly: bool({ versions: "1+", default: false }),
  },
  response: {
    throttleTimeMs: int32({ versions: "2+", ignorable: true }),
    topics: array({
      name: string(),
      topicId: uuid({ versions: "7+", ignorable: true }),
      errorCode: int16(),
      errorMessage: string({ versions: "1+", nullable: "0+", ignorable: true }),
      topicConfigErrorCode: int16({ tag: 0, tagged: "5+", ignorable: true }),
      numPartitions: int32({ versions: "5+", default: -1, ignorable: true }),
      replicationFactor: int16({ versions: "5+", default: -1, ignorable: true }),
      configs: array(
        {
          name: string({ versions: "5+" }),
          value: string({ versions: "5+", nullable: "5+" }),
          readOnly: bool({ versions: "5+" }),
          configSource: int8({ versions: "5+", default: -1, ignorable: true }),
          isSensitive: bool({ versions: "5+" }),
        },
        { versions: "5+", nullable: "5+", ignorable: true },
      ),
    }),
  },
});

export interface CreateTopicsRequestInput extends RequestInput<typeof createTopics> {}
export interface CreateTopicsRequest extends RequestOf<typeof createTopics> {}
export interface CreateTopicsResponseInput extends ResponseInput<typeof createTopics> {}
export interface CreateTopicsResponse extends ResponseOf<typeof createTopics> {}
