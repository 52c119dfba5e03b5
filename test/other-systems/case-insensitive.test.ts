import { Broker } from "@ottla/broker";
import { Kafka, string, topic } from "@ottla/client";
import { type FileSystem, memoryFiles, nodeWorld } from "@ottla/world";
import { expect, it } from "vitest";
import { cleanup } from "../kit/cleanup.js";
import { caseInsensitiveFiles } from "./case-insensitive-files.js";

const upper = topic("Orders", { key: string(), value: string() });
const lower = topic("orders", { key: string(), value: string() });

it("a second topic of the same letters in other case is refused, and the first keeps its records", async () => {
  const files = caseInsensitiveFiles(memoryFiles(Date.now));
  const first = await brokerOn(files);
  const producer = first.kafka.producer({ deliveryTimeoutMs: 1_000 });
  await producer.send(upper, { key: "o", value: "1" });
  await expect(producer.send(lower, { key: "o", value: "2" })).rejects.toThrow();
  expect(first.logged.join("\n")).toContain("the file system takes it for that of a topic spelled in other case");
  await producer.send(upper, { key: "o", value: "3" });
  await first.kafka.close();
  await first.broker.close();

  const { kafka } = await brokerOn(files);
  const values: string[] = [];
  for await (const { value } of kafka.reader({ topics: [upper], until: "end" })) values.push(value);
  expect(values).toEqual(["1", "3"]);
});

async function brokerOn(files: FileSystem) {
  const logged: string[] = [];
  const log = (text: string, details?: unknown) => void logged.push(`${text} ${JSON.stringify(details, texts)}`);
  const logger = { debug: log, info: log, warn: log, error: log };
  const broker = await Broker.start({ dataDir: "/ottla", world: { ...nodeWorld, files }, logger });
  cleanup(() => broker.close());
  const kafka = new Kafka({ brokers: [broker.bootstrap] });
  cleanup(() => kafka.close());
  return { broker, kafka, logged };
}

// Errors have no fields of their own to write.
const texts = (_: string, value: unknown) => {
  if (value instanceof Error) return `${value.message} ${String(value.cause ?? "")}`;
  return typeof value === "bigint" ? String(value) : value;
};
