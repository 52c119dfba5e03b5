import { setTimeout as delay } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Kafka, string, topic } from "@ottla/client";
import { expect, it } from "vitest";
import { startBroker } from "../kit/broker-process.js";
import { cleanup } from "../kit/cleanup.js";
import { isLongForm } from "../kit/long-form.js";

const minutes = 30;
const events = topic("events", { value: string(), partitions: 3, config: { "retention.bytes": 4_194_304 } });

/** Heap in use after a collection, in bytes. */
function heapUsed(): number {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as () => void;
  gc();
  gc();
  return process.memoryUsage().heapUsed;
}

/** The slope of the line nearest to the points, by least squares. */
function slopeOf(points: readonly { readonly x: number; readonly y: number }[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [mx, my] = [mean(points.map(({ x }) => x)), mean(points.map(({ y }) => y))];
  const over = points.reduce((sum, { x, y }) => sum + (x - mx) * (y - my), 0);
  return over / points.reduce((sum, { x }) => sum + (x - mx) ** 2, 0);
}

// What is retained of single records is counted in `packages/client/src/consumer/retained.test.ts`, in every run.
it.skipIf(!isLongForm)(
  `the heap does not grow in ${minutes} minutes of consuming with commits by hand (only in the long form)`,
  { timeout: (minutes + 5) * 60_000 },
  async () => {
    const { address } = await startBroker({ memory: true });
    const kafka = new Kafka({ brokers: [address] });
    cleanup(() => kafka.close());
    await kafka.admin().topics.create([events]);
    const producer = kafka.producer();
    const consumer = kafka.consumer({ groupId: "slope", topics: [events], autoCommit: false, settle: "manual" });
    let handled = 0;
    const running = consumer.run(
      async (record) => {
        record.done();
        handled += 1;
        if (handled % 10 === 0) await consumer.commit();
      },
      { concurrency: 4, orderBy: "none" },
    );
    const points: { x: number; y: number }[] = [];
    const began = performance.now();
    const elapsedMinutes = () => (performance.now() - began) / 60_000;
    while (elapsedMinutes() < minutes) {
      // About three hundred records a second.
      for (let n = 0; n < 30; n += 1) void producer.send(events, { value: "x".repeat(200) });
      await delay(100);
      const x = elapsedMinutes();
      // The first fifth compiles code and fills caches.
      if (x > minutes / 5 && x - (points.at(-1)?.x ?? 0) > 0.25) points.push({ x, y: heapUsed() });
    }
    await consumer.close();
    await running;
    expect(handled).toBeGreaterThan(minutes * 60 * 100);
    const bytesPerMinute = slopeOf(points);
    expect(Math.abs(bytesPerMinute)).toBeLessThan(20_000);
  },
);
