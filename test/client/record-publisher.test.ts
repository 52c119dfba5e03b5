import type { Producer } from "@ottla/client";
import { Kafka } from "@ottla/client";
import type { RecordPublisher } from "@ottla/outbox";
import { createRelay } from "@ottla/outbox";
import { postgres } from "@ottla/outbox/pg";
import { expect, expectTypeOf, it } from "vitest";
import { cleanup } from "../kit/cleanup.js";

it("a producer is what a relay publishes through", () => {
  expectTypeOf<Producer>().toExtend<RecordPublisher>();
});

it("a relay refuses a producer whose retries may lose, repeat or reorder (trap 38)", () => {
  const kafka = new Kafka({ brokers: ["127.0.0.1:1"] });
  cleanup(() => kafka.close());
  const store = postgres();
  const connect = () => {
    throw new Error("not asked for");
  };
  for (const options of [{ acks: 1 }, { acks: 0 }, { idempotent: false, maxInFlight: 6 }] as const) {
    const relayOn = () => createRelay({ store, connect, publisher: kafka.producer(options) });
    expect(relayOn).toThrowError(expect.objectContaining({ code: "PUBLISHER_UNSUITABLE" }));
  }
  expect(() => kafka.producer({ maxInFlight: 6 })).toThrow("at most 5 keep order");
  expect(createRelay({ store, connect, publisher: kafka.producer() })).toBeDefined();
});
