import type { Kafka } from "@ottla/client";
import { expect } from "vitest";
import type { ForeignCommand, ForeignReceived, ForeignSession, TransactionEnd } from "./foreign-client.js";
import { numbered } from "./numbered-records.js";

/** A test that is skipped, with the reason, where a client is unable to do something that it needs. */
export type ItCan = (
  needed: readonly (ForeignCommand | "idempotent")[],
  title: string,
  body: () => Promise<void>,
) => void;

/** What every foreign client with transactions is asked to do. */
export function itDoesTransactions(
  itCan: ItCan,
  begin: () => { readonly session: ForeignSession; readonly kafka: Kafka },
): void {
  itCan(["transact"], "commits and aborts transactions, and reads what is committed", async () => {
    const { session, kafka } = begin();
    await kafka.admin().topics.create([{ name: "orders", partitions: 3 }]);
    const transact = (prefix: string, end: TransactionEnd) =>
      session.ask("transact", { topic: "orders", records: numbered(20, prefix), identity: "relay", end });
    await transact("first ", "commit");
    await transact("lost ", "abort");
    await transact("second ", "commit");
    const committed = [...numbered(20, "first "), ...numbered(20, "second ")];
    expect(keys(await session.ask("consume", { topic: "orders", count: 40 }))).toEqual(keys(committed));
    const everything = await session.ask("consume", { topic: "orders", count: 60, uncommitted: true });
    expect(keys(everything)).toEqual(keys([...committed, ...numbered(20, "lost ")]));
  });

  itCan(["transfer"], "moves records with their offsets in transactions, exactly once", async () => {
    const { session, kafka } = begin();
    await kafka.admin().topics.create([
      { name: "orders", partitions: 3 },
      { name: "bills", partitions: 2 },
    ]);
    await session.ask("produce", { topic: "orders", records: numbered(60) });
    const transfer = (count: number, end: TransactionEnd) =>
      session.ask("transfer", {
        source: "orders",
        target: "bills",
        group: "billing",
        count,
        identity: "billing-1",
        end,
      });
    const committed = async () => {
      const offsets = await kafka.admin().offsets.committed("billing");
      return offsets.reduce((sum, { offset }) => sum + Number(offset), 0);
    };
    await transfer(20, "commit");
    expect(await committed()).toBe(20);
    await transfer(20, "abort");
    expect(await committed()).toBe(20);
    await transfer(40, "commit");
    expect(await committed()).toBe(60);
    expect(keys(await session.ask("consume", { topic: "bills", count: 60 }))).toEqual(keys(numbered(60)));
  });

  itCan(["outlive"], "fences a producer that another one with its transactional id outlived", async () => {
    const { session, kafka } = begin();
    await kafka.admin().topics.create([{ name: "orders", partitions: 1 }]);
    const [lost, records] = [numbered(5, "lost "), numbered(5)];
    expect(await session.ask("outlive", { topic: "orders", lost, records, identity: "relay" })).toMatch(
      /fence|invalid.*epoch|old epoch|Error code = 90/i,
    );
    expect(keys(await session.ask("consume", { topic: "orders", count: 5 }))).toEqual(keys(records));
    const everything = await session.ask("consume", { topic: "orders", count: 10, uncommitted: true });
    expect(keys(everything)).toEqual(keys([...lost, ...records]));
  });
}

const keys = (records: readonly Pick<ForeignReceived, "key">[]): readonly (string | null)[] =>
  records.map(({ key }) => key).toSorted();
