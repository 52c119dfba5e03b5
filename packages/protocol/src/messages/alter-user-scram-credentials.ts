import { api, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/api.js";
import { array, bytes, int8, int16, int32, string } from "../schema/types.js";

export const alterUserScramCredentials = api({
  key: 51,
  name: "AlterUserScramCredentials",
  versions: "0",
  flexible: "0+",
  request: {
    deletions: array({ name: string(), mechanism: int8() }),
    upsertions: array({
      name: string(),
      mechanism: int8(),
      iterations: int32(),
      salt: bytes(),
      saltedPassword: bytes(),
    }),
  },
  response: {
    throttleTimeMs: int32(),
    results: array({ user: string(), errorCode: int16(), errorMessage: string({ nullable: "0+" }) }),
  },
});

export interface AlterUserScramCredentialsRequestInput extends RequestInput<typeof alterUserScramCredentials> {}
export interface AlterUserScramCredentialsRequest extends RequestOf<typeof alterUserScramCredentials> {}
export interface AlterUserScramCredentialsResponseInput extends ResponseInput<typeof alterUserScramCredentials> {}
export interface AlterUserScramCredentialsResponse extends ResponseOf<typeof alterUserScramCredentials> {}
