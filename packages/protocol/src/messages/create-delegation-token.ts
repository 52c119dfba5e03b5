import { api, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/api.js";
import { array, bytes, int16, int32, int64, string } from "../schema/types.js";

export const createDelegationToken = api({
  key: 38,
  name: "CreateDelegationToken",
  versions: "1-3",
  flexible: "2+",
  request: {
    ownerPrincipalType: string({ versions: "3+", nullable: "3+" }),
    ownerPrincipalName: string({ versions: "3+", nullable: "3+" }),
    renewers: array({
      principalType: string(),
      principalName: string(),
    }),
    maxLifetimeMs: int64(),
  },
  response: {
    errorCode: int16(),
    principalType: string(),
    principalName: string(),
    tokenRequesterPrincipalType: string({ versions: "3+" }),
    tokenRequesterPrincipalName: string({ versions: "3+" }),
    issueTimestampMs: int64(),
    expiryTimestampMs: int64(),
    maxTimestampMs: int64(),
    tokenId: string(),
    hmac: bytes(),
    throttleTimeMs: int32(),
  },
});

export interface CreateDelegationTokenRequestInput extends RequestInput<typeof createDelegationToken> {}
export interface CreateDelegationTokenRequest extends RequestOf<typeof createDelegationToken> {}
export interface CreateDelegationTokenResponseInput extends ResponseInput<typeof createDelegationToken> {}
export interface CreateDelegationTokenResponse extends ResponseOf<typeof createDelegationToken> {}
