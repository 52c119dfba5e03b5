import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { apis, encodeBatch } from "@ottla/protocol";
import { nodeWorld } from "@ottla/world";
import { expect, it } from "vitest";
import { startBroker } from "../kit/broker-process.js";
import { cleanup } from "../kit/cleanup.js";
import { isLongForm, rounds } from "../kit/long-form.js";
import { temporaryFolder } from "../kit/temporary-folder.js";
import { WireClient } from "../kit/wire-client.js";

// Survival list 3.3 #17: connections by the thousand that each produce a message a second. Each is served, and about as well as the
// others also where the machine cannot keep up: then all fall behind alike.

const connections = rounds(300, 10_000);
const seconds = rounds(2, 30);
const partitions = 10;
const connectingAtOnce = 200;
const rssMaxMiB = 400;

const openFilesLimit = (): number => Number(execFileSync("sh", ["-c", "ulimit -n"], { encoding: "utf8" }));

/** What one connection was answered. */
class Sender {
  readonly latenciesMs: number[] = [];
  readonly #client: WireClient;
  readonly #partition: number;

  constructor(client: WireClient, partition: number) {
    this.#client = client;
    this.#partition = partition;
  }

  /** Sends one message, and waits for its answer. */
  async send(): Promise<void> {
    const records = encodeBatch([{ key: null, value: Buffer.alloc(100, 1), timestamp: Date.now() }]);
    const topicData = [{ name: "many", partitionData: [{ index: this.#partition, records }] }];
    const begun = performance.now();
    const { responses } = await this.#client.call(apis.Produce, 9, { acks: -1, timeoutMs: 30_000, topicData });
    expect(responses[0]?.partitionResponses[0]?.errorCode).toBe(0);
    this.latenciesMs.push(performance.now() - begun);
  }
}

const at = (sorted: readonly number[], part: number): number => sorted[Math.floor((sorted.length - 1) * part)] ?? 0;
const ascending = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);

it.runIf(process.platform === "linux")(
  `${connections} connections that produce a message a second are served alike`,
  async ({ skip }) => {
    // The broker is another process, with a limit of its own.
    if (openFilesLimit() < connections + 500) return skip(`at most ${openFilesLimit()} files may be open`);
    const broker = await startBroker({ dataDir: temporaryFolder("connections"), durability: "os" });
    const connect = (): WireClient => {
      const client = new WireClient(nodeWorld.network, { host: "127.0.0.1", port: broker.port });
      cleanup(() => client.close());
      return client;
    };
    const topic = { name: "many", numPartitions: partitions, replicationFactor: 1, assignments: [], configs: [] };
    await connect().call(apis.CreateTopics, 7, { timeoutMs: 30_000, topics: [topic] });
    const senders: Sender[] = [];
    while (senders.length < connections) {
      const clients = Array.from({ length: Math.min(connectingAtOnce, connections - senders.length) }, connect);
      await Promise.all(clients.map((client) => client.call(apis.ApiVersions, 0, {})));
      for (const client of clients) senders.push(new Sender(client, senders.length % partitions));
    }

    const begun = performance.now();
    const produce = async (sender: Sender, index: number): Promise<void> => {
      for (let second = 0; second < seconds; second += 1) {
        await delay(Math.max(0, begun + (second + index / connections) * 1_000 - performance.now()));
        if (performance.now() > begun + seconds * 1_000 && sender.latenciesMs.length > 0) return;
        await sender.send();
      }
    };
    await Promise.all(senders.map(produce));
    const tookMs = performance.now() - begun;

    const rssMiB = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${broker.child.pid}/status`, "utf8"))?.[1]) / 1024;
    const counts = ascending(senders.map(({ latenciesMs }) => latenciesMs.length));
    const worst = ascending(senders.map(({ latenciesMs }) => Math.max(...latenciesMs)));
    const all = ascending(senders.flatMap(({ latenciesMs }) => latenciesMs));
    if (isLongForm) {
      console.log(
        `${all.length} messages in ${(tookMs / 1_000).toFixed(1)} s; of a connection ${at(counts, 0)} to ${at(counts, 1)}, median ${at(counts, 0.5)}; ` +
          `answered in ${[0.5, 0.9, 0.99, 1].map((part) => at(all, part).toFixed(0)).join("/")} ms (median/p90/p99/most); ` +
          `a connection's slowest in ${[0, 0.5, 1].map((part) => at(worst, part).toFixed(0)).join("/")} ms (best/median/worst); RSS ${rssMiB.toFixed(0)} MiB`,
      );
    }
    expect(at(counts, 0)).toBeGreaterThanOrEqual(Math.max(1, Math.floor(at(counts, 0.5) / 2)));
    expect(rssMiB).toBeLessThan(rssMaxMiB);
  },
  isLongForm ? 600_000 : 120_000,
);
