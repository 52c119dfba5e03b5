import { string, topic } from "@ottla/client";
import { avro } from "@ottla/schema-registry/avro";
import { afterEach, describe, expect, it, vi } from "vitest";
import { startOttla } from "./start-ottla.js";

const payments = topic("payments", {
  key: string(),
  value: avro({ type: "record", name: "Payment", fields: [{ name: "cents", type: "long" }] }),
});

describe("under a test runner's fake timers", () => {
  afterEach(() => {
    vi.useRealTimers();
  });
  it.each(["real", "manual"] as const)("everything goes on, the clock being %s", async (clock) => {
    vi.useFakeTimers({ now: 0, toFake: [...everyTimer] });
    await using ottla = await startOttla({ clock });
    await ottla.kafka
      .producer({ lingerMs: clock === "real" ? 5 : 0 })
      .send(payments, { key: "p", value: { cents: 5n } });
    for await (const { value, timestamp } of ottla.kafka.consumer({ groupId: "billing", topics: [payments] })) {
      expect(value).toEqual({ cents: 5n });
      // The year is the real one, whatever the test makes of it.
      expect(timestamp).toBeGreaterThan(1_700_000_000_000);
      break;
    }
    expect(await ottla.records(payments)).toHaveLength(1);
    // Connections to the registry are used again, and several at once.
    for (const round of [1, 2]) {
      const subjects = Array.from({ length: 10 }, (_, index) => `s-${round}-${index}`);
      await Promise.all(subjects.map((subject) => ottla.registry.register(subject, { schema: '"string"' })));
    }
  });
  it("nothing of a broker and its clients is left to the fake timers", async () => {
    vi.useFakeTimers({ toFake: [...everyTimer] });
    await using ottla = await startOttla({ registry: false });
    await ottla.kafka.producer().send(topic("notes", { value: string() }), { value: "a" });
    expect(await ottla.records(topic("notes", { value: string() }))).toHaveLength(1);
    await ottla.close();
    expect(vi.getTimerCount()).toBe(0);
  });
});

const everyTimer = [
  "setTimeout",
  "clearTimeout",
  "setInterval",
  "clearInterval",
  "setImmediate",
  "clearImmediate",
  "Date",
  "performance",
] as const;
