import type { BenchCase, Figures } from "../case.js";
import { comparison } from "./comparison.js";
import { BrokerNode } from "./node.js";
import { createTopic, produceFlatOut, produceFrame } from "./raw-load.js";

const isLong = process.env.OTTLA_LONG === "1";
const largeGigabytes = isLong ? 10 : 1;
const manyPartitions = 10_000;

const brokers = { ours: () => BrokerNode.ottla("sync"), kafka: () => BrokerNode.kafka() };

async function killedAndStarted(broker: BrokerNode): Promise<number> {
  await broker.kill();
  return broker.restart();
}

async function fillWith(broker: BrokerNode, gigabytes: number): Promise<void> {
  await createTopic(broker.port, "large");
  // Just under the largest batch that both take.
  const frame = produceFrame("large", { records: 1_000, recordBytes: 1_024 });
  await produceFlatOut(broker.port, [frame], { count: Math.ceil((gigabytes * 1e9) / frame.bytes.length), window: 8 });
}

export const lifeCases: Readonly<Record<string, BenchCase>> = {
  "broker/start": comparison({
    what: "from the start of the process to the first Metadata answer, on the folder of a clean stop, and resident memory 3 s later",
    brokers,
    async measure(broker): Promise<Figures> {
      await broker.quit();
      const startMs = await broker.restart();
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      return { "start ms": startMs, "idle RSS MB": broker.rssBytes / 1e6 };
    },
    aims: [
      { figure: "start ms", of: "ours", over: "kafka", aim: "<= 0.1" },
      { figure: "idle RSS MB", of: "ours", over: "kafka", aim: "<= 0.25" },
    ],
  }),

  "broker/restart": comparison({
    what: `from the start of the process to the first Metadata answer after kill -9 with ${largeGigabytes} GB in one partition (aim: ours <= 5000 ms with 10 GB, OTTLA_LONG=1)`,
    brokers,
    runs: 3,
    async measure(broker, run): Promise<Figures> {
      if (run === 1) await fillWith(broker, largeGigabytes);
      else
        await produceFlatOut(broker.port, [produceFrame("large", { records: 63, recordBytes: 1024 })], {
          count: 100,
          window: 8,
        });
      return { "restart ms": await killedAndStarted(broker) };
    },
    aims: [{ figure: "restart ms", of: "ours", over: "kafka" }],
  }),

  "broker/partitions": {
    what: `${manyPartitions} partitions in sync: made, one record in each, killed, started again, stopped, started again`,
    runs: 1,
    async run(): Promise<Figures> {
      const broker = await BrokerNode.ottla("sync");
      const before = broker.rssBytes;
      const topicPartitions = 1_000;
      const topics = Array.from({ length: manyPartitions / topicPartitions }, (_, index) => `many-${index}`);
      const madeMs = await millisecondsOf(async () => {
        for (const topic of topics) await createTopic(broker.port, topic, topicPartitions);
      });
      const emptyRss = broker.rssBytes;
      const producedMs = await millisecondsOf(async () => {
        for (const topic of topics) {
          const frames = Array.from({ length: topicPartitions }, (_, partition) =>
            produceFrame(topic, { partition, records: 1, recordBytes: 100 }),
          );
          await produceFlatOut(broker.port, frames, { count: frames.length, window: 50 });
        }
      });
      const figures = {
        "made ms": madeMs,
        "empty partition KB": (emptyRss - before) / manyPartitions / 1e3,
        "one record in each ms": producedMs,
        "RSS MB (aim < 300)": broker.rssBytes / 1e6,
        "descriptors (aim < 1000)": broker.openDescriptors,
      };
      const afterKillMs = await killedAndStarted(broker);
      const rssAfterKill = broker.rssBytes;
      await broker.quit();
      const afterStopMs = await broker.restart();
      const afterStop = {
        "start after kill -9 ms": afterKillMs,
        "RSS after kill -9 MB": rssAfterKill / 1e6,
        "start after stop ms": afterStopMs,
        "RSS after stop MB": broker.rssBytes / 1e6,
        "descriptors after stop": broker.openDescriptors,
      };
      await broker.remove();
      return { ...figures, ...afterStop };
    },
  },
};

async function millisecondsOf(work: () => Promise<void>): Promise<number> {
  const before = performance.now();
  await work();
  return performance.now() - before;
}
