import { api, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/api.js";
import { bool, int16, int32, int64, string } from "../schema/types.js";

export const initProducerId = api({
  key: 22,
  name: "InitProducerId",
  versions: "0-5",
  flexible: "2+",
  request: {
    transactionalId: string({ nullable: "0+" }),
    transactionTimeoutMs: int32(),
    producerId: int64({ versions: "3+", default: -1 }),
    producerEpoch: int16({ versions: "3+", default: -1 }),
    enable2Pc: bool({ versions: "6+", default: false }),
    keepPreparedTxn: bool({ versions: "6+", default: false }),
  },
  response: {
    throttleTimeMs: int32({ ignorable: true }),
    errorCode: int16(),
    producerId: int64({ default: -1 }),
    producerEpoch: int16(),
    ongoingTxnProducerId: int64({ versions: "6+", default: -1 }),
    ongoingTxnProducerEpoch: int16({ versions: "6+", default: -1 }),
  },
});

export interface InitProducerIdRequestInput extends RequestInput<typeof initProducerId> {}
export interface InitProducerIdRequest extends RequestOf<typeof initProducerId> {}
export interface InitProducerIdResponseInput extends ResponseInput<typeof initProducerId> {}
export interface InitProducerIdResponse extends ResponseOf<typeof initProducerId> {}
