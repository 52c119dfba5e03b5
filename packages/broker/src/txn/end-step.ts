import {
  changed,
  refused,
  type StepContext,
  type TransactionEvent,
  type Transition,
  unchanged,
} from "./transaction-event.js";
import {
  bumped,
  type ClientTransactionVersion,
  isExhausted,
  noProducerId,
  type OngoingTransaction,
  type PreparedTransaction,
  partitionsOf,
  type TransactionResult,
  type TransactionState,
} from "./transaction-state.js";

type EndTransaction = TransactionEvent & { readonly kind: "end" };

const completedKinds = Object.freeze({ commit: "completeCommit", abort: "completeAbort" } as const);
const preparedKinds = Object.freeze({ commit: "prepareCommit", abort: "prepareAbort" } as const);

/** EndTxn. With version 2 every end bumps the epoch, so that requests of an ended transaction cannot end up in the next one (KIP-890). */
export const endTransaction = (
  state: TransactionState | undefined,
  event: EndTransaction,
  context: StepContext,
): Transition => {
  if (state === undefined) return refused("INVALID_PRODUCER_ID_MAPPING");
  return event.version === 2 ? endAndBump(state, event, context) : endAndKeep(state, event, context);
};

function endAndKeep(state: TransactionState, { producer, result }: EndTransaction, { now }: StepContext): Transition {
  if (state.producerId !== producer.producerId) return refused("INVALID_PRODUCER_ID_MAPPING");
  if (state.producerEpoch !== producer.producerEpoch) return refused("PRODUCER_FENCED");
  switch (state.kind) {
    case "ongoing":
      return changed(prepared(state, result, { version: 0, now, nextProducerId: noProducerId }));
    case "prepareCommit":
    case "prepareAbort":
      return state.kind === preparedKinds[result] ? refused("CONCURRENT_TRANSACTIONS") : refused("INVALID_TXN_STATE");
    case "completeCommit":
    case "completeAbort":
      return state.kind === completedKinds[result] ? unchanged(state) : refused("INVALID_TXN_STATE");
    case "empty":
      return refused("INVALID_TXN_STATE");
  }
}

// In the states where no transaction is open, what an end means depends on the epoch it comes with: the one before the
// current is a retry of the end that led here, the current one is a new end.
//
//                    abort                 commit
//                    retry     current     retry     current
//     empty          fenced    bump        fenced    invalid
//     completeAbort  done      bump        invalid   invalid
//     completeCommit invalid   bump        done      invalid
function endAndBump(state: TransactionState, { producer, result }: EndTransaction, context: StepContext): Transition {
  const isBumpedSince = state.producerEpoch === producer.producerEpoch + 1;
  const isRotatedSince =
    state.previousProducerId === producer.producerId &&
    isExhausted(producer.producerEpoch) &&
    state.producerEpoch === 0;
  const isCurrent = state.producerEpoch === producer.producerEpoch;
  if (state.producerId !== producer.producerId && !isRotatedSince) return refused("INVALID_PRODUCER_ID_MAPPING");
  switch (state.kind) {
    case "ongoing":
      return isCurrent ? bumpedEnd(state, result, context) : refused("PRODUCER_FENCED");
    case "empty":
      if (!isCurrent) return refused("PRODUCER_FENCED");
      return result === "abort" ? bumpedEnd(state, result, context) : refused("INVALID_TXN_STATE");
    case "prepareCommit":
    case "prepareAbort":
      if (!isBumpedSince) return refused("PRODUCER_FENCED");
      return state.kind === preparedKinds[result] ? refused("CONCURRENT_TRANSACTIONS") : refused("INVALID_TXN_STATE");
    case "completeCommit":
    case "completeAbort":
      if (isBumpedSince || isRotatedSince) {
        return state.kind === completedKinds[result] ? unchanged(state) : refused("INVALID_TXN_STATE");
      }
      if (!isCurrent) return refused("PRODUCER_FENCED");
      return result === "abort" ? bumpedEnd(state, result, context) : refused("INVALID_TXN_STATE");
  }
}

function bumpedEnd(
  state: Exclude<TransactionState, PreparedTransaction>,
  result: TransactionResult,
  { now, freshProducerId }: StepContext,
): Transition {
  const needsNewId = isExhausted(state.producerEpoch);
  if (needsNewId && freshProducerId === undefined) return { kind: "needsProducerId" };
  const nextProducerId = needsNewId && freshProducerId !== undefined ? freshProducerId : noProducerId;
  const next = prepared(state, result, { version: 2, now, nextProducerId });
  const { producerId, producerEpoch } = completed(next, now);
  return { kind: "changed", next, producer: { producerId, producerEpoch } };
}

/** The abort of a transaction that its producer did not end: it came again, or took too long. Its epoch is fenced. */
export const abortOf = (state: OngoingTransaction, now: number): PreparedTransaction =>
  prepared(state, "abort", { version: 2, now, nextProducerId: noProducerId });

function prepared(
  state: Exclude<TransactionState, PreparedTransaction>,
  result: TransactionResult,
  {
    version,
    now,
    nextProducerId,
  }: { readonly version: ClientTransactionVersion; readonly now: number; readonly nextProducerId: number },
): PreparedTransaction {
  const { producerId, producerEpoch, lastProducerEpoch, timeoutMs } = state;
  const epochs =
    version === 2
      ? { producerEpoch: bumped(producerEpoch), lastProducerEpoch: producerEpoch }
      : { producerEpoch, lastProducerEpoch };
  return {
    kind: preparedKinds[result],
    producerId,
    ...epochs,
    previousProducerId: producerId,
    nextProducerId,
    timeoutMs,
    lastUpdateTimestamp: now,
    clientTransactionVersion: version,
    // An end without a beginning, which version 2 allows, begins now.
    startTimestamp: state.kind === "ongoing" ? state.startTimestamp : now,
    partitions: partitionsOf(state),
  };
}

/** What a transaction is when all its markers are written. */
export function completed(state: PreparedTransaction, now: number): TransactionState {
  const { kind, producerId, producerEpoch, lastProducerEpoch, timeoutMs, startTimestamp, clientTransactionVersion } =
    state;
  const isRotated = clientTransactionVersion === 2 && state.nextProducerId !== noProducerId;
  return {
    kind: kind === "prepareCommit" ? "completeCommit" : "completeAbort",
    ...(isRotated ? { producerId: state.nextProducerId, producerEpoch: 0 } : { producerId, producerEpoch }),
    lastProducerEpoch,
    previousProducerId: producerId,
    timeoutMs,
    lastUpdateTimestamp: now,
    clientTransactionVersion,
    startTimestamp,
  };
}
