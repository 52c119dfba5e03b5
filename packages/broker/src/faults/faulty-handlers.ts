import { type Api, type ApiName, apis, protocolErrors, type RequestOf, type ResponseInput } from "@ottla/protocol";
import type { Timer, Timers } from "@ottla/world";
import {
  type ConnectionInfo,
  CutResponse,
  type HandlerAnswer,
  type HandlerEntry,
  type HandlerTable,
  type RequestContext,
} from "../handlers/handler.js";
import { type AnswerLevels, answerLevels } from "./answer-levels.js";
import type { ArmedFault } from "./armed-fault.js";
import { errorAnswer, joinAnswers, placeError, withError } from "./error-answer.js";
import type { FaultHit } from "./fault.js";
import type { FaultList } from "./fault-list.js";
import { type Division, divide, type TopicNames, type Values } from "./request-scope.js";

/** One request on its way to its handler. */
interface Call {
  readonly entry: HandlerEntry;
  readonly context: RequestContext;
  readonly request: RequestOf<Api>;
  readonly version: number;
}

type Body = ResponseInput<Api> | undefined;

/** Handlers that do what the faults say, and their own work where none is set. */
export class FaultyHandlers {
  readonly table: HandlerTable;
  readonly #faults: FaultList;
  readonly #timers: Timers;
  /** Connections with a request that is not carried out yet: later ones wait behind it, as batches must stay in order. */
  readonly #held = new Map<ConnectionInfo, Promise<void>>();

  constructor(table: HandlerTable, faults: FaultList, timers: Timers) {
    this.#faults = faults;
    this.#timers = timers;
    this.table = new Map([...table].map(([key, entry]) => [key, this.#wrap(entry)]));
  }

  #wrap(entry: HandlerEntry): HandlerEntry {
    return {
      ...entry,
      handle: (context, request, version) =>
        this.#faults.all.length === 0 && this.#held.size === 0
          ? entry.handle(context, request, version)
          : this.#handle({ entry, context, request, version }),
    };
  }

  #handle(call: Call): HandlerAnswer<Api> {
    const held = this.#held.get(call.context.connection);
    if (held !== undefined) return held.then(() => this.#handle(call));
    const { entry, request } = call;
    if (entry.api.key === apis.Fetch.key && this.#faults.all.some(({ api, isSpent }) => api === "Fetch" && !isSpent)) {
      // Within a session (KIP-227) a request does not say what it is about, so that no fault could tell whether it fits.
      const { sessionEpoch } = request as RequestOf<typeof apis.Fetch>;
      if (sessionEpoch > 0) return { errorCode: protocolErrors.FETCH_SESSION_ID_NOT_FOUND.wire, responses: [] };
      if (sessionEpoch === 0)
        return this.#judge({ ...call, request: { ...request, sessionEpoch: -1 } as RequestOf<Api> });
    }
    return this.#judge(call);
  }

  /** Does what the first fault that fits says. */
  #judge(call: Call): HandlerAnswer<Api> {
    const { entry, context, request, version } = call;
    const levels = answerLevels(entry.api, version);
    const names: TopicNames = (id) => context.broker.topics.byId(id)?.name;
    const hit: FaultHit = {
      api: entry.api.name as ApiName,
      version,
      clientId: context.clientId,
      request: request as FaultHit["request"],
    };
    for (const fault of this.#faults.all) {
      if (!fault.fits(hit)) continue;
      const division = divide(request, levels, fault.match, names);
      if (division.inside !== undefined && fault.strike(hit))
        return this.#perform(call, fault, division, levels, names);
    }
    return carryOut(call);
  }

  #perform(
    call: Call,
    { match, action, removed }: ArmedFault,
    division: Division,
    levels: AnswerLevels,
    names: TopicNames,
  ): HandlerAnswer<Api> {
    switch (action.kind) {
      case "reply": {
        const error = placeError(action.code, match, levels);
        const stamped = (body: Values) => withError(body, levels, error, match, names);
        if (action.isAfter || division.isAll) return afterwards(call, (body) => respond(call, stamped(body)));
        const answer = errorAnswer(division.inside ?? {}, levels, error);
        if (division.outside === undefined) return respond(call, answer);
        const rest = { ...call, request: division.outside as RequestOf<Api> };
        return afterwards(rest, (body) => respond(call, joinAnswers(body, answer, levels.levels)));
      }
      case "replyWith": {
        const given = action.response(call.request, call.version);
        return action.isAfter
          ? afterwards(call, (body) => ({ ...body, ...given }))
          : isAnswered(call)
            ? given
            : undefined;
      }
      case "delay":
        return action.isAfter
          ? this.#answerLater(call, action.delayMs, removed)
          : this.#carryOutLater(call, action.delayMs, removed);
      case "drop":
        if (action.isAfter) return carryOutThen(call, () => neverAnswered(call, removed));
        return neverAnswered(call, removed);
      case "cut": {
        const cut = (body: Body) => new CutResponse(body, action.bytes);
        return action.isAfter ? carryOutThen(call, cut) : cut(undefined);
      }
    }
  }

