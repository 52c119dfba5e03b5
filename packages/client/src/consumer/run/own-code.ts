let made = 0;

/** A function as it is written: what tells two calls of the same code from calls of others. */
type Place = string;

/**
 * Tells whether code that calls a consumer is what the consumer waits for: one of its handlers, or the body of the loop over it.
 *
 * Nothing tells who awaits a promise, but V8 keeps the chain of awaits for stack traces. Handlers are called by a function whose name
 * no other has; the function that began a loop is found by where it is written. It costs nothing until somebody asks. Where the
 * chain is broken (a callback in between) the answer is no.
 */
export class OwnCode {
  readonly #name: string;
  #loop: Place | undefined;

  constructor() {
    made += 1;
    this.#name = `handler of consumer ${made}`;
  }

  /** Makes `call` show that what it awaits is the consumer's own code. */
  named<F extends (...parameters: never) => Promise<unknown>>(call: F): F {
    return Object.defineProperty(call, "name", { value: this.#name });
  }

  /** The loop is begun by whoever called the caller of this. */
  beginLoop(): void {
    this.#loop = placeOf(callSites()[2]);
  }

  endLoop(): void {
    this.#loop = undefined;
  }

  /** Whether whoever calls the caller of this runs, awaits included, within a handler or the loop. */
  isCalling(): boolean {
    const sites = callSites().slice(2);
    return sites.some(
      (site) => site.getFunctionName() === this.#name || (this.#loop !== undefined && placeOf(site) === this.#loop),
    );
  }
}

const deepest = 200;

/** The functions that run, and those that await them; the first is the caller of this. */
function callSites(): readonly NodeJS.CallSite[] {
  const { prepareStackTrace, stackTraceLimit } = Error;
  try {
    Error.stackTraceLimit = deepest;
    Error.prepareStackTrace = (_, sites) => sites;
    const { stack } = new Error() as { readonly stack?: unknown };
    return Array.isArray(stack) ? stack.slice(1) : [];
  } finally {
    Error.prepareStackTrace = prepareStackTrace;
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function placeOf(site: NodeJS.CallSite | undefined): Place | undefined {
  if (site === undefined) return undefined;
  return `${site.getFileName()}:${site.getEnclosingLineNumber()}:${site.getEnclosingColumnNumber()}`;
}
