import { Broker } from "@ottla/broker";
import { deadLetterOf, Kafka, string, topic } from "@ottla/client";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ottla } from "../command.test-kit.js";

const orders = topic("orders", { key: string(), value: string(), partitions: 1 });

let broker: Broker;
let kafka: Kafka;
let bootstrap: readonly string[];

const dlq = (...words: readonly string[]) => ottla("dlq", ...words, ...bootstrap);
const rowsOf = (output: string) =>
  output
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

/** Handles orders until all are done or in the dead-letter topic; those that `fails` names fail. */
async function handleOrders(fails: (value: string) => Error | undefined): Promise<string[]> {
  const [end] = await kafka.admin().offsets.list([{ topic: "orders", partition: 0, at: "latest" }]);
  const consumer = kafka.consumer({ groupId: "billing", topics: [orders], maxWaitMs: 20 });
  const stop = new AbortController();
  const handled: string[] = [];
  await consumer.run(
    {
      orders: ({ value, offset }) => {
        if (offset + 1n === end?.offset) stop.abort();
        const error = fails(value);
        if (error !== undefined) throw error;
        handled.push(value);
      },
    },
    { onFailure: "deadLetter", signal: stop.signal },
  );
  await consumer.close();
  return handled;
}

beforeEach(async () => {
  broker = await Broker.start({ memory: true });
  kafka = new Kafka({ brokers: [broker.bootstrap] });
  bootstrap = ["--bootstrap", broker.bootstrap];
  await kafka.admin().topics.create([orders]);
  const producer = kafka.producer();
  const rawHeaders = [{ key: "trace", value: Buffer.from("t") }];
  await producer.sendBatch(
    orders,
    ["a", "b", "c", "d", "last"].map((value) => ({ key: `k-${value}`, value, rawHeaders })),
  );
  await handleOrders((value) =>
    value === "last" ? undefined : value === "b" ? new RangeError("too many") : new TypeError(`no ${value}`),
  );
});

afterEach(async () => {
  await kafka.close();
  await broker.close();
});

describe("ottla dlq", () => {
  it("lists dead-letter topics with what waits in them", async () => {
    const listed = await dlq("list", "--json");
    expect(rowsOf(listed.output)).toEqual([{ topic: "orders.dlq", partitions: 1, records: 4, waiting: 4 }]);
    expect((await dlq("list", "--suffix", ".none")).notes).toContain("no topic ends in .none");
  });

  it("shows records, why they are there, and only those that are meant", async () => {
    const all = await dlq("show", "orders.dlq");
    expect(all.output).toContain("key k-a  from orders-0 at 0  group billing");
    expect(all.output).toMatch(/1 attempt\n# {3}TypeError: no a\na\n/);
    const some = await dlq("show", "orders.dlq", "--error", "RangeError", "--json");
    expect(rowsOf(some.output)).toMatchObject([{ key: "k-b", value: "b", headers: expect.any(Array) }]);
    expect((await dlq("show", "orders.dlq", "--key", "k-d", "--group", "billing")).output).toContain("no d");
    expect((await dlq("show", "orders.dlq", "--until", "2020-01-01")).output).toBe("");
    expect((await dlq("show", "orders.dlq", "--since", "soon")).status).toBe(2);
    expect((await dlq("show", "none.dlq")).status).toBe(1);
  });

  it("sends records back as they were, each once, whatever the filter", async () => {
    const dry = await dlq("redrive", "orders.dlq", "--dry-run");
    expect(dry.output).toBe("would send 4 records of orders.dlq to orders\n");
    expect((await dlq("redrive", "orders.dlq")).status).toBe(2);
    const some = await dlq("redrive", "orders.dlq", "--error", "RangeError", "--yes", "--json");
    expect(rowsOf(some.output)).toEqual([{ from: "orders.dlq", to: "orders", records: 1 }]);
    expect(rowsOf((await dlq("list", "--json")).output)).toMatchObject([{ records: 4, waiting: 3 }]);
    expect((await dlq("redrive", "orders.dlq", "--yes")).output).toBe("sent 3 of orders.dlq to orders\n");
    expect((await dlq("redrive", "orders.dlq", "--yes")).notes).toContain("nothing to send");
    expect(await handleOrders(() => undefined)).toEqual(["b", "a", "c", "d"]);
    const seen: unknown[] = [];
    for await (const record of kafka.reader({ topics: [orders], until: "end" })) {
      seen.push(record.rawHeaders.map(({ key, value }) => `${key}=${value}`).join());
    }
    expect(new Set(seen)).toEqual(new Set(["trace=t"]));
    expect((await dlq("redrive", "orders.dlq", "--again", "--limit", "2", "--dry-run")).output).toContain("2 records");
  });

  it("drops what was sent again, up to an offset, or everything, when that is meant", async () => {
    await dlq("redrive", "orders.dlq", "--limit", "2", "--yes");
    expect((await dlq("drop", "orders.dlq")).status).toBe(2);
    expect((await dlq("drop", "orders.dlq", "--redriven", "--dry-run")).output).toBe(
      "would delete 2 records of orders.dlq-0, offsets 0 to 1\n",
    );
    expect((await dlq("drop", "orders.dlq", "--redriven", "--yes")).output).toBe("orders.dlq-0 begins at 2\n");
    expect((await dlq("drop", "orders.dlq", "--before", "0:3", "--yes")).output).toBe("orders.dlq-0 begins at 3\n");
    expect(rowsOf((await dlq("list", "--json")).output)).toMatchObject([{ records: 1, waiting: 1 }]);
    expect((await dlq("drop", "orders.dlq", "--all", "--yes")).output).toBe("orders.dlq-0 begins at 4\n");
    expect((await dlq("drop", "orders.dlq", "--all", "--yes")).notes).toContain("nothing to drop");
    for await (const letter of kafka.reader({ topics: [deadLetterOf(orders)], until: "end" })) {
      throw new Error(`there still is ${letter.value}`);
    }
  });
});
