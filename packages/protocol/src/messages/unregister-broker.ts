import { api, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/api.js";
import { int16, int32, string } from "../schema/types.js";

export const unregisterBroker = api({
  key: 64,
  name: "UnregisterBroker",
  versions: "0",
  flexible: "0+",
  request: {
    brokerId: int32(),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: "0+" }),
  },
});

export interface UnregisterBrokerRequestInput extends RequestInput<typeof unregisterBroker> {}
export interface UnregisterBrokerRequest extends RequestOf<typeof unregisterBroker> {}
export interface UnregisterBrokerResponseInput extends ResponseInput<typeof unregisterBroker> {}
export interface UnregisterBrokerResponse extends ResponseOf<typeof unregisterBroker> {}
