import { api, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/api.js";
import { bool, int16, int32, int64, string } from "../schema/types.js";

export const endTxn = api({
  key: 26,
  name: "EndTxn",
  versions: "0-5",
  flexible: "3+",
  request: {
    transactionalId: string(),
    producerId: int64(),
    producerEpoch: int16(),
    committed: bool(),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    producerId: int64({ versions: "5+", default: -1, ignorable: true }),
    producerEpoch: int16({ versions: "5+", default: -1, ignorable: true }),
  },
});

export interface EndTxnRequestInput extends RequestInput<typeof endTxn> {}
export interface EndTxnRequest extends RequestOf<typeof endTxn> {}
export interface EndTxnResponseInput extends ResponseInput<typeof endTxn> {}
export interface EndTxnResponse extends ResponseOf<typeof endTxn> {}
