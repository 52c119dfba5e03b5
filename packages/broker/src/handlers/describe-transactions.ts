import { apis } from "@ottla/protocol";
import { partitionsOf, stateNames } from "../txn/transaction-state.js";
import { errorOf } from "./error-code.js";
import type { Handler, HandlerEntry } from "./handler.js";
import { withFewRepeats } from "./repeated.js";

// Only v0 (KIP-664).

const nothingKnown = Object.freeze({
  transactionState: "",
  transactionTimeoutMs: 0,
  transactionStartTimeMs: 0,
  producerId: 0,
  producerEpoch: 0,
  topics: [],
});

const handle: Handler<typeof apis.DescribeTransactions> = async ({ broker }, { transactionalIds }) => {
  const asked = withFewRepeats(transactionalIds, (transactionalId) => transactionalId);
  const transactionStates = asked.map(async (transactionalId) => {
    try {
      const state = await broker.transactions.describe(transactionalId);
      return {
        errorCode: 0,
        transactionalId,
        transactionState: stateNames[state.kind],
        transactionTimeoutMs: state.timeoutMs,
        transactionStartTimeMs: state.kind === "empty" ? -1 : state.startTimestamp,
        producerId: state.producerId,
        producerEpoch: state.producerEpoch,
        topics: [...partitionsOf(state)].map(([topic, partitions]) => ({ topic, partitions: [...partitions] })),
      };
    } catch (failure) {
      return { ...nothingKnown, transactionalId, errorCode: errorOf(failure).errorCode };
    }
  });
  return { throttleTimeMs: 0, transactionStates: await Promise.all(transactionStates) };
};

export const describeTransactionsEntry: HandlerEntry<typeof apis.DescribeTransactions> = {
  api: apis.DescribeTransactions,
  handle,
};
