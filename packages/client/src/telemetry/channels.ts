import { type TracingChannel, tracingChannel } from "node:diagnostics_channel";
import type { Clock } from "@ottla/world";
import type { TopicPartition } from "../consumer/topic-partition.js";
import type { RecordHeader } from "../contract/raw-record.js";
import type { ReceivedRecord } from "../contract/record.js";

/** What every context has once its work is over (`asyncEnd`). */
export interface TracedWork {
  /** From `start` to the end, in milliseconds. */
  durationMs?: number;
  /** What it resolved with, or what it rejected with, as `node:diagnostics_channel` sets them. */
  result?: unknown;
  error?: unknown;
}

/** Records given to a producer, until they are acknowledged. */
export interface SendWork extends TracedWork {
  readonly topic: string;
  /** One for `send`, all for `sendBatch`. */
  readonly records: readonly object[];
  /** Headers that a subscriber of `start` adds, written behind those of each record. */
  readonly headers: RecordHeader[];
}

/** A call of a handler of `run`. */
export interface HandlerWork extends TracedWork {
  readonly record: ReceivedRecord;
  /** Empty for a consumer without a group. */
  readonly groupId: string;
  /** Set by a subscriber of `start` to have the handler called within something: an active span. */
  around?: (work: () => Promise<void>) => Promise<void>;
}

/** A commit of a consumer's offsets. */
export interface CommitWork extends TracedWork {
  readonly groupId: string;
  readonly offsets: readonly (TopicPartition & { readonly offset: bigint })[];
}

/** A fetch from one broker: how long it takes is mostly how long there was nothing. */
export interface FetchWork extends TracedWork {
  readonly nodeId: number;
  readonly partitions: readonly TopicPartition[];
}

/** One request to a broker, of any kind. */
export interface RequestWork extends TracedWork {
  readonly api: string;
  readonly version: number;
  /** `host:port`. */
  readonly broker: string;
}

type Channel<C extends object> = TracingChannel<unknown, C>;
const channel = <C extends object>(name: string): Channel<C> =>
  tracingChannel(`ottla:client:${name}`) as unknown as Channel<C>;

/**
 * What the client tells `node:diagnostics_channel`: for each name the tracing channel `ottla:client:<name>`, whose `start`, `asyncEnd` and
 * `error` are given the context named here. While nobody subscribes, it costs a look.
 */
export const channels = {
  send: channel<SendWork>("send"),
  handler: channel<HandlerWork>("handler"),
  commit: channel<CommitWork>("commit"),
  fetch: channel<FetchWork>("fetch"),
  request: channel<RequestWork>("request"),
};

/** Does `work` and tells a channel that somebody listens to. */
export function traced<T, C extends TracedWork>(
  to: Channel<C>,
  clock: Clock,
  context: C,
  work: () => Promise<T>,
): Promise<T> {
  const beganAt = clock.monotonic();
  const timed = async (): Promise<T> => {
    try {
      return await work();
    } finally {
      context.durationMs = clock.monotonic() - beganAt;
    }
  };
  return to.tracePromise(timed, context);
}
