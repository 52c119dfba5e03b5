import { Broker } from "@ottla/broker";
import { Kafka, string, topic } from "@ottla/client";
import { type FileSystem, memoryFiles, nodeWorld } from "@ottla/world";
import { describe, expect, it } from "vitest";
import { cleanup } from "../kit/cleanup.js";
import { eventually } from "../kit/eventually.js";
import { type RemovalOfOpenFiles, WindowsFiles } from "./windows-files.js";

const dataDir = "/ottla";
const prices = topic("prices", {
  key: string(),
  value: string(),
  config: { "cleanup.policy": "compact", "segment.bytes": 1_048_576, "min.cleanable.dirty.ratio": 0.01 },
});
const orders = topic("orders", { key: string(), value: string() });

interface Running {
  readonly broker: Broker;
  readonly kafka: Kafka;
  readonly warnings: readonly string[];
}

async function brokerOn(files: FileSystem): Promise<Running> {
  const warnings: string[] = [];
  const warn = (text: string) => void warnings.push(text);
  const broker = await Broker.start({
    dataDir,
    world: { ...nodeWorld, files },
    logger: { debug() {}, info() {}, warn, error: warn },
    config: { "log.cleaner.backoff.ms": 20, "group.initial.rebalance.delay.ms": 0 },
  });
  cleanup(() => broker.close());
  const kafka = new Kafka({ brokers: [broker.bootstrap] });
  cleanup(() => kafka.close());
  return { broker, kafka, warnings };
}

async function contentOf(kafka: Kafka, of: typeof prices | typeof orders): Promise<readonly string[]> {
  const values: string[] = [];
  for await (const { value } of kafka.reader({ topics: [of], until: "end" })) values.push(value.split(" ")[0] ?? "");
  return values;
}

describe.each<RemovalOfOpenFiles>(["pending", "refused"])(
  "a data folder on Windows (removing open files: %s)",
  (how) => {
    const freshFiles = (): FileSystem => new WindowsFiles(memoryFiles(Date.now), how).asFileSystem;

    it("keeps records, groups and topics over a restart", async () => {
      const files = freshFiles();
      const first = await brokerOn(files);
      for (const value of ["1", "2", "3"]) await first.kafka.producer().send(orders, { key: "o", value });
      const consumer = first.kafka.consumer({ groupId: "billing", topics: [orders], from: "earliest" });
      for await (const { value } of consumer) if (value === "2") break;
      await first.kafka.close();
      await first.broker.close();

      const second = await brokerOn(files);
      expect(await contentOf(second.kafka, orders)).toEqual(["1", "2", "3"]);
      const again = second.kafka.consumer({ groupId: "billing", topics: [orders] });
      for await (const { value } of again) {
        expect(value).toBe("2");
        break;
      }
      expect([...first.warnings, ...second.warnings]).toEqual([]);
    });

    it("deletes a topic and makes it again", async () => {
      const { kafka, warnings } = await brokerOn(freshFiles());
      const admin = kafka.admin();
      for (const value of ["old", "new"]) {
        await admin.topics.create([orders]);
        await kafka.producer().send(orders, { key: "o", value });
        expect(await contentOf(kafka, orders)).toEqual([value]);
        await admin.topics.delete(["orders"]);
      }
      expect(warnings).toEqual([]);
    });

    it("compacts", async () => {
      const { broker, kafka, warnings } = await brokerOn(freshFiles());
      await kafka.admin().topics.create([prices]);
      const producer = kafka.producer();
      for (let price = 0; price < 60; price += 1) {
        await producer.send(prices, { key: `p-${price % 3}`, value: `${price} ${"x".repeat(50_000)}` });
        if (price % 20 === 0) await contentOf(kafka, prices);
      }
      await eventually(() => broker.metrics.compaction.rounds > 0 || warnings.length > 0);
      expect(warnings).toEqual([]);
      const left = await contentOf(kafka, prices);
      expect(left.length).toBeLessThan(60);
      expect(left.slice(-3)).toEqual(["57", "58", "59"]);
    });
  },
);
