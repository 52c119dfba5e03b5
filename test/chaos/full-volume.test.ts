import { spawnSync } from "node:child_process";
import { rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Broker } from "@ottla/broker";
import { apis, batchesIn, encodeBatch, errorCodeOf } from "@ottla/protocol";
import { nodeWorld } from "@ottla/world";
import { expect, it } from "vitest";
import { cleanup } from "../kit/cleanup.js";
import { temporaryFolder } from "../kit/temporary-folder.js";
import { WireClient } from "../kit/wire-client.js";

// Survival list 3.3 #6 on a real file system that is full to its last block.

const megabyte = 1_048_576;

/** A volume of this size at a folder, or `undefined` where nobody may mount one. */
function smallVolume(): string | undefined {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return undefined;
  const folder = temporaryFolder("volume");
  if (spawnSync("mount", ["-t", "tmpfs", "-o", `size=${8 * megabyte}`, "tmpfs", folder]).status !== 0) return undefined;
  cleanup(() => {
    spawnSync("umount", ["--lazy", folder]);
  });
  return folder;
}

/** A broker on the volume, and what was acknowledged to one idempotent producer: sequence numbers are offsets. */
class FilledBroker {
  readonly #dataDir: string;
  readonly #volume: string;
  #broker: Broker | undefined;
  #client: WireClient | undefined;
  acknowledged = 0;

  constructor(volume: string) {
    this.#volume = volume;
    this.#dataDir = join(volume, "data");
  }

  async start(): Promise<void> {
    const config = { "log.segment.bytes": megabyte, "auto.create.topics.enable": false };
    this.#broker = await Broker.start({ dataDir: this.#dataDir, durability: "os", config });
    this.#client = new WireClient(nodeWorld.network, { host: "127.0.0.1", port: this.#broker.port });
  }

  async stop(): Promise<void> {
    this.#client?.close();
    await this.#broker?.close();
  }

  get client(): WireClient {
    if (this.#client === undefined) throw new Error("the broker was not started");
    return this.#client;
  }

  async createTopic(): Promise<void> {
    const topic = { name: "orders", numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] };
    await this.client.call(apis.CreateTopics, 5, { timeoutMs: 1_000, topics: [topic] });
  }

  async produce(size: number): Promise<string> {
    const record = { key: null, value: Buffer.alloc(size, this.acknowledged % 251), timestamp: Date.now() };
    const batch = encodeBatch([record], { producerId: 0, producerEpoch: 0, baseSequence: this.acknowledged });
    const topicData = [{ name: "orders", partitionData: [{ index: 0, records: batch }] }];
    const { responses } = await this.client.call(apis.Produce, 9, { acks: -1, timeoutMs: 1_000, topicData });
    const answer = responses[0]?.partitionResponses[0];
    if (answer?.errorCode !== 0) return errorCodeOf(answer?.errorCode ?? -1);
    expect(answer.baseOffset).toBe(this.acknowledged);
    this.acknowledged += 1;
    return "NONE";
  }

  /** Produces until not even a small record is taken; answers what the producer was told. */
  async fill(): Promise<ReadonlySet<string>> {
    const told = new Set<string>();
    for (const size of [60_000, 4_000, 1]) {
      for (;;) {
        const code = await this.produce(size);
        if (code === "NONE") continue;
        told.add(code);
        break;
      }
    }
    expect(statfsSync(this.#volume).bavail).toBe(0);
    return told;
  }

  async deleteBefore(offset: number): Promise<string> {
    const topics = [{ name: "orders", partitions: [{ partitionIndex: 0, offset }] }];
    const answer = await this.client.call(apis.DeleteRecords, 1, { timeoutMs: 5_000, topics });
    return errorCodeOf(answer.topics[0]?.partitions[0]?.errorCode ?? -1);
  }

  /** The offsets that can be read. What each holds is as it was written. */
  async readable(): Promise<{ readonly from: number; readonly to: number }> {
    const partitions = [{ partitionIndex: 0, timestamp: -2 }];
    const body = { replicaId: -1, isolationLevel: 0, topics: [{ name: "orders", partitions }] };
    const listed = await this.client.call(apis.ListOffsets, 5, body);
    const from = listed.topics[0]?.partitions[0]?.offset ?? -1;
    let position = from;
    while (position < this.acknowledged) {
      const fetched = { partition: 0, fetchOffset: position, partitionMaxBytes: megabyte };
      const { responses } = await this.client.call(apis.Fetch, 11, {
        maxWaitMs: 0,
        minBytes: 1,
        topics: [{ topic: "orders", partitions: [fetched] }],
        forgottenTopicsData: [],
      });
      const before = position;
      for (const batch of batchesIn(Buffer.from(responses[0]?.partitions[0]?.records ?? []))) {
        expect([batch.hasValidCrc(), batch.baseOffset]).toEqual([true, position]);
        for (const { value } of batch.records()) expect(value?.[0]).toBe(position % 251);
        position = batch.nextOffset;
      }
      if (position === before) break;
    }
    return { from, to: position };
  }
}

it("refuses records on a full volume, reads on, and takes records again once some were deleted", async ({ skip }) => {
  const volume = smallVolume();
  if (volume === undefined) return skip("only root may mount a volume");
  const ballast = join(volume, "ballast");
  writeFileSync(ballast, Buffer.alloc(megabyte / 4));
  const broker = new FilledBroker(volume);
  cleanup(() => broker.stop());
  await broker.start();
  await broker.createTopic();
  // The room that is spared for deleting is there from the first checkpoint on, at the latest after a stop.
  await broker.stop();
  await broker.start();

  expect(await broker.fill()).toEqual(new Set(["KAFKA_STORAGE_ERROR"]));
  const { acknowledged } = broker;
  expect(await broker.readable()).toEqual({ from: 0, to: acknowledged });
  expect(await broker.deleteBefore(40)).toBe("NONE");
  expect(await broker.readable()).toEqual({ from: 40, to: acknowledged });
  expect([await broker.produce(60_000), await broker.produce(1)]).toEqual(["NONE", "NONE"]);

  // Stopped on a full volume it starts when there is a little room; all that was acknowledged is there, and more can be made.
  await broker.fill();
  await broker.stop();
  await expect(broker.start()).rejects.toThrow(/ENOSPC: no space left on device/);
  rmSync(ballast);
  await broker.start();
  expect(await broker.readable()).toEqual({ from: 40, to: broker.acknowledged });
  expect(await broker.deleteBefore(80)).toBe("NONE");
  expect(await broker.produce(60_000)).toBe("NONE");
  expect(await broker.readable()).toEqual({ from: 80, to: broker.acknowledged });
});
