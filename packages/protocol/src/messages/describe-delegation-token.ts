import { api, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/api.js";
import { array, bytes, int16, int32, int64, string } from "../schema/types.js";

export const describeDelegationToken = api({
  key: 41,
  name: "DescribeDelegationToken",
  versions: "1-3",
  flexible: "2+",
  request: {
    owners: array(
      {
        principalType: string(),
        principalName: string(),
      },
      { nullable: "0+" },
    ),
  },
  response: {
    errorCode: int16(),
    tokens: array({
      principalType: string(),
      principalName: string(),
      tokenRequesterPrincipalType: string({ versions: "3+" }),
      tokenRequesterPrincipalName: string({ versions: "3+" }),
      issueTimestamp: int64(),
      expiryTimestamp: int64(),
      maxTimestamp: int64(),
      tokenId: string(),
      hmac: bytes(),
      renewers: array({
        principalType: string(),
        principalName: string(),
      }),
    }),
    throttleTimeMs: int32(),
  },
});

export interface DescribeDelegationTokenRequestInput extends RequestInput<typeof describeDelegationToken> {}
export interface DescribeDelegationTokenRequest extends RequestOf<typeof describeDelegationToken> {}
export interface DescribeDelegationTokenResponseInput extends ResponseInput<typeof describeDelegationToken> {}
export interface DescribeDelegationTokenResponse extends ResponseOf<typeof describeDelegationToken> {}
