import type { Consumer, ConsumerOptions, Topic } from "@ottla/client";
import { expect, it } from "vitest";
import { eventually } from "../../kit/eventually.js";
import { apacheKafka, describeBehaviour, isKafkaBefore } from "./target.js";

const hasIt = apacheKafka !== undefined && !isKafkaBefore("4.0");
const why = apacheKafka === undefined ? "our broker has no such coordinator yet" : "before 4.0 it is for early access";
/** A coordinator hears of its members every five seconds, and tells them then. */
const patience = { withinMs: 60_000 };

describeBehaviour("groups that their coordinator divides (KIP-848)", (on) => {
  it("are refused with what to do where there is no such coordinator", async ({ skip }) => {
    skip(hasIt, "there is one");
    const contract = await on.topic();
    const consumer = on
      .kafka()
      .consumer({ groupId: on.unique("group"), topics: [contract], groupProtocol: "consumer" });
    const reading = consumer[Symbol.asyncIterator]().next();
    await expect(reading).rejects.toThrow(/UNSUPPORTED_VERSION.*use groupProtocol: "classic"/);
    await consumer.close();
  });

  /** A group that counts what its members handle. */
  async function group(options: Partial<ConsumerOptions<Topic>> = {}) {
    const contract = await on.topic({ partitions: 6 });
    const kafka = on.kafka();
    const producer = kafka.producer();
    const groupId = on.unique("group");
    const seen = new Map<string, number>();
    let sent = 0;
    const handlers = {
      [contract.name]: ({ value }: { readonly value: string | null }) =>
        void seen.set(`${value}`, (seen.get(`${value}`) ?? 0) + 1),
    } as never;
    const member = (own: Partial<ConsumerOptions<Topic>> = {}) => {
      const made = kafka.consumer({
        groupId,
        topics: [contract],
        groupProtocol: "consumer",
        ...options,
        ...own,
      } as never) as Consumer<typeof contract>;
      return { consumer: made, running: made.run(handlers) };
    };
    const partitionsOf = ({ consumer }: ReturnType<typeof member>) => consumer.health().partitions.length;
    /** Writes to each partition, and waits until all is handled once. */
    const round = async () => {
      const values = Array.from({ length: 12 }, () => `${sent++}`);
      await Promise.all(
        values.map((value, index) => producer.send(contract, { key: null, value, partition: index % 6 })),
      );
      await eventually(() => expect([...seen.values()].reduce((sum, count) => sum + count, 0)).toBe(sent), patience);
      expect(seen.size).toBe(sent);
    };
    const end = async (...members: ReturnType<typeof member>[]) => {
      await Promise.all(members.map(({ consumer }) => consumer.close()));
      await Promise.all(members.map(({ running }) => running));
    };
    return { kafka, groupId, contract, member, partitionsOf, round, end };
  }

  it("handle each record once while members come and go", async ({ skip }) => {
    skip(!hasIt, why);
    const { kafka, groupId, contract, member, partitionsOf, round, end } = await group();
    const first = member();
    await round();
    expect(partitionsOf(first)).toBe(6);
    const second = member();
    await eventually(() => expect([first, second].map(partitionsOf)).toEqual([3, 3]), patience);
    await round();
    const third = member();
    await eventually(() => expect([first, second, third].map(partitionsOf)).toEqual([2, 2, 2]), patience);
    await round();
    await end(second);
    await eventually(() => expect([first, third].map(partitionsOf)).toEqual([3, 3]), patience);
    await round();
    await end(first, third);
    const committed = await kafka.admin().offsets.committed(groupId);
    const sum = committed.reduce((total, { offset }) => total + Number(offset ?? 0n), 0);
    expect([contract.name, sum]).toEqual([contract.name, 4 * 12]);
  });

  it("keep the place of a static member that comes back", async ({ skip }) => {
    skip(!hasIt, why);
    const { member, partitionsOf, round, end } = await group();
    const others = member({ groupInstanceId: "one" });
    const away = member({ groupInstanceId: "two" });
    await eventually(() => expect([others, away].map(partitionsOf)).toEqual([3, 3]), patience);
    await round();
    await end(away);
    const back = member({ groupInstanceId: "two" });
    await eventually(() => expect(partitionsOf(back)).toBe(3), patience);
    expect(partitionsOf(others)).toBe(3);
    await round();
    await end(others, back);
  });

  it("divide by the assignor that a member asks for, and refuse one that is not there", async ({ skip }) => {
    skip(!hasIt, why);
    const { member, round, end, partitionsOf } = await group({ serverAssignor: "range" });
    const only = member();
    await round();
    expect(partitionsOf(only)).toBe(6);
    await end(only);
    const wrong = member({ serverAssignor: "by-moon-phase" });
    await expect(wrong.running).rejects.toMatchObject({ name: "GroupMembershipError", code: "UNSUPPORTED_ASSIGNOR" });
    await wrong.consumer.close();
  });
});
