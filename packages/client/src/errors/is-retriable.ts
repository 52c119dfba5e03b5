/** Whether trying the same again may help: what every error of this package says of itself. */
export const isRetriable = (error: unknown): boolean =>
  error instanceof Error && "retriable" in error && error.retriable === true;
