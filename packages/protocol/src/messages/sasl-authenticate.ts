import { api, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/api.js";
import { bytes, int16, int64, string } from "../schema/types.js";

/** Version 1 tells how long the session lasts (KIP-368). */
export const saslAuthenticate = api({
  key: 36,
  name: "SaslAuthenticate",
  versions: "0-2",
  flexible: "2+",
  request: {
    authBytes: bytes(),
  },
  response: {
    errorCode: int16(),
    errorMessage: string({ nullable: "0+" }),
    authBytes: bytes(),
    sessionLifetimeMs: int64({ versions: "1+", default: 0, ignorable: true }),
  },
});

export interface SaslAuthenticateRequestInput extends RequestInput<typeof saslAuthenticate> {}
export interface SaslAuthenticateRequest extends RequestOf<typeof saslAuthenticate> {}
export interface SaslAuthenticateResponseInput extends ResponseInput<typeof saslAuthenticate> {}
export interface SaslAuthenticateResponse extends ResponseOf<typeof saslAuthenticate> {}
