import { string, topic } from "@ottla/client";
import { avro } from "@ottla/schema-registry/avro";
import { startOttla } from "@ottla/testing";

const { jest } = import.meta;

const payments = topic("payments", {
  key: string(),
  value: avro({ type: "record", name: "Payment", fields: [{ name: "cents", type: "long" }] }),
});

describe("startOttla under fake timers", () => {
  beforeEach(() => {
    jest.useFakeTimers({ now: 0 });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  test.each(["real", "manual"])("goes on, its clock being %s", async (clock) => {
    const ottla = await startOttla({ clock });
    ottla.broker.faults.on("Produce", { topic: "payments", times: 1 }).close({ after: true });
    const sent = ottla.kafka.producer().send(payments, { key: "p-1", value: { cents: 5n } });
    await (clock === "manual" ? ottla.clock.until(sent) : sent);
    const records = await ottla.records(payments);
    expect(records.map(({ value }) => value)).toEqual([{ cents: 5n }]);
    expect(await ottla.registry.subjects()).toEqual(["payments-value"]);
    await ottla.close();
  });
});
