import type {
  AssignorName,
  ConsumedRecord,
  Consumer,
  ConsumerOptions,
  Kafka,
  RebalanceChange,
  Topic,
} from "@ottla/client";
import { describe, expect, it } from "vitest";
import { eventually } from "../../kit/eventually.js";
import { describeBehaviour } from "./target.js";

/** A member of a group that reads until it is stopped, and knows what it was given and what it read. */
class Member<T extends Topic> {
  readonly consumer: Consumer<T>;
  readonly owned = new Set<string>();
  readonly read: ConsumedRecord<T>[] = [];
  readonly changes: string[] = [];
  readonly #loop: Promise<unknown>;

  constructor(kafka: Kafka, options: ConsumerOptions<T>) {
    const onRebalance = ({ kind, partitions }: RebalanceChange) => {
      this.changes.push(kind);
      for (const { topic, partition } of partitions) {
        if (kind === "assigned") this.owned.add(`${topic}/${partition}`);
        else this.owned.delete(`${topic}/${partition}`);
      }
    };
    this.consumer = kafka.consumer<T>({ heartbeatIntervalMs: 100, ...options, onRebalance });
    this.#loop = this.#run().catch((error: unknown) => error);
  }

  /** Commits, leaves, and answers what its loop failed with. */
  async close(): Promise<unknown> {
    await this.consumer.close();
    return this.#loop;
  }

  get ended(): Promise<unknown> {
    return this.#loop;
  }

  async #run(): Promise<void> {
    for await (const record of this.consumer) this.read.push(record);
  }
}

