import { apis, KafkaProtocolError, type ListTransactionsRequest } from "@ottla/protocol";
import { LinearPattern } from "../pattern/linear-pattern.js";
import { InvalidPatternError } from "../pattern/pattern-node.js";
import { passingStateNames, stateNames, type TransactionState } from "../txn/transaction-state.js";
import { errorOf } from "./error-code.js";
import type { Handler, HandlerEntry } from "./handler.js";

// v1 a filter by duration (KIP-994); v2 by a pattern of the transactional id (KIP-1152). Kafka takes state names as they are written.

const knownNames: ReadonlySet<string> = new Set([...Object.values(stateNames), ...passingStateNames]);

const handle: Handler<typeof apis.ListTransactions> = async ({ broker }, request) => {
  const unknownStateFilters = request.stateFilters.filter((name) => !knownNames.has(name));
  try {
    const passes = filterOf(request, broker.world.clock.now());
    const transactionStates = (await broker.transactions.list())
      .filter(([transactionalId, state]) => passes(transactionalId, state))
      .map(([transactionalId, { producerId, kind }]) => ({
        transactionalId,
        producerId,
        transactionState: stateNames[kind],
      }));
    return { throttleTimeMs: 0, errorCode: 0, unknownStateFilters, transactionStates };
  } catch (failure) {
    const { errorCode } = errorOf(failure);
    return { throttleTimeMs: 0, errorCode, unknownStateFilters: [], transactionStates: [] };
  }
};

/** @throws {@link KafkaProtocolError} `INVALID_REGULAR_EXPRESSION` */
function filterOf(
  { stateFilters, producerIdFilters, durationFilter, transactionalIdPattern }: ListTransactionsRequest,
  now: number,
): (transactionalId: string, state: TransactionState) => boolean {
  const states = new Set(stateFilters);
  const producerIds = new Set(producerIdFilters);
  const pattern = transactionalIdPattern ? patternOf(transactionalIdPattern) : undefined;
  return (transactionalId, state) => {
    if (states.size > 0 && !states.has(stateNames[state.kind])) return false;
    if (producerIds.size > 0 && !producerIds.has(state.producerId)) return false;
    const startedAt = state.kind === "empty" ? -1 : state.startTimestamp;
    if (durationFilter >= 0 && now - startedAt <= durationFilter) return false;
    return pattern?.matches(transactionalId) ?? true;
  };
}

function patternOf(source: string): LinearPattern {
  try {
    return new LinearPattern(source);
  } catch (error) {
    if (!(error instanceof InvalidPatternError)) throw error;
    throw new KafkaProtocolError("INVALID_REGULAR_EXPRESSION", error.message, { cause: error });
  }
}

export const listTransactionsEntry: HandlerEntry<typeof apis.ListTransactions> = { api: apis.ListTransactions, handle };
