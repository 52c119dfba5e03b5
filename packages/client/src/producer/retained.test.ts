import { queryObjects } from "node:v8";
import { expect, it } from "vitest";
import { Kafka } from "../kafka.js";
import { ScriptedCluster } from "../network/scripted-cluster.test-kit.js";
import { collectGarbage, Sightings } from "../world/garbage.test-kit.js";
import { ManualWorld } from "../world/manual-world.test-kit.js";
import { ProducerBatch } from "./producer-batch.js";

/** Runs by itself, so that nothing of it stays on the stack. */
async function sendMany(world: ManualWorld, kafka: Kafka, sightings: Sightings): Promise<void> {
  const producer = kafka.producer();
  for (let round = 0; round < 20; round += 1) {
    const sent: Promise<unknown>[] = [];
    for (let index = 0; index < 50; index += 1) {
      const value = Buffer.from(`${round}/${index}`);
      const record = { topic: "orders", key: null, value, headers: [] };
      const outcome = producer.sendRaw(record).catch(() => {});
      for (const each of [value, record, outcome]) sightings.see(each);
      sent.push(outcome);
    }
    await world.finish(Promise.all(sent));
  }
}

it.each(["are acknowledged", "fail", "are acknowledged after a repeat"])(
  "a producer keeps nothing of records that %s: no bytes, no promise",
  async (end) => {
    const world = new ManualWorld();
    const cluster = new ScriptedCluster(world.network, [1]);
    cluster.topic("orders", 3);
    let asked = 0;
    cluster.fault = ({ api }) => {
      if (api !== "Produce" || end === "are acknowledged") return undefined;
      asked += 1;
      if (end === "fail") return { refuse: "INVALID_RECORD" };
      return asked % 2 === 1 ? "loseAnswer" : undefined;
    };
    const kafka = new Kafka({ brokers: cluster.bootstrap, world });
    const sightings = new Sightings();
    await sendMany(world, kafka, sightings);
    expect(sightings.seen).toBe(3_000);
    // What the scripted brokers remember.
    cluster.seen.splice(0);
    await collectGarbage();
    // Those of the last round may still be in a register or two.
    expect(sightings.alive).toBeLessThan(160);
    expect(queryObjects(ProducerBatch, { format: "count" })).toBeLessThan(4);
    await world.finish(kafka.close());
  },
);
