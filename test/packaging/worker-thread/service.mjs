import { parentPort, workerData } from "node:worker_threads";
import { Kafka, string, topic } from "@ottla/client";

const orders = topic("orders", { key: string(), value: string() });
const kafka = new Kafka({ brokers: [workerData] });
await kafka.admin().topics.create([orders]);
const codecs = ["none", "gzip", "snappy", "lz4", "zstd"];
for (const compression of codecs) {
  const producer = kafka.producer({ compression });
  await producer.send(orders, { key: compression, value: compression.repeat(100) });
  await producer.close();
}
const keys = [];
for await (const { key } of kafka.consumer({ groupId: "billing", topics: [orders] })) {
  keys.push(key);
  if (keys.length === codecs.length) break;
}
parentPort.postMessage(keys.join(" "));
await kafka.close();
