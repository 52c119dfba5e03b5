import type { Random } from "@ottla/world";
import { positive } from "../../cluster/cluster-options.js";
import { KafkaConfigError } from "../../errors/kafka-config-error.js";

/** How a handler that throws is called again for the same record. Times in milliseconds. */
export interface RetryOptions {
  /** Calls for one record, the first included. */
  readonly attempts: number;
  /**
   * How the waits grow: `"exponential"` (the default) doubles from `initialMs` up to `maxMs`, `"fixed"` stays at `initialMs`; a
   * number is fixed too; a function is given how often the handler has failed.
   */
  readonly backoff?: "exponential" | "fixed" | number | ((failures: number) => number) | undefined;
  /** The first wait. Default 100. */
  readonly initialMs?: number | undefined;
  /** The longest wait. Default 10,000. */
  readonly maxMs?: number | undefined;
  /** The part of each wait, from 0 to 1, by which it varies either way, so that many do not come back at once. Default 0.2. */
  readonly jitter?: number | undefined;
  /** Whether an error is worth another call; by default every error is. */
  readonly when?: ((error: unknown) => boolean) | undefined;
}

/** Options with their defaults, checked. */
export interface RetrySettings {
  readonly attempts: number;
  readonly isWorthIt: (error: unknown) => boolean;
  /** The wait after so many failures, in milliseconds. */
  readonly delayMs: (failures: number, random: Random) => number;
}

/** @throws KafkaConfigError */
export function retrySettings(options: RetryOptions = { attempts: 1 }): RetrySettings {
  const { backoff = "exponential", jitter = 0.2 } = options;
  const attempts = positive("retry.attempts", options.attempts);
  if (!Number.isInteger(attempts)) throw new KafkaConfigError(`retry.attempts: ${attempts} is not a whole number`);
  if (!(jitter >= 0 && jitter <= 1)) throw new KafkaConfigError(`retry.jitter: ${jitter} is not between 0 and 1`);
  const isNumber = typeof backoff === "number";
  const initialMs = positive(
    isNumber ? "retry.backoff" : "retry.initialMs",
    isNumber ? backoff : (options.initialMs ?? 100),
  );
  const maxMs = positive("retry.maxMs", options.maxMs ?? Math.max(10_000, initialMs));
  if (maxMs < initialMs) throw new KafkaConfigError(`retry.maxMs: ${maxMs} is less than the first wait, ${initialMs}`);
  const plain = (failures: number): number => {
    if (typeof backoff === "function") return Math.max(0, backoff(failures));
    return backoff === "exponential" ? Math.min(maxMs, initialMs * 2 ** Math.min(failures - 1, 30)) : initialMs;
  };
  return {
    attempts,
    isWorthIt: options.when ?? (() => true),
    delayMs: (failures, random) => plain(failures) * (1 - jitter + 2 * jitter * random.next()),
  };
}
