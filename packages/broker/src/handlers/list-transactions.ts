import { apis, KafkaProtocolError, type ListTransactionsRequest } from "@ottla/protocol";
import type { Timers } from "@ottla/world";
import { LinearPattern } from "../pattern/linear-pattern.js";
import { InvalidPatternError } from "../pattern/pattern-node.js";
import { passingStateNames, stateNames, type TransactionState } from "../txn/transaction-state.js";
import { errorOf } from "./error-code.js";
import type { Handler, HandlerEntry } from "./handler.js";

// v1 a filter by duration (KIP-994); v2 by a pattern of the transactional id (KIP-1152). Kafka takes state names as they are written.

// Places of a pattern, some milliseconds: between them others have their turn.
const workPerTurn = 200_000;

const knownNames: ReadonlySet<string> = new Set([...Object.values(stateNames), ...passingStateNames]);

const handle: Handler<typeof apis.ListTransactions> = async ({ broker }, request) => {
  const unknownStateFilters = request.stateFilters.filter((name) => !knownNames.has(name));
  try {
    const passes = filterOf(request, broker.world.clock.now());
    const matches = matcherOf(request, broker.world.timers);
    const transactionStates = [];
    for (const [transactionalId, state] of await broker.transactions.list()) {
      if (!passes(state) || !(await matches(transactionalId))) continue;
      const { producerId, kind } = state;
      transactionStates.push({ transactionalId, producerId, transactionState: stateNames[kind] });
    }
    return { throttleTimeMs: 0, errorCode: 0, unknownStateFilters, transactionStates };
  } catch (failure) {
    const { errorCode } = errorOf(failure);
    return { throttleTimeMs: 0, errorCode, unknownStateFilters: [], transactionStates: [] };
  }
};

function filterOf(
  { stateFilters, producerIdFilters, durationFilter }: ListTransactionsRequest,
  now: number,
): (state: TransactionState) => boolean {
  const states = new Set(stateFilters);
  const producerIds = new Set(producerIdFilters);
  return (state) => {
    if (states.size > 0 && !states.has(stateNames[state.kind])) return false;
    if (producerIds.size > 0 && !producerIds.has(state.producerId)) return false;
    const startedAt = state.kind === "empty" ? -1 : state.startTimestamp;
    return durationFilter < 0 || now - startedAt > durationFilter;
  };
}

/**
 * By the request's pattern. Clients choose it and the ids: others have their turn while many or long ones are looked at.
 *
 * @throws {@link KafkaProtocolError} `INVALID_REGULAR_EXPRESSION`
 */
function matcherOf(
  { transactionalIdPattern }: ListTransactionsRequest,
  timers: Timers,
): (transactionalId: string) => boolean | Promise<boolean> {
  if (!transactionalIdPattern) return () => true;
  const pattern = patternOf(transactionalIdPattern);
  let work = 0;
  return async (transactionalId) => {
    const steps = pattern.steps(transactionalId);
    work += pattern.size;
    for (;;) {
      const step = steps.next();
      if (step.done) return step.value;
      work += pattern.size;
      if (work < workPerTurn) continue;
      work = 0;
      await new Promise<void>((resolve) => timers.endOfTurn(resolve));
    }
  };
}

/** @throws {@link KafkaProtocolError} `INVALID_REGULAR_EXPRESSION` */
function patternOf(source: string): LinearPattern {
  try {
    return new LinearPattern(source);
  } catch (error) {
    if (!(error instanceof InvalidPatternError)) throw error;
    throw new KafkaProtocolError("INVALID_REGULAR_EXPRESSION", error.message, { cause: error });
  }
}

export const listTransactionsEntry: HandlerEntry<typeof apis.ListTransactions> = { api: apis.ListTransactions, handle };
