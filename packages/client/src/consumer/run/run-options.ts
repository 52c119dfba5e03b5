import { positive } from "../../cluster/cluster-options.js";
import type { ConsumedRecord } from "../../contract/record.js";
import type { Topic } from "../../contract/topic.js";
import type { Backoff } from "../../network/backoff.js";
import type { PoisonPolicy } from "../consumer-options.js";

/** A handler for each topic, by its name. A record is done when its handler returns, or what it returns resolves. */
export type Handlers<T extends Topic> = {
  readonly [Name in T["name"]]: (record: Extract<ConsumedRecord<T>, { readonly topic: Name }>) => void | Promise<void>;
};

/** How `run` calls handlers. */
export interface RunOptions {
  /** Records handled at the same time, over all partitions. Default 1. */
  readonly concurrency?: number | undefined;
  /**
   * What is handled one after the other: records of one partition (the default), or records with equal keys in one partition,
   * where records without a key wait for nobody. By key a record can be done before one ahead of it in its partition; if the
   * partition is given up then, it comes again.
   */
  readonly orderBy?: "partition" | "key" | undefined;
  /**
   * How often a handler that throws is called for the same record, the first time included (default 1), and how long it waits
   * in between: `"exponential"` (the default, from 100 ms to 10 s) or fixed milliseconds. Only what is ordered after the
   * record waits with it. When all attempts failed, `run` rejects.
   */
  readonly retry?: { readonly attempts: number; readonly backoff?: "exponential" | number | undefined } | undefined;
  /** As the consumer's `onPoison`, and before it, for this run. */
  readonly onPoison?: PoisonPolicy | undefined;
  /** Stops: no further records are handled, and `run` resolves when those being handled are done. */
  readonly signal?: AbortSignal | undefined;
}

/** Options with their defaults, checked. */
export interface RunSettings {
  readonly concurrency: number;
  readonly orderBy: "partition" | "key";
  readonly attempts: number;
  readonly backoff: Backoff;
}

/** @throws KafkaConfigError */
export function runSettings(options: RunOptions): RunSettings {
  const backoff = options.retry?.backoff ?? "exponential";
  return {
    concurrency: positive("concurrency", options.concurrency ?? 1),
    orderBy: options.orderBy ?? "partition",
    attempts: positive("retry.attempts", options.retry?.attempts ?? 1),
    backoff:
      backoff === "exponential"
        ? { baseMs: 100, maxMs: 10_000 }
        : { baseMs: positive("retry.backoff", backoff), maxMs: backoff },
  };
}
