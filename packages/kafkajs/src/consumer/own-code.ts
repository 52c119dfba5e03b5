let made = 0;

/** The longest chain of awaits between a handler and what it calls. */
const deepest = 200;

/**
 * Tells whether somebody calls from within a handler: waiting there for the run to stop would be waiting for oneself.
 *
 * As the client does it: handlers are awaited by a function whose name no other has, and V8 keeps the chain of awaits for stack traces. It
 * costs nothing until somebody asks; where the chain is broken (a callback in between) the answer is no.
 */
export class OwnCode {
  readonly #name: string;
  /** Calls a handler. */
  readonly calling: (call: () => Promise<void>) => Promise<void>;

  constructor() {
    made += 1;
    const name = `handler of kafkajs's consumer ${made}`;
    const calling = async (call: () => Promise<void>): Promise<void> => {
      await call();
    };
    this.#name = name;
    this.calling = Object.defineProperty(calling, "name", { value: name });
  }

  isCalling(): boolean {
    return callSites().some((site) => site.getFunctionName() === this.#name);
  }
}

function callSites(): readonly NodeJS.CallSite[] {
  const { prepareStackTrace, stackTraceLimit } = Error;
  try {
    Error.stackTraceLimit = deepest;
    Error.prepareStackTrace = (_, sites) => sites;
    const { stack } = new Error() as { readonly stack?: unknown };
    return Array.isArray(stack) ? stack : [];
  } finally {
    Error.prepareStackTrace = prepareStackTrace;
    Error.stackTraceLimit = stackTraceLimit;
  }
}
