import { bytes, Kafka, topic } from "@ottla/client";
import { BrokerProcess, type Durability } from "./broker-process.js";
import type { BenchCase, Figures } from "./case.js";

interface Load {
  readonly durability: Durability;
  readonly recordBytes: number;
  readonly records: number;
}

const mostUnanswered = 20_000;

export const throughputCases: Readonly<Record<string, BenchCase>> = Object.fromEntries(
  (["sync", "os", "memory"] as const).flatMap((durability) =>
    [
      { recordBytes: 1024, records: 300_000 },
      { recordBytes: 100, records: 1_000_000 },
    ].map(({ recordBytes, records }): [string, BenchCase] => [
      `throughput/${durability}/${recordBytes}B`,
      {
        what: `${records} records of ${recordBytes} B through plain send() with acks=all, idempotent, one partition, then consumed by a group`,
        runs: 5,
        run: () => produceAndConsume({ durability, recordBytes, records }),
      },
    ]),
  ),
);

async function produceAndConsume({ durability, recordBytes, records }: Load): Promise<Figures> {
  const broker = await BrokerProcess.start(durability);
  const load = topic("load", { value: bytes(), partitions: 1 });
  const kafka = new Kafka({ brokers: [broker.bootstrap] });
  await kafka.admin().topics.create([load]);
  const megabytes = (records * recordBytes) / 1e6;

  const value = Buffer.alloc(recordBytes, "x");
  const producer = kafka.producer();
  await producer.send(load, { value });
  const produceSeconds = await secondsOf(() => produce(producer, load, value, records));

  const consumer = kafka.consumer({ groupId: "bench", topics: [load] });
  let consumed = 0;
  const consumeSeconds = await secondsOf(async () => {
    for await (const record of consumer) {
      consumed += 1;
      if (record.rawValue?.length !== recordBytes)
        throw new Error(`a record of ${record.rawValue?.length} bytes came back`);
      if (consumed === records) break;
    }
  });
  await kafka.close();
  const brokerMegabytes = (await broker.rssBytes()) / 1e6;
  await broker.stop();
  return {
    "produce MB/s": megabytes / produceSeconds,
    "produce records/s": records / produceSeconds,
    "consume MB/s": megabytes / consumeSeconds,
    "consume records/s": records / consumeSeconds,
    "broker RSS after MB": brokerMegabytes,
  };
}

type LoadTopic = ReturnType<typeof topic<"load", ReturnType<typeof bytes>>>;

async function produce(
  producer: ReturnType<Kafka["producer"]>,
  load: LoadTopic,
  value: Buffer,
  records: number,
): Promise<void> {
  let unanswered: Promise<unknown>[] = [];
  for (let sent = 0; sent < records; sent += 1) {
    unanswered.push(producer.send(load, { value }));
    if (unanswered.length < mostUnanswered) continue;
    await Promise.all(unanswered);
    unanswered = [];
  }
  await Promise.all(unanswered);
}

async function secondsOf(work: () => Promise<void>): Promise<number> {
  const before = performance.now();
  await work();
  return (performance.now() - before) / 1000;
}
