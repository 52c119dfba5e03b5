import { Broker } from "@ottla/broker";
import { Kafka } from "@ottla/client";
import { describe, expect, it } from "vitest";
import { startBroker } from "../kit/broker-process.js";
import { cleanup } from "../kit/cleanup.js";
import { eventually } from "../kit/eventually.js";
import { temporaryFolder } from "../kit/temporary-folder.js";
import { commitHistory } from "./commit-history.js";
import { Members, ourMember } from "./members.js";
import { Ownership } from "./ownership.js";
import { orders, SteadyWriter } from "./steady-writer.js";

const all = [0, 1, 2, 3, 4, 5];

describe("three members of a group, one of them killed and started again", () => {
  it.each([[["cooperative-sticky"]], [["range"]]])(
    "lose no record, commit in order, and never have a partition twice (%s)",
    async (assignors) => {
      const config = { "group.initial.rebalance.delay.ms": 0, "group.min.session.timeout.ms": 500 };
      const broker = await startBroker({ dataDir: temporaryFolder("rebalance"), config });
      const kafka = new Kafka({ brokers: [broker.address] });
      cleanup(() => kafka.close());
      await kafka.admin().topics.create([orders]);
      const writer = new SteadyWriter(kafka);
      const members = new Members(orders.partitions ?? 0);

      const member = ourMember({ bootstrap: broker.address, topic: orders.name, group: "billing", assignors });
      for (const name of ["first", "second", "third"]) members.start(name, member);
      await members.settled(2, "first", "second", "third");
      const writing = writer.write(3_000);
      const handled = (): number => members.ownership.handled.filter(({ member }) => member === "second").length;
      await eventually(() => members.look() && handled() > 100, { what: "100 records of the second member" });

      await members.kill("second");
      await members.settled(3, "first", "third");

      await writing;
      members.start("second again", member);
      await members.settled(2, "first", "second again", "third");
      await writer.write(500);
      await eventually(
        () => members.look() && new Set(members.ownership.handled.map(({ value }) => value)).size === writer.count,
        {
          what: "every record to be handled",
        },
      );
      for (const name of ["first", "second again", "third"]) await members.stop(name);

      const { ownership } = members;
      ownership.check();
      const first = new Map<string, string>();
      for (const { value, member } of ownership.handled.toSorted((a, b) => Number(a.at - b.at))) {
        const before = first.get(value);
        // Only what the killed member had not committed comes twice.
        if (before === undefined) first.set(value, member);
        else expect(before).toBe("second");
      }
      expect(first.size).toBe(writer.count);

      const commits = await commitHistory(kafka, "billing", orders.name);
      expect([...commits.keys()].toSorted()).toEqual(all);
      for (const history of commits.values()) expect(history).toEqual(history.toSorted((a, b) => Number(a - b)));
      const ends = await kafka
        .admin()
        .offsets.list(all.map((partition) => ({ topic: orders.name, partition, at: "latest" })));
      expect(all.map((partition) => commits.get(partition)?.at(-1))).toEqual(ends.map(({ offset }) => offset));
    },
    120_000,
  );
});

describe("a group in the process of its broker", () => {
  it("hands every record to one member while members come and go", async () => {
    const broker = await Broker.start({ memory: true });
    cleanup(() => broker.close());
    const kafka = new Kafka({ brokers: [broker.bootstrap] });
    cleanup(() => kafka.close());
    await kafka.admin().topics.create([orders]);
    const writer = new SteadyWriter(kafka);
    const ownership = new Ownership();
    const say = (member: string, what: string, rest: string): void =>
      ownership.read(member, `${what} ${process.hrtime.bigint()} ${rest}`);
    const start = (name: string) => {
      const consumer = kafka.consumer({
        groupId: "billing",
        topics: [orders],
        heartbeatIntervalMs: 50,
        maxWaitMs: 50,
        onRebalance: ({ kind, partitions }) => say(name, kind, partitions.map(({ partition }) => partition).join(",")),
      });
      const reading = (async () => {
        for await (const { partition, offset, value } of consumer)
          say(name, "handled", `${partition} ${offset} ${value}`);
      })();
      return async () => {
        await consumer.close();
        await reading;
        ownership.gone(name, process.hrtime.bigint());
      };
    };
    const has = (name: string) =>
      eventually(() => ownership.heldBy(name).length > 0, { what: `partitions of ${name}` });

    const stopFirst = start("first");
    await has("first");
    await writer.write(200);
    const stopSecond = start("second");
    await has("second");
    await writer.write(200);
    await stopFirst();
    const stopThird = start("third");
    await has("third");
    await writer.write(200);
    await eventually(() => ownership.handled.length === writer.count, { what: "every record" });
    await stopSecond();
    await stopThird();
    ownership.check();
    expect(new Set(ownership.handled.map(({ value }) => value)).size).toBe(ownership.handled.length);
  });
});
