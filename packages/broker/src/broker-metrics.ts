import type { CleanerMetrics } from "./log/compaction/log-cleaner.js";

/** Counts since the start, and sizes as they stand. Read them whenever wanted; nothing resets them. */
export interface BrokerMetrics {
  readonly connections: number;
  readonly connectionsAccepted: number;
  /** Closed at once because of `max.connections` or `max.connections.per.ip`. */
  readonly connectionsRefused: number;
  /** Closed because of a frame that is no request of a served API and version, or of a handler's failure. */
  readonly connectionsBroken: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Bytes of responses that peers have not taken yet. */
  readonly bytesUnsent: number;
  /** Requests begun, by API name. */
  readonly requests: ReadonlyMap<string, number>;
  readonly compaction: CleanerMetrics;
}

const noCompaction: CleanerMetrics = Object.freeze({
  rounds: 0,
  bytesRead: 0,
  bytesWritten: 0,
  maxDirtyRatio: 0,
  uncleanableLogs: 0,
});

/** The broker's own, writable side of {@link BrokerMetrics}. */
export class MetricCounters implements BrokerMetrics {
  connections = 0;
  connectionsAccepted = 0;
  connectionsRefused = 0;
  connectionsBroken = 0;
  bytesIn = 0;
  bytesOut = 0;
  bytesUnsent = 0;
  readonly requests = new Map<string, number>();
  readonly #compaction: () => CleanerMetrics;

  constructor(compaction: () => CleanerMetrics = () => noCompaction) {
    this.#compaction = compaction;
  }

  get compaction(): CleanerMetrics {
    return this.#compaction();
  }

  countRequest(api: string): void {
    this.requests.set(api, (this.requests.get(api) ?? 0) + 1);
  }
}
