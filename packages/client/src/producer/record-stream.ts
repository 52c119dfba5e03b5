/** A stream that sends each record written to it, with at most `maxInFlight` not acknowledged; `send` is given what withdraws them. */
export function recordStream<R>(
  send: (record: R, signal: AbortSignal) => Promise<unknown>,
  maxInFlight: number,
): WritableStream<R> {
  const withdrawn = new AbortController();
  let inFlight = 0;
  let isFailed = false;
  let wake = () => {};
  const below = async (limit: number): Promise<void> => {
    while (inFlight >= limit && !isFailed) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return new WritableStream<R>({
    write: (record, controller) => {
      inFlight += 1;
      send(record, withdrawn.signal).then(
        () => {
          inFlight -= 1;
          wake();
        },
        (error: unknown) => {
          isFailed = true;
          controller.error(error);
          wake();
        },
      );
      return below(maxInFlight);
    },
    close: () => below(1),
    abort: (reason: unknown) => {
      withdrawn.abort(reason);
    },
  });
}