describeBehaviour("groups", (on) => {
  const setUp = async (partitions: number, options: Partial<ConsumerOptions<Topic>> = {}) => {
    const contract = await on.topic({ partitions });
    const groupId = on.unique("group");
    const join = (more: Partial<ConsumerOptions<Topic>> = {}) =>
      new Member(on.kafka(), { ...options, ...more, groupId, topics: [contract] });
    const all = Array.from({ length: partitions }, (_, n) => `${contract.name}/${n}`);
    /** Until each partition is one member's, and none has more than one partition less than another. */
    const settled = (members: readonly { readonly owned: ReadonlySet<string> }[]) =>
      eventually(
        () => {
          const owned = members.flatMap((member) => [...member.owned]).toSorted();
          const counts = members.map((member) => member.owned.size);
          return owned.join() === all.toSorted().join() && Math.max(...counts) - Math.min(...counts) <= 1;
        },
        { what: "each partition to have one owner, and all members their part", withinMs: 60_000 },
      );
    const fill = async (count: number, from = 0) => {
      const producer = on.kafka().producer();
      const values = Array.from({ length: count }, (_, n) => `${n + from}`);
      await Promise.all(values.map((value) => producer.send(contract, { key: value, value })));
      await producer.close();
    };
    const committed = async () => {
      const offsets = await on.kafka().admin().offsets.committed(groupId);
      return offsets.reduce((sum, { offset }) => sum + Number(offset), 0);
    };
    return { contract, groupId, join, settled, fill, committed };
  };

  const assignors: readonly AssignorName[] = ["cooperative-sticky", "range", "roundrobin"];
  describe.each(assignors)("by %s", (assignor) => {
    it.each([
      { members: 1, partitions: 1 },
      { members: 2, partitions: 1 },
      { members: 2, partitions: 4 },
      { members: 3, partitions: 7 },
      { members: 5, partitions: 5 },
    ])("$members members share $partitions partitions evenly", async ({ members, partitions }) => {
      const { join, settled } = await setUp(partitions, { assignors: [assignor] });
      await settled(Array.from({ length: members }, () => join()));
    });

    it("a member that comes gets its part, and one that goes leaves its part to the others", async () => {
      const { join, settled } = await setUp(6, { assignors: [assignor] });
      const first = join();
      await settled([first]);
      const second = join();
      await eventually(() => first.owned.size === 3 && second.owned.size === 3, { withinMs: 60_000 });
      expect(await first.close()).toBeUndefined();
      await settled([second]);
    });

    it("nothing is lost, nor read twice, when members come and go between records", async () => {
      const { join, settled, fill, committed } = await setUp(4, { assignors: [assignor] });
      const first = join();
      await settled([first]);
      await fill(200);
      const second = join();
      await eventually(() => second.owned.size === 2, { withinMs: 60_000 });
      await fill(200, 200);
      await eventually(() => first.read.length + second.read.length >= 400, { withinMs: 60_000 });
      await first.close();
      await settled([second]);
      await fill(100, 400);
      await eventually(() => new Set([...first.read, ...second.read].map(({ value }) => value)).size === 500);
      await second.close();
      expect(await committed()).toBe(500);
      expect(first.read.length + second.read.length).toBe(500);
    });
  });

  it("keeps what a member has when another comes, by cooperative-sticky", async () => {
    const { join, settled } = await setUp(6);
    const first = join();
    await settled([first]);
    const before = new Set(first.owned);
    const second = join();
    await eventually(() => second.owned.size === 3, { withinMs: 60_000 });
    expect([...first.owned].every((each) => before.has(each))).toBe(true);
    expect(first.changes.filter((kind) => kind === "revoked").length).toBe(1);
  });

  it("groups with members of two minds take what all have", async () => {
    const { join, settled } = await setUp(4);
    const both = join({ assignors: ["cooperative-sticky", "range"] });
    await settled([both]);
    const old = join({ assignors: ["range"] });
    await eventually(() => both.owned.size === 2 && old.owned.size === 2, { withinMs: 60_000 });
  });

  it("refuses a member with whom the group has no assignor in common", async () => {
    const { join, settled } = await setUp(2);
    const first = join({ assignors: ["cooperative-sticky"] });
    await settled([first]);
    expect(await join({ assignors: ["range"] }).ended).toMatchObject({ code: "INCONSISTENT_GROUP_PROTOCOL" });
    expect(first.owned.size).toBe(2);
  });

  it("gives a silent member's partitions to the others when its session is over", async () => {
    const { contract, groupId, join } = await setUp(4, { sessionTimeoutMs: 1_500 });
    const { kafka, network } = on.faultyKafka();
    const options = { groupId, topics: [contract], sessionTimeoutMs: 1_500 };
    const silent = new Member(kafka, options);
    await eventually(() => silent.owned.size === 4, { withinMs: 60_000 });
    const resume = network.stall();
    // Connections that it makes now are silent as well.
    const other = join();
    await eventually(() => other.owned.size === 4, { withinMs: 60_000 });
    resume();
    await eventually(() => silent.owned.size === 2 && other.owned.size === 2, { withinMs: 60_000 });
    expect(silent.changes).toContain("lost");
  });

  it("lets a static member come back to its partitions without a rebalance", async () => {
    const { join, settled } = await setUp(4, { sessionTimeoutMs: 20_000 });
    const [first, second] = [join({ groupInstanceId: "a" }), join({ groupInstanceId: "b" })];
    await settled([first, second]);
    const [before, changes] = [new Set(second.owned), first.changes.length];
    await second.close();
    const again = join({ groupInstanceId: "b" });
    await eventually(() => again.owned.size === 2, { withinMs: 60_000 });
    expect(again.owned).toEqual(before);
    expect(first.changes.length).toBe(changes);
  });

  it("fences a static member whose name another takes", async () => {
    const { join, settled } = await setUp(2, { sessionTimeoutMs: 20_000 });
    const first = join({ groupInstanceId: "a" });
    await settled([first]);
    const second = join({ groupInstanceId: "a" });
    await settled([second]);
    expect(await first.ended).toMatchObject({ code: "FENCED_INSTANCE_ID" });
  });

  it("two groups read the same records, each its own way", async () => {
    const { contract, fill } = await setUp(2);
    await fill(50);
    const members = ["one", "two"].map(
      (name) => new Member(on.kafka(), { groupId: on.unique(name), topics: [contract] }),
    );
    await eventually(() => members.every(({ read }) => read.length === 50));
  });

  it("members may read different topics", async () => {
    const [orders, names] = [await on.topic({ partitions: 2 }), await on.topic({ partitions: 3 })];
    const groupId = on.unique("group");
    const first = new Member(on.kafka(), { groupId, topics: [orders] });
    const second = new Member(on.kafka(), { groupId, topics: [names] });
    await eventually(() => first.owned.size === 2 && second.owned.size === 3, { withinMs: 60_000 });
    expect([...first.owned].every((each) => each.startsWith(orders.name))).toBe(true);
  });

  describe("commits", () => {
    it.each([
      { how: "by break, the record in hand comes again", leave: "break", expected: 4 },
      { how: "by an error, the record in hand comes again", leave: "throw", expected: 4 },
    ] as const)("$how", async ({ leave, expected }) => {
      const { contract, groupId, fill } = await setUp(1);
      await fill(10);
      const consumer = on.kafka().consumer({ groupId, topics: [contract] });
      const read = async () => {
        let count = 0;
        for await (const _ of consumer) {
          count += 1;
          if (count < 5) continue;
          if (leave === "throw") throw new Error("no");
          break;
        }
      };
      if (leave === "throw") await expect(read()).rejects.toThrow("no");
      else await read();
      await consumer.close();
      const next = on.kafka().consumer({ groupId, topics: [contract] });
      for await (const record of next) {
        expect(Number(record.offset)).toBe(expected);
        break;
      }
    });

    it("what handlers have done, and nothing behind one that failed", async () => {
      const { contract, groupId, fill, committed } = await setUp(1);
      await fill(20);
      const consumer = on.kafka().consumer({ groupId, topics: [contract] });
      const running = consumer.run(
        {
          [contract.name]: async (record: ConsumedRecord<typeof contract>) => {
            if (record.offset === 7n) throw new Error("no");
          },
        },
        { concurrency: 10, orderBy: "key" },
      );
      await expect(running).rejects.toMatchObject({ code: "HANDLER_FAILED", offset: 7n });
      await consumer.close();
      expect(await committed()).toBe(7);
    });

    it("by the clock, while it goes on", async () => {
      const { join, fill, committed } = await setUp(1, { autoCommitIntervalMs: 50 });
      const member = join();
      await fill(10);
      await eventually(() => member.read.length === 10, { withinMs: 60_000 });
      // The last one is in hand until another is asked for, which has happened: the loop waits for more.
      await eventually(async () => (await committed()) === 10);
    });

    it("nothing by itself when that is turned off", async () => {
      const { join, fill, committed } = await setUp(1, { autoCommit: false });
      const member = join();
      await fill(10);
      await eventually(() => member.read.length === 10, { withinMs: 60_000 });
      await member.close();
      expect(await committed()).toBe(0);
    });
  });

  it("tells its lag", async () => {
    const { groupId, contract, fill } = await setUp(2);
    await fill(30);
    const admin = on.kafka().admin();
    await admin.offsets.commit(groupId, [{ topic: contract.name, partition: 0, offset: 1n }]);
    const lag = await admin.lag(groupId);
    const ends = await admin.offsets.list([{ topic: contract.name, partition: 0, at: "latest" }]);
    expect(lag.find(({ partition }) => partition === 0)?.lag).toBe((ends[0]?.offset ?? 0n) - 1n);
  });
});
