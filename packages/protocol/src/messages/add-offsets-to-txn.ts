import { api, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/api.js";
import { int16, int32, int64, string } from "../schema/types.js";

export const addOffsetsToTxn = api({
  key: 25,
  name: "AddOffsetsToTxn",
  versions: "0-4",
  flexible: "3+",
  request: {
    transactionalId: string(),
    producerId: int64(),
    producerEpoch: int16(),
    groupId: string(),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
  },
});

export interface AddOffsetsToTxnRequestInput extends RequestInput<typeof addOffsetsToTxn> {}
export interface AddOffsetsToTxnRequest extends RequestOf<typeof addOffsetsToTxn> {}
export interface AddOffsetsToTxnResponseInput extends ResponseInput<typeof addOffsetsToTxn> {}
export interface AddOffsetsToTxnResponse extends ResponseOf<typeof addOffsetsToTxn> {}
