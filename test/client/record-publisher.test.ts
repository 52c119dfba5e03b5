import type { Producer } from "@ottla/client";
import type { RecordPublisher } from "@ottla/outbox";
import { expectTypeOf, it } from "vitest";

it("a producer is what a relay publishes through", () => {
  expectTypeOf<Producer>().toExtend<RecordPublisher>();
});
