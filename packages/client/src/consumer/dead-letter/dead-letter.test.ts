import { describe, expect, it } from "vitest";
import { topic } from "../../contract/topic.js";
import { string } from "../../serde/string.js";
import { headersOf, kindsOf, orders, read, setUp } from "../consumer.test-kit.js";
import { deadLetterOf, deadLetterReason } from "./dead-letter-of.js";
import { failureIn, withFailure, withoutFailure } from "./failure-headers.js";

const failing = () => {
  throw new TypeError("no such customer");
};

describe("a dead-letter contract", () => {
  it("is named after its origin, has as many partitions, and keeps its records", () => {
    const origin = topic("invoices", { value: string(), partitions: 6, owner: "shop" });
    expect(deadLetterOf(origin)).toMatchObject({
      name: "invoices.dlq",
      partitions: 6,
      owner: "shop",
      config: { "retention.ms": -1 },
      origins: ["invoices"],
    });
    expect(deadLetterOf([origin, orders], { name: "all.dlq", partitions: 1 })).toMatchObject({
      name: "all.dlq",
      partitions: 1,
      origins: ["invoices", "orders"],
    });
    expect(() => deadLetterOf([origin, orders])).toThrow(/need a `name`/);
  });
});

describe("the headers of a failure", () => {
  const failure = {
    topic: "orders",
    partition: 3,
    offset: 12_345_678_901n,
    timestamp: 1_700_000_000_000,
    group: "billing",
    attempt: 5,
    errorClass: "TypeError",
    errorMessage: "no such customer: Å",
    at: 1_700_000_000_500,
    notBefore: undefined,
  };

  it("are read back, come after the record's own, and replace those of an earlier failure", () => {
    const own = [
      { key: "trace", value: Buffer.from("t") },
      { key: "trace", value: null },
    ];
    const once = withFailure(own, failure);
    expect(failureIn(once)).toEqual(failure);
    const twice = withFailure(once, { ...failure, attempt: 6, notBefore: 99 });
    expect(twice.slice(0, 2)).toEqual(own);
    expect(twice).toHaveLength(own.length + 10);
    expect(failureIn(twice)).toEqual({ ...failure, attempt: 6, notBefore: 99 });
    expect(withoutFailure(twice)).toEqual(own);
  });

  it.each([
    { title: "without an origin", headers: [] },
    { title: "whose offset is no number", headers: [{ key: "ottla.origin.offset", value: Buffer.from("x") }] },
  ])("say nothing $title", ({ headers }) => {
    const rest =
      headers.length === 0 ? [] : withFailure([], failure).filter(({ key }) => key !== "ottla.origin.offset");
    expect(failureIn([...rest, ...headers])).toBeUndefined();
  });
});

