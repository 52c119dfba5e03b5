import { api, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/api.js";
import { bytes, int16, int32, int64 } from "../schema/types.js";

export const renewDelegationToken = api({
  key: 39,
  name: "RenewDelegationToken",
  versions: "1-2",
  flexible: "2+",
  request: {
    hmac: bytes(),
    renewPeriodMs: int64(),
  },
  response: {
    errorCode: int16(),
    expiryTimestampMs: int64(),
    throttleTimeMs: int32(),
  },
});

export interface RenewDelegationTokenRequestInput extends RequestInput<typeof renewDelegationToken> {}
export interface RenewDelegationTokenRequest extends RequestOf<typeof renewDelegationToken> {}
export interface RenewDelegationTokenResponseInput extends ResponseInput<typeof renewDelegationToken> {}
export interface RenewDelegationTokenResponse extends ResponseOf<typeof renewDelegationToken> {}
