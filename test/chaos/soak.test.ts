import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { nodeWorld } from "@ottla/world";
import { expect, it } from "vitest";
import { Child } from "../kit/child.js";
import { cleanup } from "../kit/cleanup.js";
import { isLongForm } from "../kit/long-form.js";
import { nodeBinary } from "../kit/node-binary.js";
import { temporaryFolder } from "../kit/temporary-folder.js";
import { SeededRandom } from "../sim/seeded-random.js";
import { slopeOf } from "./slope.js";
import { SoakLoad } from "./soak-load.js";

// Survival list 3.3 #24: a broker at half its rate, for OTTLA_SOAK_MINUTES (30). What it holds after each collection of garbage must
// not grow once it has been through everything: retention, compaction, and the expiry of producers, members and transactions.

const main = fileURLToPath(new URL("./measured-broker.js", import.meta.url));
const minutes = isLongForm ? Number(process.env.OTTLA_SOAK_MINUTES ?? 30) : 1 / 60;
const roundMs = Math.min(10_000, minutes * 60_000);
// V8 takes the space for young objects at once: it would grow it for many minutes, which looks like a leak.
const flags = ["--expose-gc", "--min-semi-space-size=16", "--max-semi-space-size=16"];
const config = {
  "log.retention.check.interval.ms": 3_000,
  "log.cleaner.backoff.ms": 1_000,
  "log.segment.delete.delay.ms": 1_000,
  "offsets.topic.num.partitions": 2,
  "offsets.topic.segment.bytes": 1_048_576,
  "transaction.state.log.num.partitions": 2,
  "transaction.state.log.segment.bytes": 1_048_576,
  "producer.id.expiration.ms": 30_000,
  "group.initial.rebalance.delay.ms": 0,
  "group.min.session.timeout.ms": 100,
};

const megabytes = (bytes: number): number => bytes / 1_048_576;

it(
  `holds no more memory after ${minutes.toFixed(1)} minutes than before`,
  async () => {
    const options = { port: 0, dataDir: temporaryFolder("soak"), durability: "os", config };
    const broker = new Child(nodeBinary, [...flags, main, JSON.stringify(options)], { input: true });
    const ready = await broker.line((text) => text.startsWith("ready "));
    const load = new SoakLoad({
      address: { host: "127.0.0.1", port: Number(ready.slice("ready ".length)) },
      random: new SeededRandom(20261120),
      patienceMs: 60_000,
      sessionTimeoutMs: 1_500,
      transactionTimeoutMs: 10_000,
      network: () => nodeWorld.network,
      sleep: (ms) => delay(ms),
      wallMs: () => Date.now(),
    });
    cleanup(() => load.close());
    await load.createTopics();
    let measured = 0;
    const heap: [number, number][] = [];
    const resident: [number, number][] = [];
    const begun = performance.now();
    const passed = (): number => (performance.now() - begun) / 60_000;
    while (passed() < minutes) {
      await load.round(roundMs);
      broker.write("measure\n");
      measured += 1;
      let seen = 0;
      const line = await broker.line((text) => {
        if (text.startsWith("memory ")) seen += 1;
        return seen === measured;
      });
      const { heapUsed, rss } = JSON.parse(line.slice("memory ".length)) as { heapUsed: number; rss: number };
      heap.push([passed(), megabytes(heapUsed)]);
      resident.push([passed(), megabytes(rss)]);
    }
    expect(await broker.stop()).toBe(0);
    expect([load.produced > 0, load.read > 0]).toEqual([true, true]);
    if (!isLongForm) return;
    const warm = <T>(points: readonly T[]): readonly T[] => points.slice(Math.floor(points.length / 3));
    const [heapSlope, residentSlope] = [slopeOf(warm(heap)), slopeOf(warm(resident))];
    const shown = ({ slope, error }: typeof heapSlope): string => `${slope.toFixed(3)} ± ${error.toFixed(3)} MiB/min`;
    const range = (points: readonly [number, number][]): string =>
      `${Math.min(...warm(points).map(([, y]) => y)).toFixed(1)} to ${Math.max(...warm(points).map(([, y]) => y)).toFixed(1)} MiB`;
    console.log(
      `${load.produced} records produced, ${load.read} read, ${load.committed} transactions committed; ` +
        `heap ${range(heap)}, ${shown(heapSlope)}; RSS ${range(resident)}, ${shown(residentSlope)}`,
    );
    // Growth is what the points do not leave open: twice the standard error below the slope.
    expect(heapSlope.slope - 2 * heapSlope.error).toBeLessThan(0.05);
    expect(residentSlope.slope - 2 * residentSlope.error).toBeLessThan(0.5);
  },
  minutes * 60_000 + 180_000,
);
