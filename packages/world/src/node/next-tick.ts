type NextTick = (callback: () => void) => void;

/**
 * `given`, unless it is one of Jest's fake timers, which mark what they put in the place of Node's: then a promise's turn, the
 * nearest thing that they cannot take away.
 */
export const unfaked = (given: NextTick): NextTick =>
  "clock" in given ? (callback) => void Promise.resolve().then(callback) : given;

/** Node's `process.nextTick`, taken when this module loads: runs `callback` when the running one has ended, before any input. */
export const nextTick: NextTick = unfaked(process.nextTick);
