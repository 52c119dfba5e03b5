// Tests that stay CommonJS: Jest's own require() has no ES modules, so the packages come by import().
describe("orders", () => {
  let client;
  let ottla;

  beforeAll(async () => {
    client = await import("@ottla/client");
    const { startOttla } = await import("@ottla/testing");
    ottla = await startOttla();
  });

  afterAll(() => ottla.close());

  test("come back as they were sent", async () => {
    const { json, string, topic } = client;
    const orders = topic("orders", { key: string(), value: json() });
    await ottla.kafka.producer().send(orders, { key: "o-1", value: { cents: 1250 } });
    const [order] = await ottla.records(orders);
    expect(order).toMatchObject({ key: "o-1", value: { cents: 1250 } });
  });

  test("are tried again when the broker's answer is lost", async () => {
    const { string, topic } = client;
    const once = topic("once", { key: string(), value: string() });
    const lost = ottla.broker.faults.on("Produce", { topic: "once", times: 1 }).close({ after: true });
    await ottla.kafka.producer().send(once, { key: "o-1", value: "paid" });
    expect(lost.count).toBe(1);
    expect(await ottla.records(once)).toHaveLength(1);
  });
});
