import { closeSync, fdatasync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { BenchCase, Figures } from "../case.js";
import { comparison } from "./comparison.js";
import { Latencies } from "./latencies.js";
import { BrokerNode } from "./node.js";
import { createTopic, everyTick, type ProduceFrame, produceAtRate, produceFrame } from "./raw-load.js";

// 20 MB/s: 500 batches a second of 40 records of 1 KiB.
const pace = { perSecond: 500, seconds: 8 };
const batch = { records: 40, recordBytes: 1024 };
const hotPartitions = 1_000;

async function measured(port: number, frames: readonly ProduceFrame[]): Promise<Figures> {
  const { answers, lag } = await produceAtRate(port, frames, pace);
  return {
    "p50 ms": answers.percentile(0.5),
    "p99 ms": answers.percentile(0.99),
    "p99.9 ms": answers.percentile(0.999),
    "generator's lag p99 ms": lag.percentile(0.99),
  };
}

async function onOnePartition(broker: BrokerNode, run: number): Promise<Figures> {
  const topic = `paced-${run}`;
  await createTopic(broker.port, topic);
  return measured(broker.port, [produceFrame(topic, batch)]);
}

async function onManyPartitions(broker: BrokerNode, run: number): Promise<Figures> {
  const topic = "hot";
  const frames = Array.from({ length: hotPartitions }, (_, partition) => produceFrame(topic, { ...batch, partition }));
  if (run === 1) {
    await createTopic(broker.port, topic, hotPartitions);
    await produceAtRate(broker.port, frames, { perSecond: 200, seconds: hotPartitions / 200 });
  }
  return measured(broker.port, frames);
}

/**
 * The same bytes at the same pace into a file, each written and synced before the next. Told twice: of each call alone, and from
 * when the bytes were due, as it is told of the brokers. A call that takes 50 ms holds up 25 others; among the calls it is one.
 */
async function rawSyncs(): Promise<Figures> {
  const folder = mkdtempSync(join(tmpdir(), "ottla-bench-"));
  const file = openSync(join(folder, "raw"), "w");
  const sync = promisify(fdatasync);
  const bytes = Buffer.alloc(batch.records * batch.recordBytes);
  const calls = new Latencies();
  const sinceDue = new Latencies();
  let last: Promise<void> = Promise.resolve();
  const count = pace.perSecond * 4;
  await new Promise<void>((resolve) => {
    everyTick(pace.perSecond, count, (due, index) => {
      last = last.then(async () => {
        const before = performance.now();
        writeSync(file, bytes);
        await sync(file);
        const after = performance.now();
        calls.add(after - before);
        sinceDue.add(after - due);
        if (index === count - 1) resolve();
      });
    });
  });
  closeSync(file);
  rmSync(folder, { recursive: true });
  return {
    "raw sync p50 ms": calls.percentile(0.5),
    "raw sync p99 ms": calls.percentile(0.99),
    "raw since due p99 ms": sinceDue.percentile(0.99),
  };
}

const prefixed = (prefix: string, figures: Figures): Figures =>
  Object.fromEntries(Object.entries(figures).map(([name, value]) => [`${prefix} ${name}`, value]));

const ratio = (figures: Figures, of: string, over: string): number =>
  (figures[of] ?? Number.NaN) / (figures[over] ?? Number.NaN);

let syncing: Promise<BrokerNode> | undefined;
let syncRuns = 0;
const syncBroker = () => (syncing ??= BrokerNode.ottla("sync"));

export const latencyCases: Readonly<Record<string, BenchCase>> = {
  "broker/latency/os": comparison({
    what: "1 KiB records at 20 MB/s, acks=all, from when each batch was due to its answer, ours in os against Kafka's default",
    brokers: { ours: () => BrokerNode.ottla("os"), kafka: () => BrokerNode.kafka() },
    measure: onOnePartition,
    aims: [{ figure: "p99 ms", of: "ours", over: "kafka", aim: "<= 0.5" }],
  }),

  "broker/latency/sync": comparison({
    what: "the same with ours in sync, against Kafka's default and one that syncs each batch",
    brokers: {
      ours: () => BrokerNode.ottla("sync"),
      kafka: () => BrokerNode.kafka(),
      "kafka flushing": () => BrokerNode.kafka({ "log.flush.interval.messages": 1 }),
    },
    measure: onOnePartition,
    aims: [
      { figure: "p99 ms", of: "ours", over: "kafka" },
      { figure: "p99 ms", of: "ours", over: "kafka flushing" },
    ],
  }),

  "broker/latency/hot-partitions": {
    what: `1 KiB records at 20 MB/s in sync: one partition, ${hotPartitions} in turn, and raw write and fdatasync of the same bytes`,
    runs: 5,
    async run() {
      const broker = await syncBroker();
      syncRuns += 1;
      const before = await rawSyncs();
      const one = await onOnePartition(broker, syncRuns);
      const many = await onManyPartitions(broker, syncRuns);
      const figures = { ...before, ...prefixed("one", one), ...prefixed("many", many) };
      return {
        ...figures,
        "p99: one / raw sync (aim <= 3)": ratio(figures, "one p99 ms", "raw sync p99 ms"),
        "p99: one / raw since due": ratio(figures, "one p99 ms", "raw since due p99 ms"),
        "p99: many / one (aim <= 5)": ratio(figures, "many p99 ms", "one p99 ms"),
      };
    },
    async end() {
      await (await syncing)?.remove();
      syncing = undefined;
    },
  },
};
