import { api, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/api.js";
import { array, int16, int32, int64, string } from "../schema/types.js";

export const describeTransactions = api({
  key: 65,
  name: "DescribeTransactions",
  versions: "0",
  flexible: "0+",
  request: {
    transactionalIds: array(string()),
  },
  response: {
    throttleTimeMs: int32(),
    transactionStates: array({
      errorCode: int16(),
      transactionalId: string(),
      transactionState: string(),
      transactionTimeoutMs: int32(),
      transactionStartTimeMs: int64(),
      producerId: int64(),
      producerEpoch: int16(),
      topics: array({
        topic: string(),
        partitions: array(int32()),
      }),
    }),
  },
});

export interface DescribeTransactionsRequestInput extends RequestInput<typeof describeTransactions> {}
export interface DescribeTransactionsRequest extends RequestOf<typeof describeTransactions> {}
export interface DescribeTransactionsResponseInput extends ResponseInput<typeof describeTransactions> {}
export interface DescribeTransactionsResponse extends ResponseOf<typeof describeTransactions> {}
