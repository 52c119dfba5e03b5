import { api, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/api.js";
import { array, int8, int16, int32, string } from "../schema/types.js";

export const describeUserScramCredentials = api({
  key: 50,
  name: "DescribeUserScramCredentials",
  versions: "0",
  flexible: "0+",
  request: { users: array({ name: string() }, { nullable: "0+" }) },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: "0+" }),
    results: array({
      user: string(),
      errorCode: int16(),
      errorMessage: string({ nullable: "0+" }),
      credentialInfos: array({ mechanism: int8(), iterations: int32() }),
    }),
  },
});

export interface DescribeUserScramCredentialsRequestInput extends RequestInput<typeof describeUserScramCredentials> {}
export interface DescribeUserScramCredentialsRequest extends RequestOf<typeof describeUserScramCredentials> {}
export interface DescribeUserScramCredentialsResponseInput extends ResponseInput<typeof describeUserScramCredentials> {}
export interface DescribeUserScramCredentialsResponse extends ResponseOf<typeof describeUserScramCredentials> {}
