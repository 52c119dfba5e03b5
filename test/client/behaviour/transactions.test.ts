import type { ProducerOptions } from "@ottla/client";
import { describe, expect, it } from "vitest";
import { eventually } from "../../kit/eventually.js";
import { describeBehaviour, recordsOf } from "./target.js";

const names = (records: readonly { readonly value: string | null }[]) => records.map(({ value }) => value).toSorted();

/** A promise, and what resolves it. */
function gate(): readonly [Promise<void>, () => void] {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return [opened, () => open()];
}

describeBehaviour("transactions", (on) => {
  const setUp = async (partitions = 3) => {
    const contract = await on.topic({ partitions });
    const kafka = on.kafka();
    const transactionalId = on.unique("txn");
    const producer = (options: ProducerOptions = {}) => kafka.producer({ transactionalId, ...options });
    return { contract, kafka, producer, transactionalId };
  };

  it.each([
    { records: 1, partitions: 1 },
    { records: 10, partitions: 1 },
    { records: 10, partitions: 3 },
    { records: 1_000, partitions: 3 },
  ])(
    "shows $records records on $partitions partitions when they are committed, and not before",
    async ({ records, partitions }) => {
      const { contract, kafka, producer } = await setUp(partitions);
      const before = await producer().transaction(async (tx) => {
        await Promise.all(
          Array.from({ length: records }, (_, n) =>
            tx.send(contract, { key: `${n}`, value: `${n}`, partition: n % partitions }),
          ),
        );
        return (await recordsOf(kafka, contract)).length;
      });
      expect(before).toBe(0);
      await eventually(async () => (await recordsOf(kafka, contract)).length === records);
    },
  );

  it.each([1, 10, 500])(
    "shows nothing of %i records that are aborted, but to who reads uncommitted ones",
    async (records) => {
      const { contract, kafka, producer } = await setUp();
      const failed = producer().transaction(async (tx) => {
        await Promise.all(
          Array.from({ length: records }, (_, n) =>
            tx.send(contract, { key: `${n}`, value: `${n}`, partition: n % 3 }),
          ),
        );
        throw new Error("no");
      });
      await expect(failed).rejects.toThrow("no");
      const uncommitted = await recordsOf(kafka, contract, { isolation: "read_uncommitted" });
      expect(uncommitted.length).toBe(records);
      await kafka.producer().send(contract, { key: "k", value: "end", partition: 0 });
      await eventually(async () => names(await recordsOf(kafka, contract)).join() === "end");
    },
  );

  it("tells committed from aborted among many, in small answers", async () => {
    const { contract, kafka, producer } = await setUp(1);
    const shop = producer();
    const expected: string[] = [];
    for (let round = 0; round < 30; round += 1) {
      const work = shop.transaction(async (tx) => {
        for (let n = 0; n < 5; n += 1) void tx.send(contract, { key: "k", value: `${round}-${n}` });
        if (round % 3 === 1) throw new Error("no");
      });
      if (round % 3 === 1) await expect(work).rejects.toThrow("no");
      else {
        await work;
        for (let n = 0; n < 5; n += 1) expected.push(`${round}-${n}`);
      }
    }
    const read: (string | null)[] = [];
    const options = { groupId: on.unique("group"), topics: [contract], maxBytes: 200, partitionMaxBytes: 200 };
    for await (const { value } of kafka.consumer(options)) {
      read.push(value);
      if (read.length === expected.length) break;
    }
    expect(read).toEqual(expected);
  });

  it("tells them apart where two producers write to one partition at the same time", async () => {
    const { contract, kafka } = await setUp(1);
    const [good, bad] = ["good", "bad"].map((name) => kafka.producer({ transactionalId: on.unique(name) }));
    if (good === undefined || bad === undefined) throw new Error("two producers");
    const [bothHaveWritten, written] = [gate(), gate()];
    const committed = good.transaction(async (tx) => {
      for (const value of ["a", "b"]) await tx.send(contract, { key: "k", value });
      bothHaveWritten[1]();
      await written[0];
      await tx.send(contract, { key: "k", value: "c" });
    });
    await bothHaveWritten[0];
    const aborted = bad.transaction(async (tx) => {
      for (const value of ["x", "y"]) await tx.send(contract, { key: "k", value });
      written[1]();
      throw new Error("no");
    });
    await expect(aborted).rejects.toThrow("no");
    await committed;
    await eventually(async () => names(await recordsOf(kafka, contract)).join() === "a,b,c");
  });

  it("holds back what is written behind an open transaction, and shows it when that ends", async () => {
    const { contract, kafka, producer } = await setUp(1);
    const [isOpen, open] = gate();
    const [mayEnd, end] = gate();
    const slow = producer().transaction(async (tx) => {
      await tx.send(contract, { key: "k", value: "1" });
      open();
      await mayEnd;
    });
    await isOpen;
    await kafka.producer().send(contract, { key: "k", value: "2" });
    expect(names(await recordsOf(kafka, contract))).toEqual([]);
    expect(names(await recordsOf(kafka, contract, { isolation: "read_uncommitted" }))).toEqual(["1", "2"]);
    end();
    await slow;
    await eventually(async () => names(await recordsOf(kafka, contract)).join() === "1,2");
  });

  it("aborts what is open for longer than it may be, and says so to its producer", async () => {
    const { contract, kafka, producer } = await setUp(1);
    const late = producer({ transactionTimeoutMs: 1_000 }).transaction(async (tx) => {
      await tx.send(contract, { key: "k", value: "lost" });
      // What is written behind the open transaction is seen once the coordinator has aborted it.
      await kafka.producer().send(contract, { key: "k", value: "seen" });
      await eventually(async () => names(await recordsOf(kafka, contract)).join() === "seen", { withinMs: 60_000 });
      await tx.send(contract, { key: "k", value: "late" });
    });
    await expect(late).rejects.toMatchObject({ name: "TransactionError" });
    expect(names(await recordsOf(kafka, contract))).toEqual(["seen"]);
  });

  it("fences the producer that another of its id has followed", async () => {
    const { contract, kafka, producer } = await setUp(1);
    const old = producer();
    await old.transaction((tx) => tx.send(contract, { key: "k", value: "1" }));
    await producer().transaction((tx) => tx.send(contract, { key: "k", value: "2" }));
    const late = old.transaction((tx) => tx.send(contract, { key: "k", value: "3" }));
    await expect(late).rejects.toMatchObject({ code: "PRODUCER_FENCED", fatal: true });
    await eventually(async () => names(await recordsOf(kafka, contract)).join() === "1,2");
  });

  it("aborts what its predecessor left open", async () => {
    const { contract, kafka, producer } = await setUp(1);
    const [isOpen, open] = gate();
    const [mayEnd, end] = gate();
    const left = producer().transaction(async (tx) => {
      await tx.send(contract, { key: "k", value: "left" });
      open();
      await mayEnd;
    });
    left.catch(() => {});
    await isOpen;
    await producer().transaction((tx) => tx.send(contract, { key: "k", value: "next" }));
    await eventually(async () => names(await recordsOf(kafka, contract)).join() === "next");
    end();
    await expect(left).rejects.toMatchObject({ code: "PRODUCER_FENCED" });
  });

  it("runs producers of different ids side by side", async () => {
    const { contract, kafka } = await setUp();
    await Promise.all(
      Array.from({ length: 5 }, async (_, who) => {
        const producer = kafka.producer({ transactionalId: on.unique(`txn-${who}`) });
        for (let round = 0; round < 5; round += 1) {
          await producer.transaction((tx) => tx.send(contract, { key: `${who}`, value: `${who}/${round}` }));
        }
      }),
    );
    await eventually(async () => (await recordsOf(kafka, contract)).length === 25);
    const read = await recordsOf(kafka, contract);
    for (let who = 0; who < 5; who += 1) {
      const own = read.filter(({ key }) => key === `${who}`).map(({ value }) => value);
      expect(own).toEqual([0, 1, 2, 3, 4].map((round) => `${who}/${round}`));
    }
  });

  describe("with offsets", () => {
    it("moves the group on with the commit", async () => {
      const { contract, kafka, producer } = await setUp(1);
      const groupId = on.unique("group");
      await producer().transaction(async (tx) => {
        await tx.commitOffsets(groupId, [{ topic: contract.name, partition: 0, offset: 7n, metadata: "seven" }]);
      });
      await eventually(async () => (await kafka.admin().offsets.committed(groupId))[0]?.offset === 7n);
    });

    it("leaves the group where it was with an abort", async () => {
      const { contract, kafka, producer } = await setUp(1);
      const groupId = on.unique("group");
      const shop = producer();
      await shop.transaction((tx) => tx.commitOffsets(groupId, [{ topic: contract.name, partition: 0, offset: 1n }]));
      const failed = shop.transaction(async (tx) => {
        await tx.commitOffsets(groupId, [{ topic: contract.name, partition: 0, offset: 9n }]);
        throw new Error("no");
      });
      await expect(failed).rejects.toThrow("no");
      const [committed] = await kafka.admin().offsets.committed(groupId);
      expect(committed?.offset).toBe(1n);
    });

    it("refuses those of a member that is none", async () => {
      const { contract, producer } = await setUp(1);
      const stranger = { groupId: on.unique("group"), memberId: "nobody", generation: 3, groupInstanceId: null };
      const offsets = [{ topic: contract.name, partition: 0, offset: 1n }];
      const failed = producer().transaction((tx) => tx.commitOffsets(stranger, offsets));
      await expect(failed).rejects.toMatchObject({ code: "TRANSACTION_ABORTED", abortable: true });
    });

    it("copies a topic once, whatever fails in between", async () => {
      const { contract: from, kafka, producer } = await setUp(2);
      const to = await on.topic({ partitions: 2 });
      const groupId = on.unique("group");
      const sent = Array.from({ length: 60 }, (_, n) => ({ key: `${n}`, value: `${n}` }));
      await kafka.producer().sendBatch(from, sent);
      const shop = producer();
      let [copied, attempts] = [0, 0];
      while (copied < sent.length) {
        const consumer = kafka.consumer({ groupId, topics: [from], autoCommit: false });
        const work = async () => {
          for await (const { topic, partition, offset, key, value } of consumer) {
            attempts += 1;
            await shop.transaction(async (tx) => {
              await tx.send(to, { key, value });
              await tx.commitOffsets(consumer.groupMetadata(), [{ topic, partition, offset: offset + 1n }]);
              if (attempts % 7 === 0) throw new Error("no");
            });
            copied += 1;
            if (copied === sent.length) break;
          }
        };
        await work().catch((error: unknown) => expect(error).toMatchObject({ message: "no" }));
        await consumer.close();
      }
      await eventually(async () => (await recordsOf(kafka, to)).length === sent.length);
      expect(names(await recordsOf(kafka, to))).toEqual(sent.map(({ value }) => value).toSorted());
    });
  });

  it("goes on through connections that break", async () => {
    const { contract } = await setUp();
    const { kafka, network } = on.faultyKafka();
    const shop = kafka.producer({ transactionalId: on.unique("txn"), retryBackoffMs: { base: 5, max: 20 } });
    const expected: string[] = [];
    for (let round = 0; round < 20; round += 1) {
      await shop.transaction(async (tx) => {
        const sending = Array.from({ length: 20 }, (_, n) =>
          tx.send(contract, { key: `${n}`, value: `${round}-${n}` }),
        );
        if (round % 2 === 1) network.cut();
        await Promise.all(sending);
        if (round % 3 === 1) network.cut();
      });
      for (let n = 0; n < 20; n += 1) expected.push(`${round}-${n}`);
    }
    await eventually(async () => (await recordsOf(kafka, contract)).length >= expected.length, { withinMs: 60_000 });
    expect(names(await recordsOf(kafka, contract))).toEqual(expected.toSorted());
  });

  it("refuses to send outside of a transaction, and to begin one within another", async () => {
    const { contract, producer } = await setUp(1);
    const shop = producer();
    await expect(shop.send(contract, { key: "k", value: "v" })).rejects.toThrow(/transaction/);
    await shop.transaction(async () => {
      await expect(shop.transaction(() => {})).rejects.toMatchObject({ code: "INVALID_CONFIG" });
    });
    await expect(
      on
        .kafka()
        .producer()
        .transaction(() => {}),
    ).rejects.toMatchObject({ code: "INVALID_CONFIG" });
  });

  it("takes the id of a closed producer up again", async () => {
    const { contract, kafka, producer } = await setUp(1);
    for (const value of ["1", "2", "3"]) {
      const shop = producer();
      await shop.transaction((tx) => tx.send(contract, { key: "k", value }));
      await shop.close();
    }
    await eventually(async () => names(await recordsOf(kafka, contract)).join() === "1,2,3");
  });
});
