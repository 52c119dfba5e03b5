import { readdirSync, readFileSync } from "node:fs";
import { apis, encodeBatch } from "@ottla/protocol";
import { nodeWorld } from "@ottla/world";
import { expect, it } from "vitest";
import { type BrokerProcess, startBroker } from "../kit/broker-process.js";
import { cleanup } from "../kit/cleanup.js";
import { isLongForm, rounds } from "../kit/long-form.js";
import { temporaryFolder } from "../kit/temporary-folder.js";
import { WireClient } from "../kit/wire-client.js";

// Survival list 3.3 #16: many partitions are made, written, found after a kill and after a stop, in bounded memory and with far
// fewer descriptors than files.

const partitions = rounds(1_000, 10_000);
const perRequest = 250;
// Each of these folders costs four syncs, for which the short form has no time.
const durability = isLongForm ? "sync" : "os";
// A broker keeps 512 files open, and more only while bytes in them wait for their sync.
const descriptorsMax = 512 + perRequest + 50;
const rssMaxMiB = 300;

const connect = ({ port }: BrokerProcess): WireClient => {
  const client = new WireClient(nodeWorld.network, { host: "127.0.0.1", port });
  cleanup(() => client.close());
  return client;
};

const groups = Array.from({ length: partitions / perRequest }, (_, group) =>
  Array.from({ length: perRequest }, (_, index) => group * perRequest + index),
);

function expectModest({ child: { pid } }: BrokerProcess): void {
  expect(readdirSync(`/proc/${pid}/fd`).length).toBeLessThan(descriptorsMax);
  const kib = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  expect(Number(kib) / 1024).toBeLessThan(rssMaxMiB);
}

async function expectOneRecordEach(broker: BrokerProcess): Promise<void> {
  const client = connect(broker);
  const { topics } = await client.call(apis.Metadata, 9, { topics: [{ name: "many" }] });
  expect(topics[0]?.partitions).toHaveLength(partitions);
  for (const group of groups) {
    const asked = group.map((partitionIndex) => ({ partitionIndex, timestamp: -1 }));
    const { topics: found } = await client.call(apis.ListOffsets, 5, {
      replicaId: -1,
      isolationLevel: 0,
      topics: [{ name: "many", partitions: asked }],
    });
    expect(found[0]?.partitions.map(({ errorCode, offset }) => ({ errorCode, offset }))).toEqual(
      group.map(() => ({ errorCode: 0, offset: 1 })),
    );
  }
  client.close();
  expectModest(broker);
}

it.runIf(process.platform === "linux")(
  `${partitions} partitions with a record each are found again, and cost little`,
  async () => {
    const dataDir = temporaryFolder("many");
    const broker = await startBroker({ dataDir, durability });
    const client = connect(broker);
    await client.call(apis.CreateTopics, 7, {
      timeoutMs: 60_000,
      topics: [{ name: "many", numPartitions: partitions, replicationFactor: 1, assignments: [], configs: [] }],
    });
    for (const group of groups) {
      const records = encodeBatch([{ key: null, value: Buffer.from("x"), timestamp: 1_700_000_000_000 }]);
      const { responses } = await client.call(apis.Produce, 9, {
        transactionalId: null,
        acks: -1,
        timeoutMs: 60_000,
        topicData: [{ name: "many", partitionData: group.map((index) => ({ index, records })) }],
      });
      expect(responses[0]?.partitionResponses.filter(({ errorCode }) => errorCode !== 0)).toEqual([]);
      expectModest(broker);
    }
    await broker.child.kill();

    const afterKill = await startBroker({ dataDir, durability });
    await expectOneRecordEach(afterKill);
    expect(await afterKill.child.stop()).toBe(0);

    await expectOneRecordEach(await startBroker({ dataDir, durability }));
  },
  isLongForm ? 600_000 : 120_000,
);
