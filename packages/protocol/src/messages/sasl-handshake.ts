import { api, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/api.js";
import { array, int16, string } from "../schema/types.js";

/** Version 0 was followed by frames without Kafka's headers; from version 1 on SaslAuthenticate follows (KIP-152). */
export const saslHandshake = api({
  key: 17,
  name: "SaslHandshake",
  versions: "0-1",
  flexible: "none",
  request: {
    mechanism: string(),
  },
  response: {
    errorCode: int16(),
    mechanisms: array(string()),
  },
});

export interface SaslHandshakeRequestInput extends RequestInput<typeof saslHandshake> {}
export interface SaslHandshakeRequest extends RequestOf<typeof saslHandshake> {}
export interface SaslHandshakeResponseInput extends ResponseInput<typeof saslHandshake> {}
export interface SaslHandshakeResponse extends ResponseOf<typeof saslHandshake> {}
