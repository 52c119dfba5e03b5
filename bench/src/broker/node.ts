import { type ChildProcess, execFileSync, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { apis } from "@ottla/protocol";
import type { Durability } from "../broker-process.js";
import { kafkaClassPath } from "./kafka-jars.js";
import { WireConnection } from "./wire-connection.js";

type Settings = Readonly<Record<string, string | number>>;

/** One broker under measurement, in a process of its own on a folder of its own, that can die and come back. */
export class BrokerNode {
  readonly port: number;
  readonly #folder: string;
  readonly #spawn: () => ChildProcess;
  #child: ChildProcess;
  #exited: Promise<unknown>;

  private constructor(folder: string, port: number, spawnIt: () => ChildProcess) {
    this.#folder = folder;
    this.port = port;
    this.#spawn = spawnIt;
    this.#child = spawnIt();
    this.#exited = once(this.#child, "exit");
  }

  /** @param program - The built broker process, another checkout's for instance. */
  static async ottla(durability: Durability, program?: string): Promise<BrokerNode> {
    const folder = mkdtempSync(join(tmpdir(), "ottla-bench-"));
    const port = await freePort();
    const options = {
      ...(durability === "memory" ? { memory: true } : { dataDir: join(folder, "data"), durability }),
      listeners: [{ name: "PLAINTEXT", host: "127.0.0.1", port }],
      config: { "group.initial.rebalance.delay.ms": "0" },
    };
    const path = program ?? fileURLToPath(new URL("./broker.js", import.meta.url));
    return new BrokerNode(folder, port, () => fork(path, [JSON.stringify(options)])).#ready();
  }

  /** Kafka as its start script runs it, with 1 GB of heap; `settings` on top. */
  static async kafka(settings: Settings = {}): Promise<BrokerNode> {
    const folder = mkdtempSync(join(tmpdir(), "ottla-bench-kafka-"));
    const port = await freePort();
    const controllerPort = await freePort();
    const properties: Settings = {
      "process.roles": "broker,controller",
      "node.id": 1,
      "controller.quorum.voters": `1@127.0.0.1:${controllerPort}`,
      listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
      "advertised.listeners": `PLAINTEXT://127.0.0.1:${port}`,
      "controller.listener.names": "CONTROLLER",
      "log.dirs": join(folder, "data"),
      "offsets.topic.replication.factor": 1,
      "transaction.state.log.replication.factor": 1,
      "transaction.state.log.min.isr": 1,
      "share.coordinator.state.topic.replication.factor": 1,
      "share.coordinator.state.topic.min.isr": 1,
      "group.initial.rebalance.delay.ms": 0,
      ...settings,
    };
    const file = join(folder, "server.properties");
    mkdirSync(join(folder, "data"));
    writeFileSync(
      file,
      Object.entries(properties)
        .map(([name, value]) => `${name}=${value}\n`)
        .join(""),
    );
    const classPath = ["-Dorg.slf4j.simpleLogger.defaultLogLevel=error", "-cp", kafkaClassPath()];
    const clusterId = "b3R0bGEtYmVuY2gta2Fma2";
    execFileSync("java", [...classPath, "kafka.tools.StorageTool", "format", "-t", clusterId, "-c", file], {
      stdio: "pipe",
    });
    return new BrokerNode(folder, port, () =>
      spawn("java", [...kafkaHeap, ...classPath, "kafka.Kafka", file], { stdio: "ignore" }),
    ).#ready();
  }

  async #ready(): Promise<BrokerNode> {
    await this.answers();
    return this;
  }

  /** Resolves with the first answer to a Metadata request. */
  async answers(): Promise<void> {
    for (;;) {
      try {
        const connection = await WireConnection.connect(this.port);
        const { brokers } = await connection.request(apis.Metadata, 12, { topics: [] });
        connection.close();
        if (brokers.length > 0) return;
      } catch {
        if (this.#child.exitCode !== null) throw new Error(`the broker ended with ${this.#child.exitCode}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  get dataDir(): string {
    return join(this.#folder, "data");
  }

  get rssBytes(): number {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${this.#child.pid}/status`, "utf8"))?.[1]) * 1024;
  }

  get cpuSeconds(): number {
    const [, utime = 0, stime = 0] =
      /\) \S+(?: \S+){10} (\d+) (\d+)/.exec(readFileSync(`/proc/${this.#child.pid}/stat`, "utf8"))?.map(Number) ?? [];
    return (utime + stime) / 100;
  }

  get openDescriptors(): number {
    return readdirSync(`/proc/${this.#child.pid}/fd`).length;
  }

  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#exited;
  }

  async quit(): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    else this.#child.kill("SIGTERM");
    await this.#exited;
  }

  /** Starts it again on what is in its folder; resolves with the milliseconds from spawn to the first Metadata. */
  async restart(): Promise<number> {
    const before = performance.now();
    this.#child = this.#spawn();
    this.#exited = once(this.#child, "exit");
    await this.answers();
    return performance.now() - before;
  }

  /** Ends it and removes its folder. */
  async remove(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

// What kafka-server-start.sh passes.
const kafkaHeap = [
  "-Xms1g",
  "-Xmx1g",
  "-XX:+UseG1GC",
  "-XX:MaxGCPauseMillis=20",
  "-XX:InitiatingHeapOccupancyPercent=35",
  "-XX:+ExplicitGCInvokesConcurrent",
  "-Djava.awt.headless=true",
];

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen({ host: "127.0.0.1", port: 0 });
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a TCP server without a port");
  server.close();
  await once(server, "close");
  return address.port;
}
