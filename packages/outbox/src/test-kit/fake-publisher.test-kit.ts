import type { RawRecord } from "@ottla/client";
import type { World } from "@ottla/world";
import type { PublishedRecord, RecordPublisher } from "../record-publisher.js";

/** What happens to a record. `ackLost`: it is in the log, and the sender is told that it failed. */
export type Outcome = "ok" | "retriable" | "fatal" | "tooLarge" | "hang" | "ackLost";

export interface Appeared {
  readonly topic: string;
  readonly key: string | null;
  readonly value: string | null;
  readonly messageId: string;
  readonly headers: Readonly<Record<string, string | null>>;
  readonly partition: number | null;
  readonly timestamp: number | undefined;
}

export class PublisherError extends Error {
  readonly code: string;
  readonly retriable: boolean;
  constructor(code: string, retriable: boolean) {
    super(code);
    this.code = code;
    this.retriable = retriable;
  }
}

const errors = {
  retriable: () => new PublisherError("NETWORK_EXCEPTION", true),
  ackLost: () => new PublisherError("REQUEST_TIMED_OUT", true),
  fatal: () => new PublisherError("CLOSED", false),
  tooLarge: () => new PublisherError("MESSAGE_TOO_LARGE", false),
};

interface Lane {
  /** The latest call whose failure failed those before it that have no answer yet. */
  failedAt: number;
  /** A record without an answer holds up those after it. */
  isHanging: boolean;
}

/** A log in memory whose answers are scripted. */
export class FakePublisher implements RecordPublisher {
  failsInOrder?: boolean;
  /** Everything that is in the log, duplicates included. */
  readonly log: Appeared[] = [];
  calls = 0;
  /** Sends without an answer. */
  inFlight = 0;
  mostInFlight = 0;
  aborted = 0;
  latencyMs = 1;
  /** Asked for each send; "ok" unless told otherwise. */
  decide: (record: Appeared, call: number) => Outcome = () => "ok";
  /** Nothing is answered and nothing appears any more: the process is gone. */
  isDead = false;
  readonly #world: Pick<World, "timers">;
  readonly #lanes = new Map<string | null, Lane>();

  constructor(world: Pick<World, "timers">) {
    this.#world = world;
  }

  values(key?: string): (string | null)[] {
    return this.log.filter((record) => key === undefined || record.key === key).map(({ value }) => value);
  }

  /** Values in the order in which each appeared first. */
  firstAppearances(key?: string): (string | null)[] {
    return [...new Set(this.values(key))];
  }

  sendRaw(raw: RawRecord, { signal }: { readonly signal?: AbortSignal } = {}): Promise<PublishedRecord> {
    const record = appeared(raw);
    this.calls += 1;
    this.inFlight += 1;
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight);
    signal?.addEventListener("abort", () => {
      this.aborted += 1;
    });
    const { calls } = this;
    const lane = this.#lane(record.key);
    const decided = this.decide(record, calls);
    const isBehind = this.failsInOrder === true && lane.isHanging;
    if (decided === "hang") this.#hang(lane, signal);
    return new Promise((resolve, reject) => {
      if (decided === "hang" || isBehind) return;
      this.#world.timers.after(this.latencyMs, () => {
        if (this.isDead || signal?.aborted === true) return;
        this.inFlight -= 1;
        const outcome = this.failsInOrder === true && calls <= lane.failedAt ? "retriable" : decided;
        if (outcome !== "ok" && calls > lane.failedAt) lane.failedAt = this.calls;
        if (outcome === "ok" || outcome === "ackLost") this.log.push(record);
        if (outcome === "ok") resolve({ partition: 0, offset: BigInt(this.log.length - 1) });
        else reject(errors[outcome]());
      });
    });
  }

  #lane(key: string | null): Lane {
    const lane = this.#lanes.get(key) ?? { failedAt: 0, isHanging: false };
    this.#lanes.set(key, lane);
    return lane;
  }

  #hang(lane: Lane, signal: AbortSignal | undefined): void {
    lane.isHanging = true;
    signal?.addEventListener("abort", () => {
      lane.isHanging = false;
    });
  }
}

function appeared({ topic, key, value, headers, partition, timestamp }: RawRecord): Appeared {
  const text = (bytes: Uint8Array | null) => (bytes === null ? null : Buffer.from(bytes).toString("utf8"));
  const named = Object.fromEntries(headers.map((header) => [header.key, text(header.value)]));
  const messageId = named["message-id"] ?? "";
  return {
    topic,
    key: text(key),
    value: text(value),
    messageId,
    headers: named,
    partition: partition ?? null,
    timestamp,
  };
}
