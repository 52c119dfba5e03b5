import { Broker } from "@ottla/broker";
import { Kafka, nullable, string, topic } from "@ottla/client";
import kafkajs from "kafkajs";
import { expect, it } from "vitest";

const orders = topic("orders", { key: nullable(string()), value: string(), partitions: 4 });

it("shares a group with kafkajs, whichever of the two divides the partitions", async () => {
  const broker = await Broker.start({ memory: true });
  const brokers = [broker.bootstrap];
  const kafka = new Kafka({ brokers, clientId: "ours" });
  const admin = kafka.admin();
  await admin.topics.create([orders]);
  const theirs = new kafkajs.Kafka({ brokers, clientId: "theirs", logLevel: kafkajs.logLevel.NOTHING });
  const membersOf = async (groupId: string) => {
    const [group] = await admin.groups.describe([groupId]);
    return group?.members.map(({ clientId, partitions }) => `${clientId} ${partitions.length}`).toSorted();
  };
  for (const leader of ["ours", "theirs"]) {
    const groupId = `led-by-${leader}`;
    const stop = new AbortController();
    const assignors = ["RoundRobinAssigner"] as const;
    const consumer = kafka.consumer({ groupId, topics: [orders], assignors, heartbeatIntervalMs: 100 });
    // It notices a rebalance, and leaves, only between two fetches.
    const other = theirs.consumer({ groupId, heartbeatInterval: 100, maxWaitTimeInMs: 50 });
    let running: Promise<void> | undefined;
    const start = {
      ours: async () => {
        running = consumer.run({ orders: () => {} }, { signal: stop.signal });
      },
      theirs: async () => {
        await other.connect();
        await other.subscribe({ topics: ["orders"] });
        await other.run({ eachMessage: async () => {} });
      },
    };
    await start[leader === "ours" ? "ours" : "theirs"]();
    await expect.poll(() => membersOf(groupId)).toEqual([`${leader} 4`]);
    await start[leader === "ours" ? "theirs" : "ours"]();
    await expect.poll(() => membersOf(groupId), { timeout: 10_000 }).toEqual(["ours 2", "theirs 2"]);
    stop.abort();
    await running;
    await Promise.all([consumer.close(), other.disconnect()]);
  }
  await kafka.close();
  await broker.close();
}, 30_000);
