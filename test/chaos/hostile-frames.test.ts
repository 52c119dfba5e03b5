import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { apis, encodeBatch, encodeRequest } from "@ottla/protocol";
import { nodeWorld } from "@ottla/world";
import { expect, it } from "vitest";
import { startBroker } from "../kit/broker-process.js";
import { cleanup } from "../kit/cleanup.js";
import { isLongForm, rounds } from "../kit/long-form.js";
import { temporaryFolder } from "../kit/temporary-folder.js";
import { WireClient } from "../kit/wire-client.js";
import { SeededRandom } from "../sim/seeded-random.js";
import { type HostileFrame, HostileFrames } from "./hostile-frames.js";

// Survival list 3.3 #8: an error or a closed connection, no crash, no memory, and nobody else notices.

const frameCount = rounds(20_000, 1_000_000);
const attackers = 32;
// What waits, for a rebalance or for records, is left behind after it.
const patienceMs = 200;
const rssMaxMiB = 400;

const probe = Buffer.concat(encodeRequest(apis.ApiVersions, 0, { correlationId: 2_000_000_000, clientId: null }, {}));
const probed = 2_000_000_000;

/** Sends what `next` gives until that gives nothing, on as many connections as it takes; answers how many were closed over it. */
async function attack(port: number, next: () => HostileFrame | undefined): Promise<number> {
  let closed = 0;
  for (let frame = next(); frame !== undefined; ) {
    const socket = connect(port, "127.0.0.1");
    let isOpen = true;
    let wake = () => {};
    let received = Buffer.alloc(0);
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
      wake();
    });
    socket.on("close", () => {
      isOpen = false;
      wake();
    });
    while (isOpen && frame !== undefined) {
      received = Buffer.alloc(0);
      if (frame.kind === "a length that is none") {
        // The rest of it never comes.
        socket.end(frame.bytes);
        socket.resume();
        frame = next();
        break;
      }
      socket.write(Buffer.concat([frame.bytes, probe]));
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, patienceMs);
        wake = () => {
          if (isOpen && !hasAnswer(received)) return;
          clearTimeout(timer);
          resolve();
        };
        wake();
      });
      if (isOpen && !hasAnswer(received)) {
        socket.destroy();
        isOpen = false;
      } else if (!isOpen) closed += 1;
      frame = next();
    }
    if (!socket.writableEnded) socket.destroy();
  }
  return closed;
}

function hasAnswer(received: Buffer): boolean {
  for (let at = 0; at + 8 <= received.length; at += 4 + received.readInt32BE(at)) {
    if (received.readInt32BE(at + 4) === probed) return true;
  }
  return false;
}

const rssMiB = (pid: number | undefined): number => {
  try {
    const [, kib = "0"] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    return Number(kib) / 1024;
  } catch {
    return 0;
  }
};

it(
  `${frameCount} hostile frames break their own connections and nothing else`,
  async () => {
    const seed = Number(process.env.OTTLA_SEED ?? 1);
    const config = { "auto.create.topics.enable": false, "group.initial.rebalance.delay.ms": 0 };
    const { port, child } = await startBroker({ dataDir: temporaryFolder("hostile"), durability: "os", config });
    const bystander = new WireClient(nodeWorld.network, { host: "127.0.0.1", port });
    cleanup(() => bystander.close());
    const topics = ["target", "bystander"].map((name) => ({ name, numPartitions: 1, replicationFactor: 1 }));
    await bystander.call(apis.CreateTopics, 7, {
      timeoutMs: 5000,
      topics: topics.map((each) => ({ ...each, assignments: [], configs: [] })),
    });

    const frames = new HostileFrames(new SeededRandom(seed));
    let left = frameCount;
    let isOver = false;
    const next = () => {
      if (left === 0) return undefined;
      left -= 1;
      return frames.next();
    };
    const latencies: number[] = [];
    let highestRss = 0;
    const watching = (async () => {
      for (let sent = 0; !isOver; sent += 1) {
        const records = encodeBatch([{ key: null, value: Buffer.from(String(sent)), timestamp: 1_700_000_000_000 }]);
        const before = performance.now();
        const { responses } = await bystander.call(apis.Produce, 9, {
          transactionalId: null,
          acks: -1,
          timeoutMs: 5000,
          topicData: [{ name: "bystander", partitionData: [{ index: 0, records }] }],
        });
        latencies.push(performance.now() - before);
        expect(responses[0]?.partitionResponses[0]).toMatchObject({ errorCode: 0, baseOffset: sent });
        highestRss = Math.max(highestRss, rssMiB(child.pid));
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    })();
    const closed = await Promise.all(Array.from({ length: attackers }, () => attack(port, next)));
    isOver = true;
    await watching;
    latencies.sort((a, b) => a - b);
    const [p99 = 0, slowest = 0] = [latencies[Math.floor(latencies.length * 0.99)], latencies.at(-1)];
    const figures = `seed ${seed}: ${frameCount} frames, ${closed.reduce((sum, each) => sum + each)} connections closed, `;
    console.log(
      `${figures}${latencies.length} produces of others, p99 ${p99.toFixed(1)} ms, slowest ${slowest.toFixed(1)} ms, highest RSS ${highestRss.toFixed(0)} MiB`,
    );
    expect(child.outcome).toBeUndefined();
    expect(highestRss).toBeLessThan(rssMaxMiB);
    expect(slowest).toBeLessThan(5000);
  },
  isLongForm ? 3_600_000 : 120_000,
);
