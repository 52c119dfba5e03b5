import { abortOf, completed, endTransaction } from "./end-step.js";
import { initProducer } from "./init-producer-step.js";
import {
  changed,
  refused,
  type StepContext,
  type TransactionEvent,
  type Transition,
  unchanged,
} from "./transaction-event.js";
import { holds, isPrepared, partitionsOf, type TransactionState, union } from "./transaction-state.js";

/**
 * What happens next to a transactional id, `undefined` when nothing is known of it. No clock, no log: the shard writes what
 * changed, then answers.
 */
export function step(state: TransactionState | undefined, event: TransactionEvent, context: StepContext): Transition {
  switch (event.kind) {
    case "initProducer":
      return initProducer(state, event, context);
    case "addPartitions":
      return addPartitions(state, event, context);
    case "end":
      return endTransaction(state, event, context);
    case "timedOut":
      return timeOut(state, context);
    case "markersWritten":
      if (state === undefined || !isPrepared(state)) return refused("INVALID_TXN_STATE");
      return changed(completed(state, context.now));
  }
}

function addPartitions(
  state: TransactionState | undefined,
  { producer, partitions, version }: TransactionEvent & { readonly kind: "addPartitions" },
  { now }: StepContext,
): Transition {
  if (state === undefined || state.producerId !== producer.producerId) return refused("INVALID_PRODUCER_ID_MAPPING");
  if (state.producerEpoch !== producer.producerEpoch) return refused("PRODUCER_FENCED");
  if (isPrepared(state)) return refused("CONCURRENT_TRANSACTIONS");
  const open = partitionsOf(state);
  if (state.kind === "ongoing" && partitions.every((partition) => holds(open, partition))) return unchanged(state);
  const { producerId, producerEpoch, lastProducerEpoch, timeoutMs } = state;
  return changed({
    kind: "ongoing",
    producerId,
    producerEpoch,
    lastProducerEpoch,
    previousProducerId: producerId,
    timeoutMs,
    lastUpdateTimestamp: now,
    clientTransactionVersion: version,
    startTimestamp: state.kind === "ongoing" ? state.startTimestamp : now,
    partitions: union(open, partitions),
  });
}

function timeOut(state: TransactionState | undefined, { now }: StepContext): Transition {
  if (state?.kind !== "ongoing") return refused("INVALID_TXN_STATE");
  return changed(abortOf(state, now));
}
