import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { Child } from "../kit/child.js";
import { eventually } from "../kit/eventually.js";
import { rounds } from "../kit/long-form.js";
import { PartitionHistory } from "../kit/partition-history.js";
import { SeededRandom } from "../sim/seeded-random.js";
import { BrokerUnderFire } from "./broker-under-fire.js";

const script = fileURLToPath(new URL("./rdkafka_producer.py", import.meta.url));
const hasPython = spawnSync("python3", ["-c", "import confluent_kafka"]).status === 0;
const partitions = 8;
const seed = Number(process.env.OTTLA_CRASH_SEED ?? 1);

describe.skipIf(!hasPython)(
  "kill -9 of a broker that librdkafka produces to (needs python3 with confluent-kafka)",
  () => {
    it("loses, repeats and reorders nothing that was acknowledged", async () => {
      const random = new SeededRandom(seed);
      const broker = await BrokerUnderFire.start({ "num.partitions": partitions, "log.segment.bytes": 1_048_576 });
      const producer = new Child("python3", [script, broker.address, "orders", String(partitions)], { input: true });
      let acked = 0;
      let looked = 0;
      const ackedCount = (): number => {
        for (; looked < producer.lines.length; looked += 1) if (producer.lines[looked]?.startsWith("acked")) acked += 1;
        return acked;
      };
      for (let round = 0; round < rounds(15, 50); round += 1) {
        const wanted = ackedCount() + random.between(1, 1_500);
        await eventually(() => ackedCount() >= wanted, { withinMs: 30_000, what: `acknowledgement ${wanted}` });
        await broker.killAndRestart();
      }
      producer.endInput();
      await producer.line((line) => line === "done");
      const histories = Array.from(
        { length: partitions },
        (_, partition) => new PartitionHistory(`orders-${partition}`),
      );
      const failed: string[] = [];
      for (const line of producer.lines) {
        const [what, partition, ...rest] = line.split(" ");
        const history = histories[Number(partition)];
        if (what === "sending") history?.sending("librdkafka", rest[0] ?? "");
        else if (what === "acked") history?.acknowledged(Number(rest[0]), rest[1] ?? "");
        else if (what === "failed") failed.push(line);
      }
      expect(failed).toEqual([]);
      expect(await broker.check("orders", histories)).toBe(ackedCount());
    }, 300_000);
  },
);