  #carryOutLater(call: Call, delayMs: number, removed: AbortSignal): Promise<Body | CutResponse> {
    const { connection } = call.context;
    const over = this.#wait(delayMs, [connection.signal, removed]);
    const done = over.then(() => {
      this.#held.delete(connection);
      return carryOut(call);
    });
    this.#held.set(connection, over);
    return done;
  }

  #answerLater(call: Call, delayMs: number, removed: AbortSignal): Promise<Body | CutResponse> {
    const { signal } = call.context.connection;
    return carryOutThen(call, (body) => this.#wait(delayMs, [signal, removed]).then(() => body));
  }

  async #wait(delayMs: number, signals: readonly AbortSignal[]): Promise<void> {
    let timer: Timer | undefined;
    const passed = new Promise<void>((resolve) => {
      timer = this.#timers.after(delayMs, resolve);
    });
    await untilAborted(signals, passed);
    timer?.cancel();
  }
}

const carryOut = ({ entry, context, request, version }: Call): HandlerAnswer<Api> =>
  entry.handle(context, request, version);

/** Carries the request out at once, as pipelined ones must be, and makes something of its answer, if it has one, when that is there. */
function carryOutThen(
  call: Call,
  next: (body: Body) => Body | CutResponse | Promise<Body | CutResponse>,
): Promise<Body | CutResponse> {
  const answer = carryOut(call);
  return Promise.resolve(answer).then((body) => (body instanceof CutResponse ? body : next(body)));
}

const afterwards = (call: Call, change: (body: Values) => Body | CutResponse): Promise<Body | CutResponse> =>
  carryOutThen(call, (body) => (body === undefined ? respond(call, {}) : change(body)));

/** An answer, or where none is expected the end of the connection: the only way to say that something failed. */
const respond = (call: Call, body: Values): Body | CutResponse =>
  isAnswered(call) ? (body as Body) : new CutResponse(undefined, 0);

const isAnswered = ({ entry, request }: Call): boolean =>
  entry.api.name !== "Produce" || (request as Values).acks !== 0;

/** Ends, without an answer, when the connection does, or ends it when the fault is removed. */
async function neverAnswered(call: Call, removed: AbortSignal): Promise<CutResponse | undefined> {
  if (!isAnswered(call)) return undefined;
  const { signal } = call.context.connection;
  await untilAborted([signal, removed], new Promise(() => {}));
  return signal.aborted ? undefined : new CutResponse(undefined, 0);
}

/** Resolves with `promise`, or once one of the signals aborts. */
function untilAborted(signals: readonly AbortSignal[], promise: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      for (const signal of signals) signal.removeEventListener("abort", end);
      resolve();
    };
    for (const signal of signals) signal.addEventListener("abort", end);
    if (signals.some(({ aborted }) => aborted)) end();
    void promise.then(end);
  });
}
