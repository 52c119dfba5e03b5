import { json, string, topic } from "@ottla/client";
import { startOttla } from "@ottla/testing";
import { expect, test, vi } from "vitest";

const orders = topic("orders", { key: string(), value: json<{ readonly cents: number }>() });

test("orders come back as they were sent", async () => {
  await using ottla = await startOttla();
  await ottla.kafka.producer().send(orders, { key: "o-1", value: { cents: 1250 } });
  const consumer = ottla.kafka.consumer({ groupId: "billing", topics: [orders], from: "earliest" });
  for await (const { value } of consumer) {
    expect(value.cents).toBe(1250);
    break;
  }
});

test("fake timers leave the client alone", async () => {
  vi.useFakeTimers({ now: 0 });
  try {
    await using ottla = await startOttla();
    ottla.broker.faults.on("Produce", { topic: "orders", times: 1 }).close({ after: true });
    await ottla.kafka.producer().send(orders, { key: "o-2", value: { cents: 5 } });
    expect(await ottla.records(orders)).toHaveLength(1);
  } finally {
    vi.useRealTimers();
  }
});
