import { Broker } from "@ottla/broker";
import { apis, batchesIn, encodeBatch } from "@ottla/protocol";
import type { FileSystem } from "@ottla/world";
import { describe, expect, it } from "vitest";
import { isLongForm } from "../kit/long-form.js";
import { partitionContent } from "../kit/partition-content.js";
import { WireClient } from "../kit/wire-client.js";
import type { SimProcess } from "../sim/sim-process.js";
import { Simulation } from "../sim/simulation.js";

const dataDir = "/data";
const folder = `${dataDir}/torn-0`;
const port = 9092;
const tornBytes = 4_096;

function contentOf(files: FileSystem, path: string): Buffer {
  const file = files.open(path, "r");
  const bytes = Buffer.alloc(file.size());
  file.read(bytes, 0);
  file.close();
  return bytes;
}

/** A simulated broker and a client that speaks the bare protocol. */
class Setup {
  readonly sim = new Simulation({ seed: 1, networkMs: [0, 0], syncMs: [0, 0] });
  readonly broker: SimProcess = this.sim.process("broker");
  readonly client: SimProcess = this.sim.process("client");

  #running: Broker | undefined;

  async stop(): Promise<void> {
    await this.#running?.close();
  }

  async start(): Promise<WireClient> {
    this.#running = await Broker.start({
      dataDir,
      port,
      world: this.broker.world,
      config: { "log.index.interval.bytes": 256 },
    });
    return new WireClient(this.client.world.network, { host: "broker", port });
  }

  async produce(client: WireClient, text: string): Promise<number> {
    const timestamp = this.sim.wallMs;
    const records = encodeBatch([{ key: null, value: Buffer.from(text), timestamp }]);
    const response = await client.call(apis.Produce, 9, {
      acks: -1,
      timeoutMs: 30_000,
      topicData: [{ name: "torn", partitionData: [{ index: 0, records }] }],
    });
    const answer = response.responses[0]?.partitionResponses[0];
    expect(answer?.errorCode).toBe(0);
    return answer?.baseOffset ?? -1;
  }

  async leaderEpoch(client: WireClient): Promise<number | undefined> {
    const { topics } = await client.call(apis.Metadata, 8, {
      topics: [{ name: "torn" }],
      allowAutoTopicCreation: true,
    });
    return topics[0]?.partitions[0]?.leaderEpoch;
  }
}

describe("a segment cut off anywhere in its last 4 KiB", () => {
  it.each(["killed", "stopped"])("costs a broker that was %s the torn batch and nothing else", async (end) => {
    const setup = new Setup();
    const { sim, broker } = setup;
    const texts = Array.from({ length: 60 }, (_, index) => `record ${index} ${"x".repeat((index * 37) % 90)}`);
    await sim.run(
      (async () => {
        const client = await setup.start();
        expect(await setup.leaderEpoch(client)).toBeDefined();
        for (const text of texts) await setup.produce(client, text);
        client.close();
        if (end === "stopped") await setup.stop();
      })(),
    );
    broker.crash({ kind: "kill" });
    const disk = broker.copyOfDisk();
    const files = broker.restart().files;
    const segment =
      files
        .list(folder)
        .filter((name) => name.endsWith(".log"))
        .at(-1) ?? "";
    const bytes = contentOf(files, `${folder}/${segment}`);
    const ends: number[] = [];
    for (const batch of batchesIn(bytes)) ends.push((ends.at(-1) ?? 0) + batch.sizeInBytes);
    expect(ends.length).toBe(texts.length);
    for (let cut = Math.max(0, bytes.length - tornBytes); cut <= bytes.length; cut += isLongForm ? 1 : 7) {
      broker.crash({ kind: "kill" });
      broker.insertDisk(disk.afterKill());
      const cutFile = broker.restart().files.open(`${folder}/${segment}`, "r+");
      cutFile.truncate(cut);
      cutFile.close();
      const whole = ends.filter((end) => end <= cut);
      await sim.run(
        (async () => {
          const client = await setup.start();
          const { records, endOffset } = await partitionContent(client, "torn", 0);
          expect(
            records.map(({ id }) => id),
            `cut at ${cut}`,
          ).toEqual(texts.slice(0, whole.length));
          // A broker that was stopped has written down how far its log reached, and misses whole batches too.
          const isShort = cut > (whole.at(-1) ?? 0) || (end === "stopped" && cut < bytes.length);
          expect(await setup.leaderEpoch(client), `epoch after a cut at ${cut}`).toBe(isShort ? 1 : 0);
          expect(await setup.produce(client, "next")).toBe(endOffset);
          client.close();
        })(),
      );
    }
  });
});