describe("a record whose handler has failed for good", () => {
  it("is in the dead-letter topic as it came, and why; its offset is done", async () => {
    const { world, group, log, consumer, produced, events } = setUp();
    log.append("a:0", "b:1");
    const reader = consumer();
    const running = reader.run(
      {
        orders: ({ value }) => {
          if (value === "a:0") failing();
        },
      },
      { retry: { attempts: 3, backoff: 10 }, onFailure: "deadLetter", deadLetter: deadLetterOf(orders) },
    );
    await world.advance(10_000);
    const [letter, ...others] = produced("orders.dlq");
    expect(others).toEqual([]);
    expect([String(letter?.key), String(letter?.value)]).toEqual(["a", "a:0"]);
    expect(headersOf(letter ?? { headers: [] })).toMatchObject({
      "ottla.origin.topic": "orders",
      "ottla.origin.partition": "0",
      "ottla.origin.offset": "0",
      "ottla.origin.timestamp": "1000",
      "ottla.group": "g",
      "ottla.attempt": "3",
      "ottla.error.class": "TypeError",
      "ottla.error.message": "no such customer",
    });
    expect(deadLetterReason({ rawHeaders: letter?.headers ?? [] })).toMatchObject({ topic: "orders", offset: 0n });
    expect(group.committed.get("orders-0")).toBe(2);
    expect(events).toContainEqual(expect.objectContaining({ kind: "deadLettered", to: "orders.dlq", offset: 0n }));
    await world.finish(reader.close());
    await running;
    expect(world.network.openConnections).toBe(0);
  });

  it("is not done before the dead-letter topic has it, and comes again when it cannot be written", async () => {
    const { world, cluster, group, log, consumer, produced } = setUp();
    log.append("a:0", "b:1");
    const reader = consumer();
    cluster.fault = ({ api }) => (api === "Produce" ? { refuse: "TOPIC_AUTHORIZATION_FAILED" } : undefined);
    const run = () => reader.run({ orders: failing }, { onFailure: "deadLetter" });
    await expect(world.finish(run())).rejects.toMatchObject({
      code: "FAILED_RECORD_NOT_WRITTEN",
      to: "orders.dlq",
      topic: "orders",
      partition: 0,
      offset: 0n,
      cause: { code: "TOPIC_AUTHORIZATION_FAILED" },
      failure: { message: "no such customer" },
    });
    await world.advance(10_000);
    expect(group.committed.get("orders-0")).toBe(0);
    cluster.fault = () => undefined;
    const again = run();
    await world.advance(10_000);
    expect(produced("orders.dlq").map(({ value }) => String(value))).toEqual(["a:0", "b:1"]);
    expect(group.committed.get("orders-0")).toBe(2);
    await world.finish(reader.close());
    await again;
  });

  it("waits for no acknowledgement longer than a revoke may take", async () => {
    const { world, cluster, group, log, consumer } = setUp();
    log.append("a:0");
    const reader = consumer({ drainTimeoutMs: 2_000 });
    cluster.fault = ({ api }) => (api === "Produce" ? "ignore" : undefined);
    const running = reader.run({ orders: failing }, { onFailure: "deadLetter" });
    await world.advance(1_000);
    const began = world.clock.monotonic();
    await world.finish(reader.close());
    expect(world.clock.monotonic() - began).toBeLessThan(3_000);
    await running;
    expect(group.committed.get("orders-0")).toBe(0);
    expect(world.network.openConnections).toBe(0);
  });
});

describe("a record that cannot be decoded", () => {
  it.each(["the loop", "run"] as const)("goes to the dead-letter topic, and %s goes on", async (how) => {
    const { world, group, log, consumer, produced, events } = setUp();
    log.append("a", "!b", "c");
    const reader = consumer({ onPoison: "deadLetter", deadLetter: deadLetterOf(orders, { name: "bad" }) });
    const values: string[] = [];
    if (how === "the loop") values.push(...(await world.finish(read(reader, 2))));
    else
      void reader.run(
        { orders: ({ value }) => void values.push(value) },
        { deadLetter: deadLetterOf(orders, { name: "bad" }) },
      );
    await world.advance(10_000);
    expect(values).toEqual(["a", "c"]);
    const [letter] = produced("bad");
    expect(String(letter?.value)).toBe("!b");
    expect(headersOf(letter ?? { headers: [] })).toMatchObject({
      "ottla.origin.offset": "1",
      "ottla.attempt": "0",
      "ottla.error.class": "DeserializationError",
    });
    expect(kindsOf(events)).toContain("deadLettered");
    expect(group.committed.get("orders-0")).toBe(3);
    await world.finish(reader.close());
  });

  it("stops its partition, and is not lost, when the dead-letter topic does not take it", async () => {
    const { world, cluster, group, log, consumer } = setUp();
    log.append("a", "!b", "c");
    cluster.fault = ({ api }) => (api === "Produce" ? { refuse: "TOPIC_AUTHORIZATION_FAILED" } : undefined);
    const reader = consumer({ onPoison: "deadLetter" });
    await expect(world.finish(read(reader, 2))).rejects.toMatchObject({
      code: "FAILED_RECORD_NOT_WRITTEN",
      offset: 1n,
    });
    expect(reader.health()).toMatchObject({ isHealthy: false, partitions: [{ state: "failed" }] });
    await world.finish(reader.close());
    expect(group.committed.get("orders-0")).toBe(1);
  });
});
