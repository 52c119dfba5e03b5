import type { World } from "@ottla/world";
import type { MiddlewareHandler } from "hono";
import { routePath } from "hono/route";

interface Options {
  name: string;
  help: string;
  labelNames: string[];
}

interface Counter {
  inc(labels: Record<string, string>): void;
}

interface Histogram {
  observe(labels: Record<string, string>, value: number): void;
}

interface Gauge {
  set(value: number): void;
}

interface MetricRegistry {
  readonly contentType: string;
  metrics(): Promise<string>;
}

/** What is used of `prom-client`: `import * as prometheus from "prom-client"`. */
export interface PrometheusModule {
  readonly Counter: new (options: Options & { registers: never[] }) => Counter;
  readonly Histogram: new (options: Options & { registers: never[]; buckets: number[] }) => Histogram;
  readonly Gauge: new (options: Options & { registers: never[]; collect: () => void }) => Gauge;
  readonly Registry: new () => MetricRegistry;
}

/** What is counted beside requests. */
export interface RegistryFigures {
  subjects(): number;
  isLeader(): boolean;
}

const buckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/**
 * Counts and times requests: `ottla_registry_requests_total{method,route,status}`, `ottla_registry_request_seconds{method,route}`,
 * and shows `ottla_registry_subjects` and `ottla_registry_leader`.
 */
export class RegistryMetrics {
  /** Sees every request. */
  readonly middleware: MiddlewareHandler;
  readonly #registry: MetricRegistry;

  constructor({ clock }: Pick<World, "clock">, prometheus: PrometheusModule, figures: RegistryFigures) {
    const { Counter, Histogram, Gauge, Registry } = prometheus;
    this.#registry = new Registry();
    const registers = [this.#registry as never];
    const gauge = (name: string, help: string, value: () => number) => {
      const made: Gauge = new Gauge({
        name: `ottla_registry_${name}`,
        help,
        labelNames: [],
        registers,
        collect: () => made.set(value()),
      });
    };
    const requests = new Counter({
      name: "ottla_registry_requests_total",
      help: "Requests answered",
      labelNames: ["method", "route", "status"],
      registers,
    });
    const seconds = new Histogram({
      name: "ottla_registry_request_seconds",
      help: "From a request's first byte to its answer",
      labelNames: ["method", "route"],
      registers,
      buckets,
    });
    gauge("subjects", "Subjects with a version that is not deleted", () => figures.subjects());
    gauge("leader", "1 where this server writes", () => (figures.isLeader() ? 1 : 0));
    this.middleware = async (context, next) => {
      const before = clock.monotonic();
      await next();
      // The route's pattern: names of subjects would be labels without end.
      const found = routePath(context, -1);
      const route = found.includes("*") ? "none" : found;
      const { method } = context.req;
      requests.inc({ method, route, status: String(context.res.status) });
      seconds.observe({ method, route }, (clock.monotonic() - before) / 1000);
    };
  }

  /** All figures, in Prometheus' text form. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  /** What that form is called. */
  get contentType(): string {
    return this.#registry.contentType;
  }
}
