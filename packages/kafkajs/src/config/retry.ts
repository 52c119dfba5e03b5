import type { RetryOptions } from "./kafka-config.js";

const longestMs = 2 ** 31 - 1;

/** The options of a client with those of one of its producers, consumers or admins over them. */
export const mergedRetry = (client: RetryOptions | undefined, own: RetryOptions | undefined): RetryOptions => ({
  ...client,
  ...own,
});

/** First wait between two attempts. */
export const initialRetryMs = (retry: RetryOptions): number => retry.initialRetryTime ?? 300;

/** How long kafkajs would go on trying: its waits in all, and an attempt's `requestTimeout`. */
export function retryBudgetMs(retry: RetryOptions, requestTimeoutMs: number): number {
  const { retries = 5, multiplier = 2, maxRetryTime = 30_000 } = retry;
  let totalMs = requestTimeoutMs;
  let waitMs = initialRetryMs(retry);
  for (let attempt = 0; attempt < retries && totalMs < longestMs && waitMs > 0.001; attempt += 1) {
    totalMs += Math.min(waitMs, maxRetryTime);
    waitMs *= multiplier;
    if (multiplier === 1 || (multiplier > 1 && waitMs >= maxRetryTime)) {
      // All that follow are alike, and there may be as many as there are numbers.
      totalMs += (retries - attempt - 1) * Math.min(waitMs, maxRetryTime);
      break;
    }
  }
  return Math.min(longestMs, Math.max(1, totalMs));
}
