import { api, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/api.js";
import { array, int16, int32, string, uuid } from "../schema/types.js";

export const deleteTopics = api({
  key: 20,
  name: "DeleteTopics",
  versions: "1-6",
  flexible: "4+",
  request: {
    topics: array(
      {
        name: string({ versions: "6+", nullable: "6+", default: null }),
        topicId: uuid({ versions: "6+" }),
      },
      { versions: "6+" },
    ),
    topicNames: array(string(), { versions: "0-5", ignorable: true }),
    timeoutMs: int32(),
  },
  response: {
    throttleTimeMs: int32({ versions: "1+", ignorable: true }),
    responses: array({
      name: string({ nullable: "6+" }),
      topicId: uuid({ versions: "6+", ignorable: true }),
      errorCode: int16(),
      errorMessage: string({ versions: "5+", nullable: "5+", default: null, ignorable: true }),
    }),
  },
});

export interface DeleteTopicsRequestInput extends RequestInput<typeof deleteTopics> {}
export interface DeleteTopicsRequest extends RequestOf<typeof deleteTopics> {}
export interface DeleteTopicsResponseInput extends ResponseInput<typeof deleteTopics> {}
export interface DeleteTopicsResponse extends ResponseOf<typeof deleteTopics> {}
