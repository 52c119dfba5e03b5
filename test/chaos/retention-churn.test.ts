import { Broker } from "@ottla/broker";
import { apis, batchesIn, encodeBatch, errorCodeOf } from "@ottla/protocol";
import { expect, it } from "vitest";
import { rounds } from "../kit/long-form.js";
import { WireClient } from "../kit/wire-client.js";
import { SeededRandom } from "../sim/seeded-random.js";
import { Simulation } from "../sim/simulation.js";

// Survival list 3.3 #18 and #15: a week passes, segments are rolled and deleted under consumers, and the clock is set now and then.

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dataDir = "/data";

interface Consumer {
  /** How long it does nothing between two looks. */
  readonly restMs: number;
  position: number;
  read: number;
  outOfRange: number;
}

it.each([
  { title: "a clock that nobody touches", jumpsMs: [] },
  { title: "a clock that is set forward and back by an hour", jumpsMs: [hourMs, -hourMs, -hourMs, hourMs] },
])("keeps a day of records through a week, with $title", async ({ jumpsMs }) => {
  const sim = new Simulation({ seed: 3, networkMs: [0, 0], syncMs: [0, 0] });
  const machine = sim.process("broker");
  const random = new SeededRandom(3);
  const weekMs = rounds(4, 7) * 24 * hourMs;
  await sim.run(
    (async () => {
      const broker = await Broker.start({
        dataDir,
        port: 9092,
        world: machine.world,
        config: {
          "connections.max.idle.ms": 2_000_000_000,
          "auto.create.topics.enable": false,
          // What else happens now and then is not looked at here.
          "log.cleaner.enable": false,
          "transaction.abort.timed.out.transaction.cleanup.interval.ms": hourMs,
        },
      });
      const client = new WireClient(sim.process("client").world.network, { host: "broker", port: 9092 });
      const configs = Object.entries({
        "retention.ms": 24 * hourMs,
        "segment.ms": hourMs,
        "file.delete.delay.ms": minuteMs,
      });
      const topic = {
        name: "churn",
        numPartitions: 1,
        replicationFactor: 1,
        assignments: [],
        configs: configs.map(([name, value]) => ({ name, value: String(value) })),
      };
      await client.call(apis.CreateTopics, 5, { timeoutMs: 1_000, topics: [topic] });
      const produce = async (value: string): Promise<number> => {
        const records = encodeBatch([{ key: null, value: Buffer.from(value), timestamp: sim.wallMs }]);
        const topicData = [{ name: "churn", partitionData: [{ index: 0, records }] }];
        const { responses } = await client.call(apis.Produce, 9, { acks: -1, timeoutMs: 1_000, topicData });
        expect(responses[0]?.partitionResponses[0]?.errorCode).toBe(0);
        return responses[0]?.partitionResponses[0]?.baseOffset ?? -1;
      };
      const offsetOf = async (timestamp: number): Promise<number> => {
        const topics = [{ name: "churn", partitions: [{ partitionIndex: 0, timestamp }] }];
        const listed = await client.call(apis.ListOffsets, 5, { replicaId: -1, isolationLevel: 0, topics });
        return listed.topics[0]?.partitions[0]?.offset ?? -1;
      };
      const consume = async (consumer: Consumer): Promise<void> => {
        const { responses } = await client.call(apis.Fetch, 11, {
          maxWaitMs: 0,
          minBytes: 1,
          topics: [
            {
              topic: "churn",
              partitions: [{ partition: 0, fetchOffset: consumer.position, partitionMaxBytes: 2_000 }],
            },
          ],
          forgottenTopicsData: [],
        });
        const answer = responses[0]?.partitions[0];
        const code = errorCodeOf(answer?.errorCode ?? -1);
        if (code === "OFFSET_OUT_OF_RANGE") {
          consumer.outOfRange += 1;
          expect(consumer.position).toBeLessThan(await offsetOf(-2));
          consumer.position = await offsetOf(-2);
          return consume(consumer);
        }
        expect(code).toBe("NONE");
        for (const batch of batchesIn(Buffer.from(answer?.records ?? []))) {
          for (const { offset, value } of batch.records()) {
            if (offset < consumer.position) continue;
            expect([offset, String(value)]).toEqual([consumer.position, `record ${offset}`]);
            consumer.position += 1;
            consumer.read += 1;
          }
        }
      };
      const consumers: Consumer[] = [minuteMs, 6 * hourMs, 40 * hourMs].map((restMs) => ({
        restMs,
        position: 0,
        read: 0,
        outOfRange: 0,
      }));
      const due = consumers.map(({ restMs }) => restMs);
      const jumpAt = jumpsMs.map((_, index) => ((index + 1) * weekMs) / (jumpsMs.length + 1));
      let mostFiles = 0;
      for (let count = 0; sim.nowMs < weekMs; count += 1) {
        expect(await produce(`record ${count}`)).toBe(count);
        await sim.sleep(random.between(1, 20) * minuteMs);
        for (const [index, consumer] of consumers.entries()) {
          if (sim.nowMs < (due[index] ?? 0)) continue;
          due[index] = sim.nowMs + consumer.restMs;
          await consume(consumer);
        }
        if (sim.nowMs > (jumpAt[0] ?? Number.POSITIVE_INFINITY)) {
          jumpAt.shift();
          sim.jumpWallClock(jumpsMs[jumpsMs.length - jumpAt.length - 1] ?? 0);
        }
        mostFiles = Math.max(mostFiles, machine.world.files.list(`${dataDir}/churn-0`).length);
        if (count === 120) expect(await offsetOf(-2)).toBe(0);
      }
      const [start, end] = [await offsetOf(-2), await offsetOf(-1)];
      // A day of records, at one every ten minutes or so, and what is in the segment that a day ago is in.
      expect(end - start).toBeGreaterThan(110);
      expect(end - start).toBeLessThan(220);
      // 25 segments of four files, some of them about to go.
      expect(mostFiles).toBeLessThan(160);
      expect(consumers[0]?.outOfRange).toBe(0);
      expect(consumers[2]?.outOfRange).toBeGreaterThan(0);
      expect(consumers.every(({ read }) => read > 20)).toBe(true);
      client.close();
      await broker.close();
    })(),
    2 * weekMs,
  );
});
