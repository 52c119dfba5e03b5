import { Kafka, LogTruncatedError, string, topic } from "@ottla/client";
import { expect, it } from "vitest";
import { eventually } from "../kit/eventually.js";
import { KafkaCluster } from "./kafka-cluster.js";
import { kafkaJars } from "./kafka-release.js";

const jars = kafkaJars();
const patience = { withinMs: 90_000, everyMs: 200 };

it("finds that an unclean election cut a log below what it has read, and goes on where it became another", async ({
  skip,
}) => {
  if ("missing" in jars) return skip(jars.missing);
  const cluster = await KafkaCluster.start(jars.classPath);
  const kafka = new Kafka({ brokers: cluster.addresses("PLAINTEXT"), requestTimeoutMs: 5_000 });
  try {
    const contract = topic("cut", {
      key: string(),
      value: string(),
      partitions: 1,
      config: { "unclean.leader.election.enable": true, "min.insync.replicas": 1 },
    });
    const admin = kafka.admin();
    const [first, second] = cluster.nodes;
    if (first === undefined || second === undefined) throw new Error("a cluster of three has a first and a second");
    const { name, partitions, config } = contract;
    await admin.topics.create([{ name, partitions, config, replicationFactor: 2 }]);
    const state = async () => {
      const [described] = await admin.topics.describe(["cut"]);
      return described?.partitions[0];
    };
    const place = { topic: "cut", partition: 0 };
    await eventually(async () => {
      await admin.partitions.reassign([{ ...place, replicas: [1, 2] }]);
      await admin.partitions.electLeaders("preferred", [place]);
      const now = await state();
      return now?.leader === 1 && String(now.replicas) === "1,2";
    }, patience);
    const producer = kafka.producer();
    const send = (...values: string[]) =>
      Promise.all(values.map((value) => producer.send(contract, { key: "k", value })));
    await eventually(() => send("kept 1", "kept 2"), patience);
    await eventually(async () => (await state())?.inSyncReplicas.length === 2, patience);

    const events: unknown[] = [];
    const consumer = kafka.consumer({
      topics: [contract],
      assign: [place],
      onEvent: (event) => events.push(event.kind === "logTruncated" ? event.error : event.kind),
    });
    const seen: string[] = [];
    const running = consumer.run({ cut: ({ value }) => void seen.push(value) });
    await second.kill();
    await eventually(async () => (await state())?.inSyncReplicas.length === 1, patience);
    await send("lost 1", "lost 2", "lost 3");
    await eventually(() => expect(seen).toEqual(["kept 1", "kept 2", "lost 1", "lost 2", "lost 3"]), patience);

    await first.kill();
    await second.start();
    await eventually(async () => {
      await admin.partitions.electLeaders("unclean", [place]).catch(() => {});
      return (await state())?.leader === 2;
    }, patience);
    await eventually(() => send("new 1", "new 2"), patience);
    await eventually(() => expect(seen.slice(5)).toEqual(["new 1", "new 2"]), patience);
    const told = events.find((event) => event instanceof LogTruncatedError);
    expect(told).toMatchObject({ topic: "cut", partition: 0, offset: 5n, divergesAt: 2n });
    await consumer.close();
    await running;
  } finally {
    await kafka.close();
    await cluster.stop();
  }
}, 300_000);
