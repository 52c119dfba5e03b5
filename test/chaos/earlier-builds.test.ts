import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Broker } from "@ottla/broker";
import { apis, batchesIn, encodeBatch } from "@ottla/protocol";
import { nodeWorld } from "@ottla/world";
import { describe, expect, it } from "vitest";
import { cleanup } from "../kit/cleanup.js";
import { WireClient } from "../kit/wire-client.js";
import { unpackFolder } from "./packed-folder.js";

// Survival list 3.3 #20. Each file holds a data folder that an earlier build wrote, as base64 by path: two partitions of `orders` in
// segments of one batch, 3 records each, in all codecs but zstd, by producer 0; a topic that was deleted; offsets of a group.

const folders = new URL("./data-folders/records/", import.meta.url);

async function opened(dataDir: string): Promise<WireClient> {
  const broker = await Broker.start({ dataDir, durability: "os", config: { "auto.create.topics.enable": false } });
  const client = new WireClient(nodeWorld.network, { host: "127.0.0.1", port: broker.port });
  cleanup(async () => {
    client.close();
    await broker.close();
  });
  return client;
}

const wanted = (partition: number): string[] =>
  Array.from(
    { length: 36 },
    (_, offset) => `${offset} k${offset % 3} p${partition} b${Math.floor(offset / 3)} r${offset % 3}`,
  );

async function recordsOf(client: WireClient, partition: number, end: number): Promise<string[]> {
  const lines: string[] = [];
  for (let position = 0; position < end; ) {
    const { responses } = await client.call(apis.Fetch, 11, {
      maxWaitMs: 0,
      minBytes: 1,
      isolationLevel: 1,
      topics: [{ topic: "orders", partitions: [{ partition, fetchOffset: position, partitionMaxBytes: 200 }] }],
      forgottenTopicsData: [],
    });
    const records = responses[0]?.partitions[0]?.records ?? Buffer.alloc(0);
    const before = position;
    for (const batch of batchesIn(Buffer.from(records))) {
      expect(batch.hasValidCrc()).toBe(true);
      for (const { offset, key, value } of batch.records()) lines.push(`${offset} ${key} ${value}`);
      position = batch.nextOffset;
    }
    expect(position).toBeGreaterThan(before);
  }
  return lines;
}

describe.each(readdirSync(folders))("a data folder of an earlier build (%s)", (name) => {
  it.each(["as it was stopped", "as if it had been killed", "without what can be made anew"])(
    "holds all that it held, %s",
    async (how) => {
      const dataDir = unpackFolder(new URL(name, folders));
      if (how !== "as it was stopped") rmSync(join(dataDir, ".kafka_cleanshutdown"));
      if (how === "without what can be made anew") {
        for (const path of readdirSync(dataDir, { recursive: true, encoding: "utf8" })) {
          if (/\.(index|timeindex|snapshot)$|checkpoint$/.test(path)) rmSync(join(dataDir, path));
        }
      }
      const client = await opened(dataDir);
      const { topics } = await client.call(apis.Metadata, 8, { topics: null, allowAutoTopicCreation: false });
      expect(topics.filter(({ isInternal }) => !isInternal).map(({ name }) => name)).toEqual(["orders"]);
      for (const partition of [0, 1]) expect(await recordsOf(client, partition, 36)).toEqual(wanted(partition));
      const fetched = await client.call(apis.OffsetFetch, 5, { groupId: "billing", topics: null });
      expect(fetched.topics[0]?.partitions.map(({ committedOffset, metadata }) => [committedOffset, metadata])).toEqual(
        [
          [17, "seventeen"],
          [36, ""],
        ],
      );
      // The producer goes on where it was, and what it sends again is known again.
      const produce = async (baseSequence: number): Promise<number | undefined> => {
        const records = ["x", "y", "z"].map((text) => ({
          key: null,
          value: Buffer.from(text),
          timestamp: 1_760_000_100_000,
        }));
        const batch = encodeBatch(records, { producerId: 0, producerEpoch: 0, baseSequence });
        const topicData = [{ name: "orders", partitionData: [{ index: 0, records: batch }] }];
        const { responses } = await client.call(apis.Produce, 9, { acks: -1, timeoutMs: 1_000, topicData });
        return responses[0]?.partitionResponses[0]?.baseOffset;
      };
      expect([await produce(33), await produce(36), await produce(36)]).toEqual([33, 36, 36]);
      const { producerId } = await client.call(apis.InitProducerId, 1, {
        transactionalId: null,
        transactionTimeoutMs: 1,
      });
      expect(producerId).toBeGreaterThan(0);
    },
  );
});
