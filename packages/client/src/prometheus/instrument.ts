import type { ConsumerLag } from "../consumer/consumer-health.js";
import { type CommitWork, channels, type HandlerWork, type RequestWork, type SendWork } from "../telemetry/channels.js";

interface Options<Labels extends string> {
  name: string;
  help: string;
  labelNames: Labels[];
}
interface Counter {
  inc(labels: Record<string, string>, value?: number): void;
}
interface Histogram {
  observe(labels: Record<string, string>, value: number): void;
}
interface Gauge {
  set(labels: Record<string, string>, value: number): void;
  reset(): void;
}

/** What is used of `prom-client`: `import * as prometheus from "prom-client"`. */
export interface PrometheusClient<Registry> {
  readonly Counter: new (options: Options<string> & { registers: Registry[] }) => Counter;
  readonly Histogram: new (options: Options<string> & { registers: Registry[]; buckets: number[] }) => Histogram;
  readonly Gauge: new (options: Options<string> & { registers: Registry[]; collect: () => void }) => Gauge;
  readonly register: Registry;
}

/** What is measured, until it is stopped. */
export interface Instrumentation {
  /** Shows the lag of a consumer's partitions, as it knows it: nothing is asked for. Answers what stops that. */
  observe(consumer: { lag(): readonly ConsumerLag[] }): () => void;
  stop(): void;
}

const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/**
 * Counts and times what all clients of this process do, in a registry of `prom-client`:
 *
 * ```ts
 * import * as prometheus from "prom-client";
 * import { instrument } from "@ottla/client/prometheus";
 *
 * const metrics = instrument(prometheus);
 * metrics.observe(consumer); // its lag
 * ```
 *
 * `ottla_client_sent_records_total{topic,outcome}`, `ottla_client_send_seconds{topic}`, `ottla_client_handled_records_total{topic,group,outcome}`,
 * `ottla_client_handler_seconds{topic,group}`, `ottla_client_commits_total{group,outcome}`, `ottla_client_requests_total{api,outcome}`,
 * `ottla_client_request_seconds{api}`, `ottla_client_consumer_lag_records{topic,partition}`. An outcome is `ok`, or an error's code.
 */
export function instrument<Registry>(
  { Counter, Histogram, Gauge, register }: PrometheusClient<Registry>,
  options: { readonly registry?: Registry | undefined } = {},
): Instrumentation {
  const registers = [options.registry ?? register];
  const counter = (name: string, help: string, labelNames: string[]) =>
    new Counter({ name: `ottla_client_${name}`, help, labelNames, registers });
  const histogram = (name: string, help: string, labelNames: string[]) =>
    new Histogram({ name: `ottla_client_${name}`, help, labelNames, registers, buckets });
  const sent = counter("sent_records_total", "Records given to producers, by what became of them", [
    "topic",
    "outcome",
  ]);
  const sendSeconds = histogram("send_seconds", "From a send to its acknowledgement", ["topic"]);
  const handled = counter("handled_records_total", "Calls of handlers, by how they ended", [
    "topic",
    "group",
    "outcome",
  ]);
  const handlerSeconds = histogram("handler_seconds", "How long handlers take", ["topic", "group"]);
  const commits = counter("commits_total", "Commits of consumers, by how they ended", ["group", "outcome"]);
  const requests = counter("requests_total", "Requests to brokers, by how they ended", ["api", "outcome"]);
  const requestSeconds = histogram("request_seconds", "From a request to its answer", ["api"]);
  const consumers = new Set<{ lag(): readonly ConsumerLag[] }>();
  const gauge = new Gauge({
    name: "ottla_client_consumer_lag_records",
    help: "Records behind the end of the log, as of a consumer's last fetches",
    labelNames: ["topic", "partition"],
    registers,
    collect: () => {
      // Partitions come and go.
      gauge.reset();
      for (const { topic, partition, lag } of [...consumers].flatMap((each) => each.lag())) {
        if (lag !== undefined) gauge.set({ topic, partition: String(partition) }, Number(lag));
      }
    },
  });
  const stops = [
    onEnd(channels.send, (work: SendWork) => {
      const { topic, records, result } = work;
      sendSeconds.observe({ topic }, seconds(work));
      if (Array.isArray(result)) for (const each of result) sent.inc({ topic, outcome: outcomeOf(each) });
      else sent.inc({ topic, outcome: outcomeOf(work) }, records.length);
    }),
    onEnd(channels.handler, (work: HandlerWork) => {
      const labels = { topic: work.record.topic, group: work.groupId };
      handlerSeconds.observe(labels, seconds(work));
      handled.inc({ ...labels, outcome: outcomeOf(work) });
    }),
    onEnd(channels.commit, (work: CommitWork) => commits.inc({ group: work.groupId, outcome: outcomeOf(work) })),
    onEnd(channels.request, (work: RequestWork) => {
      requestSeconds.observe({ api: work.api }, seconds(work));
      requests.inc({ api: work.api, outcome: outcomeOf(work) });
    }),
  ];
  return {
    observe: (consumer) => {
      consumers.add(consumer);
      return () => consumers.delete(consumer);
    },
    stop: () => {
      for (const stop of stops) stop();
      consumers.clear();
    },
  };
}

const seconds = ({ durationMs = 0 }: { readonly durationMs?: number }): number => durationMs / 1_000;

/** Codes only: a label's values must be few. */
function outcomeOf({ error }: { readonly error?: unknown }): string {
  if (error === undefined) return "ok";
  return error instanceof Error && "code" in error ? String(error.code) : "error";
}

interface Subscribable<C> {
  subscribe(handlers: object): void;
  unsubscribe(handlers: object): void;
  readonly "~context"?: C;
}

function onEnd<C extends object>(channel: Subscribable<C>, asyncEnd: (work: C) => void): () => void {
  const nothing = () => {};
  const handlers = { asyncEnd, start: nothing, end: nothing, asyncStart: nothing, error: nothing };
  channel.subscribe(handlers);
  return () => channel.unsubscribe(handlers);
}
