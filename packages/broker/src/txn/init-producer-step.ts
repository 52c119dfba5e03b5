import { abortOf } from "./end-step.js";
import { changed, refused, type StepContext, type TransactionEvent, type Transition } from "./transaction-event.js";
import {
  type EmptyTransaction,
  isExhausted,
  noProducerEpoch,
  type ProducerIdentity,
  type TransactionState,
} from "./transaction-state.js";

type InitProducer = TransactionEvent & { readonly kind: "initProducer" };

/** A producer begins, or begins again: whoever had the transactional id before is fenced. */
export function initProducer(
  state: TransactionState | undefined,
  event: InitProducer,
  context: StepContext,
): Transition {
  if (state === undefined) return firstProducer(event, context);
  const { expected } = event;
  if (expected !== undefined && !mayBe(state, expected)) return refused("PRODUCER_FENCED");
  switch (state.kind) {
    case "prepareCommit":
    case "prepareAbort":
      return refused("CONCURRENT_TRANSACTIONS");
    case "ongoing": {
      // The epoch that this bump leads to is given to nobody: the producer asks again, and is given the one after it.
      const transition = changed(abortOf(state, context.now));
      return transition.kind === "changed" ? { ...transition, isRetriedLater: true } : transition;
    }
    case "empty":
    case "completeCommit":
    case "completeAbort":
      if (needsNewId(state, expected)) return rotated(state, event, context);
      return nextEpoch(state, event, context);
  }
}

/** Whether the state can be that of a producer that believes to be `expected`; its epoch is looked at later. */
const mayBe = (state: TransactionState, expected: ProducerIdentity): boolean =>
  expected.producerId === state.producerId ||
  // Its epochs were used up, and it did not hear of the new id.
  (expected.producerId === state.previousProducerId && isExhausted(expected.producerEpoch));

/** The last epoch only fences. A producer that did not hear of it could not be fenced again, were it to get it. */
function needsNewId(
  { producerId, producerEpoch, lastProducerEpoch }: TransactionState,
  expected: ProducerIdentity | undefined,
): boolean {
  if (!isExhausted(producerEpoch)) return false;
  if (expected === undefined || expected.producerEpoch === producerEpoch) return true;
  return expected.producerId === producerId && expected.producerEpoch === lastProducerEpoch;
}

function firstProducer({ timeoutMs }: InitProducer, { now, freshProducerId }: StepContext): Transition {
  if (freshProducerId === undefined) return { kind: "needsProducerId" };
  return changed({
    kind: "empty",
    producerId: freshProducerId,
    producerEpoch: 0,
    previousProducerId: freshProducerId,
    lastProducerEpoch: noProducerEpoch,
    timeoutMs,
    lastUpdateTimestamp: now,
    clientTransactionVersion: 0,
  });
}

function rotated(
  state: TransactionState,
  { expected, timeoutMs }: InitProducer,
  { now, freshProducerId }: StepContext,
): Transition {
  if (freshProducerId === undefined) return { kind: "needsProducerId" };
  const lastProducerEpoch = expected?.producerEpoch ?? noProducerEpoch;
  const producer = { producerId: freshProducerId, producerEpoch: 0, lastProducerEpoch };
  return changed(emptied(state, producer, timeoutMs, now));
}

function nextEpoch(state: TransactionState, { expected, timeoutMs }: InitProducer, { now }: StepContext): Transition {
  const { producerId, producerEpoch, lastProducerEpoch } = state;
  const empty = (epochs: { readonly producerEpoch: number; readonly lastProducerEpoch: number }) =>
    changed(emptied(state, { producerId, ...epochs }, timeoutMs, now));
  if (expected === undefined) {
    return empty({ producerEpoch: producerEpoch + 1, lastProducerEpoch: noProducerEpoch });
  }
  if (expected.producerEpoch === producerEpoch) {
    return empty({ producerEpoch: producerEpoch + 1, lastProducerEpoch: producerEpoch });
  }
  // It was bumped already and did not hear of it. Another producer would have left no last epoch.
  if (expected.producerEpoch === lastProducerEpoch) return empty({ producerEpoch, lastProducerEpoch });
  return refused("PRODUCER_FENCED");
}

const emptied = (
  { producerId, clientTransactionVersion }: TransactionState,
  producer: ProducerIdentity & { readonly lastProducerEpoch: number },
  timeoutMs: number,
  lastUpdateTimestamp: number,
): EmptyTransaction => ({
  kind: "empty",
  ...producer,
  previousProducerId: producerId,
  timeoutMs,
  lastUpdateTimestamp,
  clientTransactionVersion,
});
