import { tracingChannel } from "node:diagnostics_channel";
import {
  type CommitWork,
  type FetchWork,
  type HandlerWork,
  type RequestWork,
  type SendWork,
  string,
  topic,
} from "@ottla/client";
import { startOttla } from "@ottla/testing";
import { describe, expect, it } from "vitest";
import { cleanup } from "../kit/cleanup.js";
import { eventually } from "../kit/eventually.js";

const orders = topic("orders", { key: string(), value: string(), partitions: 1 });

/** Listens by the names that are documented, as a library that knows of the client no more would. */
function listen<C extends object>(name: string, start: (work: C) => void = () => {}): C[] {
  const ended: C[] = [];
  const nothing = () => {};
  const handlers = {
    start: (work: unknown) => start(work as C),
    end: nothing,
    asyncStart: nothing,
    asyncEnd: (work: unknown) => void ended.push(work as C),
    error: nothing,
  };
  const channel = tracingChannel(`ottla:client:${name}`);
  channel.subscribe(handlers);
  cleanup(() => void channel.unsubscribe(handlers));
  return ended;
}

describe("what a client tells diagnostics channels", () => {
  it("is what it sends, fetches, handles, commits and asks", async () => {
    const ottla = await startOttla({ registry: false });
    cleanup(() => ottla.close());
    const { kafka } = ottla;
    await kafka.admin().topics.create([orders]);
    const sends = listen<SendWork>("send", ({ headers }) => headers.push({ key: "trace", value: Buffer.from("7") }));
    const steps: string[] = [];
    const handlers = listen<HandlerWork>("handler", (work) => {
      work.around = async (call) => {
        steps.push("before");
        await call();
        steps.push("after");
      };
    });
    const commits = listen<CommitWork>("commit");
    const fetches = listen<FetchWork>("fetch");
    const requests = listen<RequestWork>("request");
    const producer = kafka.producer();
    const { offset } = await producer.send(orders, { key: "k", value: "a" });
    await producer.sendBatch(orders, [{ key: "k", value: "b" }]);
    const writer = producer.writable(orders).getWriter();
    await writer.write({ key: "k", value: "c" });
    await writer.close();
    expect(sends.map(({ topic: name, records }) => [name, records.length])).toEqual([
      ["orders", 1],
      ["orders", 1],
      ["orders", 1],
    ]);
    expect(sends[0]?.result).toMatchObject({ offset });
    expect(sends[0]?.durationMs).toBeGreaterThan(0);
    const consumer = kafka.consumer({ groupId: "billing", topics: [orders] });
    const traces: (string | undefined)[] = [];
    const stop = new AbortController();
    const running = consumer.run(
      {
        orders: ({ rawHeaders, value }) => {
          steps.push(value);
          traces.push(rawHeaders.find(({ key }) => key === "trace")?.value?.toString());
          if (value === "c") stop.abort();
        },
      },
      { signal: stop.signal },
    );
    await running;
    expect(traces).toEqual(["7", "7", "7"]);
    expect(steps).toEqual(["a", "b", "c"].flatMap((value) => ["before", value, "after"]));
    expect(handlers.map(({ record, groupId }) => [record.offset, groupId])).toEqual([
      [0n, "billing"],
      [1n, "billing"],
      [2n, "billing"],
    ]);
    await consumer.close();
    await eventually(() => commits.length > 0 && fetches.length > 0, { what: "commits and fetches" });
    expect(commits.at(-1)).toMatchObject({
      groupId: "billing",
      offsets: [{ topic: "orders", partition: 0, offset: 3n }],
    });
    expect(fetches[0]).toMatchObject({ nodeId: 1, partitions: [{ topic: "orders", partition: 0 }] });
    const asked = requests.map(({ api }) => api);
    expect(asked).toEqual(expect.arrayContaining(["Produce", "Fetch", "JoinGroup", "OffsetCommit"]));
  });
});
