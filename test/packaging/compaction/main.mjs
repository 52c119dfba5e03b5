// A broker on a folder whose topic is compacted: says on which thread that was done, and whether the thread is gone with the broker.
import { subscribe } from "node:diagnostics_channel";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Broker } from "@ottla/broker";
import { Kafka, string, topic } from "@ottla/client";

let started = 0;
let alive = 0;
subscribe("worker_threads", ({ worker }) => {
  started += 1;
  alive += 1;
  worker.once("exit", () => {
    alive -= 1;
  });
});

async function compact(dataDir) {
  const warnings = [];
  const logger = { debug() {}, info() {}, warn: (text) => warnings.push(text), error: (text) => warnings.push(text) };
  const broker = await Broker.start({ dataDir, logger, config: { "log.cleaner.backoff.ms": 20 } });
  const config = { "cleanup.policy": "compact", "segment.bytes": 1_048_576, "min.cleanable.dirty.ratio": 0.01 };
  const prices = topic("prices", { key: string(), value: string(), config });
  const kafka = new Kafka({ brokers: [broker.bootstrap] });
  await kafka.admin().topics.create([prices]);
  const producer = kafka.producer();
  for (let price = 0; price < 60; price += 1) {
    await producer.send(prices, { key: `p-${price % 3}`, value: `${price} ${"x".repeat(50_000)}` });
  }
  while (broker.metrics.compaction.rounds === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  const latest = new Map();
  let records = 0;
  for await (const { key, value } of kafka.reader({ topics: [prices], until: "end" })) {
    records += 1;
    latest.set(key, value.split(" ")[0]);
  }
  await kafka.close();
  await broker.close();
  if (records >= 60) throw new Error(`${records} records are left`);
  return [[...latest.values()].sort().join(" "), ...warnings].join(", ");
}

async function main() {
  const folder = mkdtempSync(join(process.cwd(), "compaction-"));
  try {
    const left = await compact(folder);
    console.log(`${left}: ${started === 0 ? "on the event loop" : "in a thread"}, ${alive} left`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

void main();
