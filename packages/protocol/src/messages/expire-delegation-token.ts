import { api, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/api.js";
import { bytes, int16, int32, int64 } from "../schema/types.js";

export const expireDelegationToken = api({
  key: 40,
  name: "ExpireDelegationToken",
  versions: "1-2",
  flexible: "2+",
  request: {
    hmac: bytes(),
    expiryTimePeriodMs: int64(),
  },
  response: {
    errorCode: int16(),
    expiryTimestampMs: int64(),
    throttleTimeMs: int32(),
  },
});

export interface ExpireDelegationTokenRequestInput extends RequestInput<typeof expireDelegationToken> {}
export interface ExpireDelegationTokenRequest extends RequestOf<typeof expireDelegationToken> {}
export interface ExpireDelegationTokenResponseInput extends ResponseInput<typeof expireDelegationToken> {}
export interface ExpireDelegationTokenResponse extends ResponseOf<typeof expireDelegationToken> {}
