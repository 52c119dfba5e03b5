import type { RecordHeader } from "../contract/raw-record.js";
import { type CommitWork, channels, type HandlerWork, type SendWork, type TracedWork } from "../telemetry/channels.js";

type Attributes = { [name: string]: string | number | boolean };

interface Span {
  setAttributes(attributes: Attributes): unknown;
  setStatus(status: { code: number; message?: string }): unknown;
  recordException(error: Error): void;
  end(): void;
}

/** What is used of `@opentelemetry/api`, whichever 1.x of it the application has: `import * as api from "@opentelemetry/api"`. */
export interface OpenTelemetry<Context> {
  readonly trace: {
    getTracer(name: string): {
      startSpan(name: string, options: { kind: number; attributes: Attributes }, context: Context): Span;
    };
    setSpan(context: Context, span: never): Context;
  };
  readonly context: {
    active(): Context;
    with<R>(context: Context, work: () => R): R;
  };
  readonly propagation: {
    inject<Carrier>(
      context: Context,
      carrier: Carrier,
      setter: { set(carrier: Carrier, key: string, value: string): void },
    ): void;
    extract<Carrier>(
      context: Context,
      carrier: Carrier,
      getter: { get(carrier: Carrier, key: string): string | undefined; keys(carrier: Carrier): string[] },
    ): Context;
  };
}

// The numbers of SpanKind and SpanStatusCode, which are part of the API's promise.
const kinds = { client: 2, producer: 3, consumer: 4 } as const;
const failed = 2;

const setter = {
  set: (headers: RecordHeader[], key: string, value: string) => {
    headers.push({ key, value: Buffer.from(value, "utf8") });
  },
};
const getter = {
  get: (headers: readonly RecordHeader[], key: string) => {
    // Of several the last counts: whoever sent a record on has added it.
    const value = headers.findLast((header) => header.key === key)?.value;
    return value === null || value === undefined ? undefined : Buffer.from(value).toString("utf8");
  },
  keys: (headers: readonly RecordHeader[]) => headers.map(({ key }) => key),
};

/**
 * Spans for what is sent, handled and committed, by OpenTelemetry's conventions for messaging, over all clients of this process; a record
 * carries the context of its sending in its headers, and its handler runs within the span that continues it. Answers what ends it.
 *
 * ```ts
 * import * as api from "@opentelemetry/api";
 * import { instrument } from "@ottla/client/opentelemetry";
 *
 * instrument(api);
 * ```
 *
 * Loops over a consumer have no span for a record's handling, as nobody knows where that ends.
 */
export function instrument<Context>({ trace, context, propagation }: OpenTelemetry<Context>): () => void {
  const tracer = trace.getTracer("@ottla/client");
  const spans = new WeakMap<TracedWork, Span>();
  const begin = (work: TracedWork, name: string, kind: number, attributes: Attributes, from: Context): Context => {
    const span = tracer.startSpan(name, { kind, attributes: { "messaging.system": "kafka", ...attributes } }, from);
    spans.set(work, span);
    return trace.setSpan(from, span as never);
  };
  const end = (work: TracedWork): void => {
    const span = spans.get(work);
    if (span === undefined) return;
    if (work.error instanceof Error) {
      const { error } = work;
      span.setAttributes({ "error.type": "code" in error ? String(error.code) : error.name });
      span.recordException(error);
      span.setStatus({ code: failed, message: error.message });
    }
    span.end();
  };
  const stops = [
    subscribed(channels.send, {
      start: (work: SendWork) => {
        const { topic, records, headers } = work;
        const attributes = { ...operation("send", "send"), ...destination(topic), ...batchSize(records.length) };
        const within = begin(work, `send ${topic}`, kinds.producer, attributes, context.active());
        propagation.inject(within, headers, setter);
      },
      asyncEnd: (work: SendWork) => {
        if (isMetadata(work.result)) spans.get(work)?.setAttributes(position(work.result));
        end(work);
      },
    }),
    subscribed(channels.handler, {
      start: (work: HandlerWork) => {
        const { record, groupId } = work;
        const from = propagation.extract(context.active(), record.rawHeaders, getter);
        const attributes = {
          ...operation("process", "process"),
          ...destination(record.topic),
          ...position(record),
          ...group(groupId),
          ...(record.rawValue === null && { "messaging.kafka.message.tombstone": true }),
        };
        const within = begin(work, `process ${record.topic}`, kinds.consumer, attributes, from);
        work.around = (call) => context.with(within, call);
      },
      asyncEnd: end,
    }),
    subscribed(channels.commit, {
      start: (work: CommitWork) => {
        const attributes = { ...operation("commit", "settle"), ...group(work.groupId) };
        begin(work, "commit", kinds.client, attributes, context.active());
      },
      asyncEnd: end,
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

const operation = (name: string, type: string): Attributes => ({
  "messaging.operation.name": name,
  "messaging.operation.type": type,
});
const destination = (topic: string): Attributes => ({ "messaging.destination.name": topic });
const group = (groupId: string): Attributes => (groupId === "" ? {} : { "messaging.consumer.group.name": groupId });
const batchSize = (count: number): Attributes => (count === 1 ? {} : { "messaging.batch.message_count": count });

interface Position {
  readonly partition: number;
  readonly offset: bigint;
}
const position = ({ partition, offset }: Position): Attributes => ({
  "messaging.destination.partition.id": String(partition),
  "messaging.kafka.offset": Number(offset),
});
const isMetadata = (result: unknown): result is Position =>
  typeof result === "object" && result !== null && "offset" in result && typeof result.offset === "bigint";

interface Subscribable<C> {
  subscribe(handlers: object): void;
  unsubscribe(handlers: object): void;
  readonly "~context"?: C;
}

function subscribed<C extends TracedWork>(
  channel: Subscribable<C>,
  { start, asyncEnd }: { start(work: C): void; asyncEnd(work: C): void },
): () => void {
  const nothing = () => {};
  const handlers = { start, asyncEnd, end: nothing, asyncStart: nothing, error: nothing };
  channel.subscribe(handlers);
  return () => channel.unsubscribe(handlers);
}
