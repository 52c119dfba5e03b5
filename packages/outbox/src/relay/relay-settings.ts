import type { Duration } from "../duration.js";
import { durationMs } from "../duration.js";
import type { BackoffOptions } from "./backoff.js";

/** How a relay works; every part has a default that suits one service on one machine. */
export interface RelayTuning {
  /** How long a relay that fell silent keeps its shards, in milliseconds. Default 15,000; renewed at a third. */
  readonly leaseMs?: number;
  /** How often the database is asked whether rows came, in milliseconds. Default 5: on SQLite an answer costs microseconds. */
  readonly pollMs?: number;
  /** Claimed rows of a shard that are not settled. Default 1,000. */
  readonly maxInFlight?: number;
  /** Bytes of those rows. Default 16 MiB; one row may be larger. */
  readonly maxInFlightBytes?: number;
  /** Acknowledged rows are settled after at most so many milliseconds. Default 10. Until then a crash sends them again. */
  readonly settleDelayMs?: number;
  /** A send without an answer is given up after so many milliseconds and tried again. Default 240,000; it must be above what the producer itself may take, `maxBlockMs` and `deliveryTimeoutMs`. */
  readonly sendTimeoutMs?: number;
  /** A send that takes longer is put aside, still in flight, when others are being accepted, so that they can be settled. Default 5,000. */
  readonly slowSendMs?: number;
  /** Attempts of a record that can never be accepted, or that ends the process, before it is parked. Default 5. */
  readonly maxAttempts?: number;
  /** Pauses between the attempts of one record. Default from 100 ms to 30 s. */
  readonly backoff?: BackoffOptions;
  /** Whether the followers of a parked record wait for an operator (`"hold"`, the default) or go on without it (`"release"`). */
  readonly onParked?: "hold" | "release";
  /** Largest record, in bytes with its headers. Default 1,000,000: below Kafka's `max.message.bytes` and `max.request.size`. */
  readonly maxRecordBytes?: number;
  /** Rows put aside before no further ones are claimed. Default 100,000. */
  readonly maxStalledLanes?: number;
  /** How long settled rows stay in the database. Default `"1h"`. */
  readonly retention?: Duration;
  /** How long a stop waits for what is in flight, in milliseconds. Default 10,000. */
  readonly graceMs?: number;
}

/** {@link RelayTuning} with everything decided. */
export type RelaySettings = Required<Omit<RelayTuning, "retention">> & { readonly retentionMs: number };

export function relaySettings(tuning: RelayTuning): RelaySettings {
  const settings: RelaySettings = {
    leaseMs: tuning.leaseMs ?? 15_000,
    pollMs: tuning.pollMs ?? 5,
    maxInFlight: tuning.maxInFlight ?? 1_000,
    maxInFlightBytes: tuning.maxInFlightBytes ?? 16 * 1024 * 1024,
    settleDelayMs: tuning.settleDelayMs ?? 10,
    sendTimeoutMs: tuning.sendTimeoutMs ?? 240_000,
    slowSendMs: tuning.slowSendMs ?? 5_000,
    maxAttempts: tuning.maxAttempts ?? 5,
    backoff: tuning.backoff ?? { firstMs: 100, longestMs: 30_000 },
    onParked: tuning.onParked ?? "hold",
    maxRecordBytes: tuning.maxRecordBytes ?? 1_000_000,
    maxStalledLanes: tuning.maxStalledLanes ?? 100_000,
    retentionMs: durationMs(tuning.retention ?? "1h"),
    graceMs: tuning.graceMs ?? 10_000,
  };
  const { leaseMs, pollMs, maxInFlight, maxAttempts } = settings;
  for (const [name, value] of Object.entries({ leaseMs, pollMs, maxInFlight, maxAttempts })) {
    if (!(value >= 1)) throw new RangeError(`${name} is ${value}; it must be 1 or more`);
  }
  return settings;
}
