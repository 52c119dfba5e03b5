import { api, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/api.js";
import { array, int16, int32, int64, string } from "../schema/types.js";

export const listTransactions = api({
  key: 66,
  name: "ListTransactions",
  versions: "0-2",
  flexible: "0+",
  request: {
    stateFilters: array(string()),
    producerIdFilters: array(int64()),
    durationFilter: int64({ versions: "1+", default: -1 }),
    transactionalIdPattern: string({ versions: "2+", nullable: "2+", default: null }),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    unknownStateFilters: array(string()),
    transactionStates: array({
      transactionalId: string(),
      producerId: int64(),
      transactionState: string(),
    }),
  },
});

export interface ListTransactionsRequestInput extends RequestInput<typeof listTransactions> {}
export interface ListTransactionsRequest extends RequestOf<typeof listTransactions> {}
export interface ListTransactionsResponseInput extends ResponseInput<typeof listTransactions> {}
export interface ListTransactionsResponse extends ResponseOf<typeof listTransactions> {}
