import type { BenchCase, Figures } from "../case.js";
import { type Aim, comparison } from "./comparison.js";
import { javaConsume, javaProduce } from "./java-perf.js";
import { BrokerNode } from "./node.js";
import { createTopic, fetchAll, produceFlatOut, produceFrame } from "./raw-load.js";

interface Load {
  readonly recordBytes: number;
  readonly records: number;
  readonly batchRecords: number;
}

const loads: Readonly<Record<string, Load>> = {
  "1KiB": { recordBytes: 1024, records: 400_000, batchRecords: 63 },
  "100B": { recordBytes: 100, records: 2_000_000, batchRecords: 580 },
};

const generators: Readonly<Record<string, (broker: BrokerNode, run: number, load: Load) => Promise<Figures>>> = {
  async java(broker, run, { records, recordBytes }) {
    const topic = `java-${recordBytes}-${run}`;
    await createTopic(broker.port, topic);
    return javaProduce(broker.port, topic, { records, recordBytes });
  },
  async raw(broker, run, { records, recordBytes, batchRecords }) {
    const topic = `raw-${recordBytes}-${run}`;
    await createTopic(broker.port, topic);
    const frame = produceFrame(topic, { records: batchRecords, recordBytes });
    const count = Math.ceil(records / batchRecords);
    const cpu = broker.cpuSeconds;
    const seconds = await produceFlatOut(broker.port, [frame], { count, window: 8 });
    const megabytes = (count * batchRecords * recordBytes) / 1e6;
    return { "MB/s": megabytes / seconds, "CPU ms per MB": ((broker.cpuSeconds - cpu) * 1000) / megabytes };
  },
};

const told = {
  java: "Kafka's ProducerPerformance with its defaults",
  raw: "batches of 64 KB that are made once, 8 unanswered",
};

const kafkaFlushing = () => BrokerNode.kafka({ "log.flush.interval.messages": 1 });

/** Produce with `acks=all`: ours in `os` against Kafka's default, ours in `sync` against a Kafka that syncs as well, and both. */
function produceCase(size: string, generator: "java" | "raw", durability: "os" | "sync"): BenchCase {
  const full = loads[size];
  const measure = generators[generator];
  if (full === undefined || measure === undefined) throw new RangeError(size);
  // A Kafka that syncs each batch takes its time.
  const load = durability === "sync" ? { ...full, records: full.records / 4 } : full;
  const figure = "MB/s";
  const least = size === "1KiB" ? ">= 1.5" : ">= 1.0";
  const aims: Aim[] =
    durability === "os"
      ? [{ figure, of: "ours", over: "kafka", aim: least }]
      : [
          { figure, of: "ours", over: "kafka flushing", aim: ">= 3" },
          { figure, of: "ours", over: "kafka" },
        ];
  return comparison({
    what: `${size} records, acks=all, one partition, ours in ${durability}: ${told[generator]}`,
    brokers: {
      ours: () => BrokerNode.ottla(durability),
      kafka: () => BrokerNode.kafka(),
      ...(durability === "sync" && { "kafka flushing": kafkaFlushing }),
    },
    measure: (broker, run) => measure(broker, run, load),
    aims,
  });
}

const consumed = { recordBytes: 1024, batchRecords: 63, batches: 6_400 };

async function filled(broker: BrokerNode): Promise<number> {
  const { recordBytes, batchRecords, batches } = consumed;
  await createTopic(broker.port, "filled").catch(() => {});
  const frame = produceFrame("filled", { records: batchRecords, recordBytes });
  await produceFlatOut(broker.port, [frame], { count: batches, window: 8 });
  return batches * batchRecords;
}

export const throughputCases: Readonly<Record<string, BenchCase>> = {
  ...Object.fromEntries(
    (["1KiB", "100B"] as const).flatMap((size) =>
      (["os", "sync"] as const).flatMap((durability) =>
        (["java", "raw"] as const).map((generator): [string, BenchCase] => [
          `broker/produce/${size}/${durability}/${generator}`,
          produceCase(size, generator, durability),
        ]),
      ),
    ),
  ),

  "broker/consume/catch-up/java": comparison({
    what: "400,000 records of 1 KiB that were written before, Kafka's ConsumerPerformance with its defaults, ours in os",
    brokers: { ours: () => BrokerNode.ottla("os"), kafka: () => BrokerNode.kafka() },
    async measure(broker, run) {
      if (run === 1) await filled(broker);
      return javaConsume(broker.port, "filled", consumed.batches * consumed.batchRecords);
    },
    aims: [{ figure: "MB/s", of: "ours", over: "kafka", aim: ">= 1.0" }],
  }),

  "broker/consume/catch-up/raw": comparison({
    what: "400,000 records of 1 KiB that were written before, fetched 1 MiB at a time, ours in os",
    brokers: { ours: () => BrokerNode.ottla("os"), kafka: () => BrokerNode.kafka() },
    async measure(broker, run) {
      if (run === 1) await filled(broker);
      const megabytes = (consumed.batches * consumed.batchRecords * consumed.recordBytes) / 1e6;
      const cpu = broker.cpuSeconds;
      const seconds = await fetchAll(broker.port, "filled", megabytes * 1e6);
      return { "MB/s": megabytes / seconds, "CPU ms per MB": ((broker.cpuSeconds - cpu) * 1000) / megabytes };
    },
    aims: [{ figure: "MB/s", of: "ours", over: "kafka", aim: ">= 1.0" }],
  }),

  "broker/consume/tail": comparison({
    what: "400,000 records of 1 KiB fetched while they are written flat out, ours in os",
    brokers: { ours: () => BrokerNode.ottla("os"), kafka: () => BrokerNode.kafka() },
    async measure(broker, run) {
      const topic = `tail-${run}`;
      await createTopic(broker.port, topic);
      const { recordBytes, batchRecords, batches } = consumed;
      const megabytes = (batches * batchRecords * recordBytes) / 1e6;
      const frame = produceFrame(topic, { records: batchRecords, recordBytes });
      const fetched = fetchAll(broker.port, topic, megabytes * 1e6);
      await produceFlatOut(broker.port, [frame], { count: batches, window: 8 });
      return { "MB/s": megabytes / (await fetched) };
    },
    aims: [{ figure: "MB/s", of: "ours", over: "kafka", aim: ">= 1.0" }],
  }),
};
