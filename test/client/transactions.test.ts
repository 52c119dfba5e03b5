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

/** A promise, and what resolves it. */
const gate = (): readonly [Promise<void>, () => void] => {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return [opened, () => open()];
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
    const [isOpen, open] = gate();
    const [wait, go] = gate();
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

  it("ends a producer whose transaction took longer than it may", async () => {
    await using ottla = await startOttla({ registry: false, actAs, clock: "manual" });
    const { kafka, clock } = ottla;
    await clock.until(kafka.admin().topics.create([orders]));
    const producer = kafka.producer({ transactionalId: "shop", transactionTimeoutMs: 5_000 });
    const [isOpen, open] = gate();
    const [isOver, go] = gate();
    const late = producer.transaction(async (tx) => {
      await tx.send(orders, record("a"));
      open();
      await isOver;
      await tx.send(orders, record("b"));
    });
    const failed = expect(late).rejects.toMatchObject({ code: "PRODUCER_FENCED", fatal: true, outcome: "aborted" });
    await clock.until(isOpen);
    await clock.advance("30s");
    go();
    await clock.until(failed);
    expect(await clock.until(ottla.records(orders))).toEqual([]);
    await clock.until(producer.close());
  });

  it("has nothing in the log but what it said, whatever goes wrong", async () => {
    const outcomes = new Set<string>();
    for (const seed of Array.from({ length: 12 }, (_, index) => index + 1)) {
      await using ottla = await startOttla({ registry: false, actAs, clock: "manual" });
      const { kafka, clock, broker } = ottla;
      await clock.until(kafka.admin().topics.create([orders]));
      let state = seed;
      const random = (below: number) => {
        state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
        return (state >> 8) % below;
      };
      const arm = () => {
        const apis = ["Produce", "EndTxn", "InitProducerId", "AddPartitionsToTxn", "FindCoordinator"] as const;
        const codes = ["COORDINATOR_NOT_AVAILABLE", "CONCURRENT_TRANSACTIONS", "TRANSACTION_ABORTABLE"] as const;
        const timing = { after: random(2) === 0 };
        const fault = broker.faults.on(apis[random(5)] ?? "EndTxn", { times: 1 + random(2) });
        const kind = random(4);
        if (kind === 0) fault.close(timing);
        else if (kind === 1) fault.drop(timing);
        else if (kind === 2) fault.truncate(5);
        else fault.reply(codes[random(3)] ?? "TRANSACTION_ABORTABLE");
      };
      const kept: string[] = [];
      const lost: string[] = [];
      let producer = kafka.producer({ transactionalId: "shop", deliveryTimeoutMs: 40_000 });
      for (let round = 0; round < 15; round += 1) {
        if (random(2) === 0) arm();
        const values = Array.from({ length: 1 + random(4) }, (_, index) => `${round}.${index}`);
        const throws = random(4) === 0;
        const work = producer.transaction((tx) => {
          for (const value of values) void tx.send(orders, { ...record(value, "k"), partition: random(3) });
          if (throws) throw new Error("no");
        });
        const error = await clock.until(
          work.then(
            () => undefined,
            (reason: Error) => reason,
          ),
        );
        broker.faults.clear();
        outcomes.add(error === undefined ? "committed" : "code" in error ? String(error.code) : error.message);
        if (error === undefined) kept.push(...values);
        else if (!("outcome" in error && error.outcome === "unknown")) lost.push(...values);
        if (error !== undefined && "fatal" in error && error.fatal) {
          await clock.until(producer.close());
          producer = kafka.producer({ transactionalId: "shop", deliveryTimeoutMs: 40_000 });
        }
      }
      await clock.until(producer.close());
      const found = (await clock.until(ottla.records(orders))).map(({ value }) => value);
      expect(found.filter((value) => kept.includes(value)).toSorted(), `seed ${seed}`).toEqual(kept.toSorted());
      expect(
        found.filter((value) => lost.includes(value)),
        `seed ${seed}`,
      ).toEqual([]);
    }
    expect([...outcomes]).toEqual(
      expect.arrayContaining(["committed", "no", "TRANSACTION_ABORTED", "OUTCOME_UNKNOWN"]),
    );
  });
});
