import type { KafkaRelease } from "@ottla/broker";
import { type ConsumedRecord, type ProducerOptions, string, topic } from "@ottla/client";
import { startOttla } from "@ottla/testing";
import { describe, expect, it } from "vitest";
import { cleanup } from "../kit/cleanup.js";

const orders = topic("orders", { key: string(), value: string(), partitions: 3 });
const invoices = topic("invoices", { key: string(), value: string(), partitions: 1 });

const start = async (actAs?: KafkaRelease) => {
  const ottla = await startOttla({ registry: false, ...(actAs && { actAs }) });
  cleanup(() => ottla.close());
  const { kafka, broker } = ottla;
  const admin = kafka.admin();
  await admin.topics.create([orders, invoices]);
  const producer = (options: ProducerOptions = {}) => kafka.producer({ transactionalId: "shop", ...options });
  /** What a reader of committed records finds up to a record written behind all else. */
  const committed = async () => {
    const plain = kafka.producer();
    await Promise.all([0, 1, 2].map((partition) => plain.send(orders, { key: "-", value: "end", partition })));
    await plain.close();
    const reader = kafka.reader({ topics: [orders] });
    const values: string[] = [];
    let ends = 0;
    for await (const record of reader) {
      if (record.value !== "end") values.push(record.value);
      else if (++ends % 3 === 0) break;
    }
    await reader.close();
    return values.toSorted();
  };
  const offsetOf = async () => {
    const [found] = await admin.offsets.committed("billing");
    return found;
  };
  return { kafka, broker, producer, committed, offsetOf };
};

const record = (value: string, key = value) => ({ key, value });

describe.each<KafkaRelease>(["4.3", "3.9", "2.8"])("transactions on a broker that acts as Kafka %s", (actAs) => {
  it("shows what is committed, and nothing of what is aborted", async () => {
    const { producer, committed } = await start(actAs);
    const shop = producer();
    for (const round of [1, 2, 3, 4, 5]) {
      const work = shop.transaction(async (tx) => {
        const { partition } = await tx.send(orders, record(`a${round}`));
        void tx.send(orders, { ...record(`b${round}`), partition: (partition + 1) % 3 });
        if (round % 2 === 0) throw new Error("no");
        const outcomes = await tx.sendBatch(orders, [record(`c${round}`), record(`d${round}`)]);
        return outcomes.map(({ status }) => status);
      });
      if (round % 2 === 0) await expect(work).rejects.toThrow("no");
      else expect(await work).toEqual(["delivered", "delivered"]);
    }
    expect(await committed()).toEqual(
      [1, 3, 5].flatMap((n) => ["a", "b", "c", "d"].map((name) => name + n)).toSorted(),
    );
  });

  it("moves a group on with what its member wrote, or not at all", async () => {
    const { kafka, producer, offsetOf } = await start(actAs);
    const plain = kafka.producer();
    for (const value of ["1", "2", "3"]) await plain.send(orders, { ...record(value), partition: 0 });
    const shop = producer();
    const consumer = kafka.consumer({ groupId: "billing", topics: [orders], autoCommit: false });
    const charge = (each: ConsumedRecord<typeof orders>, fails: boolean) =>
      shop.transaction(async (tx) => {
        void tx.send(invoices, record(`invoice ${each.value}`));
        const { topic, partition, offset } = each;
        await tx.commitOffsets(consumer.groupMetadata(), [{ topic, partition, offset: offset + 1n }]);
        if (fails) throw new Error("no");
      });
    const seen: string[] = [];
    for await (const each of consumer) {
      seen.push(each.value);
      if (each.value === "3") {
        await expect(charge(each, true)).rejects.toThrow("no");
        break;
      }
      await charge(each, false);
    }
    expect(seen).toEqual(["1", "2", "3"]);
    expect(await offsetOf()).toMatchObject({ topic: "orders", partition: 0, offset: 2n });
    const stale = { ...consumer.groupMetadata(), generation: 77 };
    const late = shop.transaction((tx) => tx.commitOffsets(stale, [{ topic: "orders", partition: 0, offset: 9n }]));
    await expect(late).rejects.toMatchObject({
      code: "TRANSACTION_ABORTED",
      abortable: true,
      fatal: false,
      cause: { code: "ILLEGAL_GENERATION" },
    });
    await shop.transaction((tx) => tx.send(invoices, record("still here")));
  });

  it("fences the producer that another with its id has followed", async () => {
    const { producer, committed } = await start(actAs);
    const zombie = producer();
    await zombie.transaction((tx) => tx.send(orders, record("before")));
    let go = () => {};
    const wait = new Promise<void>((resolve) => {
      go = resolve;
    });
    let open = () => {};
    const isOpen = new Promise<void>((resolve) => {
      open = resolve;
    });
    const late = zombie.transaction(async (tx) => {
      await tx.send(orders, record("lost"));
      open();
      await wait;
      await tx.send(orders, record("late"));
    });
    late.catch(() => {});
    await isOpen;
    await producer().transaction((tx) => tx.send(orders, record("after")));
    go();
    await expect(late).rejects.toMatchObject({ code: "PRODUCER_FENCED", fatal: true, retriable: false });
    await expect(zombie.transaction(() => {})).rejects.toMatchObject({ code: "PRODUCER_FENCED" });
    expect(await committed()).toEqual(["after", "before"]);
  });

  it.each([
    { api: "InitProducerId", code: "COORDINATOR_LOAD_IN_PROGRESS" },
    { api: "FindCoordinator", code: "COORDINATOR_NOT_AVAILABLE" },
    { api: "EndTxn", code: "NOT_COORDINATOR" },
    { api: "EndTxn", code: "CONCURRENT_TRANSACTIONS" },
    { api: "TxnOffsetCommit", code: "COORDINATOR_LOAD_IN_PROGRESS" },
    { api: "Produce", code: "NOT_LEADER_OR_FOLLOWER" },
  ] as const)("tries again after $code of $api", async ({ api, code }) => {
    const { broker, producer, committed, offsetOf } = await start(actAs);
    broker.faults.on(api, { times: 2 }).reply(code);
    const shop = producer({ retryBackoffMs: { base: 5, max: 5 } });
    await shop.transaction(async (tx) => {
      void tx.send(orders, record("a"));
      void tx.commitOffsets("billing", [{ topic: "orders", partition: 0, offset: 7n }]);
    });
    expect(await committed()).toEqual(["a"]);
    expect(await offsetOf()).toMatchObject({ offset: 7n });
  });

  it("aborts where the coordinator says that it must, and goes on", async () => {
    const { broker, producer, committed } = await start(actAs);
    const shop = producer();
    broker.faults.on("EndTxn", { times: 1 }).reply("TRANSACTION_ABORTABLE");
    const lost = shop.transaction((tx) => tx.send(orders, record("lost")));
    await expect(lost).rejects.toMatchObject({ code: "TRANSACTION_ABORTED", retriable: true, outcome: "aborted" });
    await shop.transaction((tx) => tx.send(orders, record("kept")));
    expect(await committed()).toEqual(["kept"]);
  });
});
