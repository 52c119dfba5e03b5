import type { Compression } from "@ottla/protocol";
import { positive } from "../cluster/cluster-options.js";
import { KafkaConfigError } from "../errors/kafka-config-error.js";
import type { Backoff } from "../network/backoff.js";
import type { Partitioner } from "./partitioner.js";

/** How a producer batches, retries and partitions. Times in milliseconds, sizes in bytes. */
export interface ProducerOptions {
  /**
   * How long a batch that is not full waits for more (`linger.ms`). Without it a batch leaves with all that was sent in the
   * same turn while its broker owes no answer, and otherwise with the next answer, or after 5 ms: alone it does not wait,
   * under load it grows. With a number, 0 included, it waits that long, always.
   */
  readonly lingerMs?: number | undefined;
  /**
   * Size at which a partition's batch is full, before compression. Default 65,536 (`batch.size`). Where `maxInFlight` batches are
   * ahead of it already it grows on, up to 16 times that and to `maxRequestBytes`.
   */
  readonly batchBytes?: number | undefined;
  /** Records accepted and not acknowledged; when full, `send` waits. Default 32 MiB (`buffer.memory`). */
  readonly bufferBytes?: number | undefined;
  /** Largest record, and about the largest request. Default 1 MiB (`max.request.size`). */
  readonly maxRequestBytes?: number | undefined;
  /** `"all"` in-sync replicas (the default), the leader alone (1), or nobody (0): then nothing is known of what became of a record. */
  readonly acks?: "all" | 1 | 0 | undefined;
  /** Whether retries can neither duplicate nor reorder. Default true with `acks: "all"` (`enable.idempotence`). */
  readonly idempotent?: boolean | undefined;
  /**
   * Whether a record that fails takes with it whatever was sent to its partition after it and is not acknowledged, as
   * `PredecessorFailedError`. Then whoever sends all of it again, in order, keeps the order: nothing appears before
   * a record that failed. For relays; needs `idempotent`. A record refused before it enters a batch (too large for `maxRequestBytes`)
   * fails alone. Default false: the others go on.
   */
  readonly failsInOrder?: boolean | undefined;
  /**
   * The id under which the producer writes, always in transactions ({@link Producer.transaction}): of all producers with one id
   * the last to begin may write, the others are fenced. Needs `idempotent` (`transactional.id`).
   */
  readonly transactionalId?: string | undefined;
  /** How long a transaction may be open before its coordinator aborts it. Default 60,000 (`transaction.timeout.ms`). */
  readonly transactionTimeoutMs?: number | undefined;
  readonly compression?: Compression | undefined;
  /** The codec's own level; its default when absent. */
  readonly compressionLevel?: number | undefined;
  /**
   * How long `send` waits for what it needs before a record can enter a batch: the topic's partitions, room in
   * `bufferBytes`. Default 60,000, at most `deliveryTimeoutMs` (`max.block.ms`).
   */
  readonly maxBlockMs?: number | undefined;
  /** From a record's batch being begun to its acknowledgement, retries included. Default 120,000 (`delivery.timeout.ms`). */
  readonly deliveryTimeoutMs?: number | undefined;
  /** How long a broker may take for one answer. Default: the client's (`request.timeout.ms`). */
  readonly requestTimeoutMs?: number | undefined;
  /** First and longest wait before a retry. Default 100 and 1,000 (`retry.backoff.ms`, `retry.backoff.max.ms`). */
  readonly retryBackoffMs?: { readonly base: number; readonly max: number } | undefined;
  /** Unanswered requests per broker. Default 5, and at most 5 while idempotent (`max.in.flight.requests.per.connection`). */
  readonly maxInFlight?: number | undefined;
  /** Chooses partitions instead of Java's rule (murmur2 for keys, sticky without). A record's own `partition` comes first. */
  readonly partitioner?: Partitioner | undefined;
  /** Closes the producer without draining; what is pending rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Options with their defaults, checked. */
export interface ProducerSettings {
  /** Undefined: adaptive. */
  readonly lingerMs: number | undefined;
  readonly batchBytes: number;
  readonly bufferBytes: number;
  readonly maxRequestBytes: number;
  /** As on the wire: -1 is all. */
  readonly acks: -1 | 0 | 1;
  readonly isIdempotent: boolean;
  readonly failsInOrder: boolean;
  readonly transactionalId: string | null;
  readonly transactionTimeoutMs: number;
  readonly compression: Compression;
  readonly compressionLevel: number | undefined;
  readonly maxBlockMs: number;
  readonly deliveryTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly retryBackoff: Backoff;
  readonly maxInFlight: number;
  readonly partitioner: Partitioner | undefined;
}

// The broker remembers five batches per producer and partition; with a sixth under way it could not tell a retry from
// a new batch.
const mostInFlightWhileIdempotent = 5;

/** @throws KafkaConfigError */
export function producerSettings(options: ProducerOptions, defaults: { requestTimeoutMs: number }): ProducerSettings {
  const acks = options.acks ?? "all";
  const isIdempotent = options.idempotent ?? acks === "all";
  const maxInFlight = positive("maxInFlight", options.maxInFlight ?? mostInFlightWhileIdempotent);
  const bufferBytes = positive("bufferBytes", options.bufferBytes ?? 32 * 1024 * 1024);
  const maxRequestBytes = positive("maxRequestBytes", options.maxRequestBytes ?? 1024 * 1024);
  const deliveryTimeoutMs = positive("deliveryTimeoutMs", options.deliveryTimeoutMs ?? 120_000);
  const backoff = options.retryBackoffMs ?? { base: 100, max: 1_000 };
  const failsInOrder = options.failsInOrder ?? false;
  if (options.transactionalId === "") throw new KafkaConfigError("transactionalId: it is empty");
  if (options.transactionalId !== undefined && !isIdempotent)
    throw new KafkaConfigError("transactionalId: needs idempotent");
  if (failsInOrder && !isIdempotent) throw new KafkaConfigError("failsInOrder: needs idempotent");
  if (isIdempotent && acks !== "all") throw new KafkaConfigError(`idempotent: needs acks "all", not ${acks}`);
  if (isIdempotent && maxInFlight > mostInFlightWhileIdempotent) {
    throw new KafkaConfigError(
      `maxInFlight: ${maxInFlight} while idempotent, at most ${mostInFlightWhileIdempotent} keep order`,
    );
  }
  if (maxRequestBytes > bufferBytes) {
    throw new KafkaConfigError(`maxRequestBytes: ${maxRequestBytes} is more than bufferBytes, ${bufferBytes}`);
  }
  if (options.lingerMs !== undefined && !(options.lingerMs >= 0)) {
    throw new KafkaConfigError(`lingerMs: ${options.lingerMs} is not a number from 0 on`);
  }
  return {
    lingerMs: options.lingerMs,
    batchBytes: positive("batchBytes", options.batchBytes ?? 64 * 1024),
    bufferBytes,
    maxRequestBytes,
    acks: acks === "all" ? -1 : acks,
    isIdempotent,
    failsInOrder,
    transactionalId: options.transactionalId ?? null,
    transactionTimeoutMs: positive("transactionTimeoutMs", options.transactionTimeoutMs ?? 60_000),
    compression: options.compression ?? "none",
    compressionLevel: options.compressionLevel,
    maxBlockMs: Math.min(positive("maxBlockMs", options.maxBlockMs ?? 60_000), deliveryTimeoutMs),
    deliveryTimeoutMs,
    requestTimeoutMs: positive("requestTimeoutMs", options.requestTimeoutMs ?? defaults.requestTimeoutMs),
    retryBackoff: {
      baseMs: positive("retryBackoffMs.base", backoff.base),
      maxMs: positive("retryBackoffMs.max", backoff.max),
    },
    maxInFlight,
    partitioner: options.partitioner,
  };
}
