import { Kafka } from "@ottla/client";
import { describe, expect, it } from "vitest";
import { cleanup } from "../kit/cleanup.js";
import { eventually } from "../kit/eventually.js";
import { rounds } from "../kit/long-form.js";
import { PartitionHistory } from "../kit/partition-history.js";
import { SeededRandom } from "../sim/seeded-random.js";
import { BrokerUnderFire } from "./broker-under-fire.js";

const partitions = 8;
const seed = Number(process.env.OTTLA_CRASH_SEED ?? 1);

describe("kill -9 of a broker that our client produces to", () => {
  it("loses, repeats and reorders nothing that was acknowledged", async () => {
    const random = new SeededRandom(seed);
    const broker = await BrokerUnderFire.start({ "num.partitions": partitions, "log.segment.bytes": 1_048_576 });
    const kafka = new Kafka({ brokers: [broker.address], reconnectBackoffMs: { base: 5, max: 50 } });
    const producer = kafka.producer({ retryBackoffMs: { base: 5, max: 50 } });
    cleanup(() => producer.close());
    const histories = Array.from({ length: partitions }, (_, partition) => new PartitionHistory(`orders-${partition}`));
    let acknowledged = 0;
    let isOver = false;
    const produce = async (worker: number): Promise<void> => {
      for (let count = 0; !isOver; count += 1) {
        const partition = (worker + count) % partitions;
        const history = histories[partition] as PartitionHistory;
        const id = `w${worker} ${count}`;
        history.sending(`worker ${worker}`, id);
        const sent = { topic: "orders", partition, key: null, value: Buffer.from(id), headers: [] };
        const { offset } = await producer.sendRaw(sent);
        acknowledged += 1;
        if (offset >= 0n) history.acknowledged(Number(offset), id);
      }
    };
    const workers = Promise.all(Array.from({ length: 100 }, (_, worker) => produce(worker)));
    workers.catch(() => undefined);
    for (let round = 0; round < rounds(15, 50); round += 1) {
      const wanted = acknowledged + random.between(1, 3_000);
      await eventually(() => acknowledged >= wanted, { withinMs: 30_000, what: `acknowledgement ${wanted}` });
      await broker.killAndRestart();
    }
    isOver = true;
    await workers;
    expect(await broker.check("orders", histories)).toBe(acknowledged);
  }, 300_000);
});
