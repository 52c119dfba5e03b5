import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { freePort } from "../kit/free-port.js";
import { endWithThisProcess } from "./end-with-this-process.js";

const fixtures = fileURLToPath(new URL("../../packages/client/src/security/fixtures/", import.meta.url));
const certificate = (name: string): string => readFileSync(join(fixtures, `${name}.pem`), "utf8");

/** Each node has one of each; the last is between nodes. */
const listeners = ["PLAINTEXT", "SSL", "SASL_SSL", "CONTROLLER"] as const;
type Listener = (typeof listeners)[number];

/** Who may come in by SASL_SSL. */
export const user = { username: "ada", password: "open sesame" } as const;

const clusterId = "b3R0bGEtY2x1c3Rlci0wMQ";
const java = ["-Xms384m", "-Xmx384m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto"];
const quiet = "-Dorg.slf4j.simpleLogger.defaultLogLevel=error";
const announced = [
  "-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info",
  "-Dorg.slf4j.simpleLogger.logFile=System.out",
];
const login = "org.apache.kafka.common.security";

/** Apache Kafka as several nodes of one machine, each broker and controller, whose topics have a replica on every one. */
export class KafkaCluster {
  readonly nodes: readonly KafkaNode[];
  readonly #end: () => Promise<void>;

  private constructor(nodes: readonly KafkaNode[], end: () => Promise<void>) {
    this.nodes = nodes;
    this.#end = end;
  }

  /** Resolves when all its nodes have started. They end with this process at the latest. */
  static async start(classPath: string, size = 3): Promise<KafkaCluster> {
    const folder = mkdtempSync(join(tmpdir(), "ottla-kafka-cluster-"));
    const end = endWithThisProcess(folder);
    const ports = await Promise.all(Array.from({ length: size }, () => nodePorts()));
    const voters = ports.map((each, index) => `${index + 1}@127.0.0.1:${each.CONTROLLER}`).join(",");
    const nodes = ports.map((each, index) => {
      const home = join(folder, `${index + 1}`);
      mkdirSync(home);
      return new KafkaNode({ id: index + 1, classPath, home, ports: each, voters, size });
    });
    const cluster = new KafkaCluster(nodes, end);
    try {
      await Promise.all(nodes.map((node) => node.start()));
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  }

  /** `host:port` of every node. */
  addresses(listener: Listener): string[] {
    return this.nodes.map((node) => node.address(listener));
  }

  /** Kills its nodes and removes their files. */
  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.kill()));
    await this.#end();
  }
}

interface NodeParts {
  readonly id: number;
  readonly classPath: string;
  readonly home: string;
  readonly ports: Readonly<Record<Listener, number>>;
  readonly voters: string;
  readonly size: number;
}

/** One broker and controller of a cluster: killed and started again on the same ports and files. */
export class KafkaNode {
  readonly id: number;
  readonly #parts: NodeParts;
  readonly #properties: string;
  #process: ChildProcess | undefined;
  #ended: Promise<void> = Promise.resolve();

  constructor(parts: NodeParts) {
    this.id = parts.id;
    this.#parts = parts;
    this.#properties = join(parts.home, "server.properties");
    writeFileSync(join(parts.home, "keystore.pem"), certificate("broker.key") + certificate("broker"));
    writeFileSync(join(parts.home, "truststore.pem"), certificate("ca"));
    const lines = Object.entries(properties(parts)).map(([name, value]) => `${name}=${value}\n`);
    writeFileSync(this.#properties, lines.join(""));
    const scram = ["SCRAM-SHA-256", "SCRAM-SHA-512"].flatMap((mechanism) => [
      "--add-scram",
      `${mechanism}=[name="${user.username}",password="${user.password}"]`,
    ]);
    const format = ["kafka.tools.StorageTool", "format", "-t", clusterId, "-c", this.#properties, ...scram];
    execFileSync("java", [...java, quiet, "-cp", parts.classPath, ...format], { stdio: "pipe" });
  }

  address(listener: Listener): string {
    return `127.0.0.1:${this.#parts.ports[listener]}`;
  }

  get isRunning(): boolean {
    return this.#process !== undefined;
  }

  /** Resolves when it says that it has started. */
  async start(): Promise<void> {
    const run = [...java, quiet, ...announced, "-cp", this.#parts.classPath, "kafka.Kafka", this.#properties];
    const node = spawn("java", run, { stdio: ["ignore", "pipe", "ignore"] });
    this.#process = node;
    const pid = join(this.#parts.home, "pid");
    writeFileSync(pid, `${node.pid ?? ""}`);
    this.#ended = new Promise((resolve) =>
      node.once("close", () => {
        this.#process = undefined;
        rmSync(pid);
        resolve();
      }),
    );
    const isStarted = await new Promise<boolean>((resolve) => {
      const lines = createInterface({ input: node.stdout });
      lines.on("line", (line) => line.includes("Kafka Server started") && resolve(true));
      lines.once("close", () => resolve(false));
    });
    if (!isStarted) throw new Error(`node ${this.id} of Kafka ended before it had started`);
  }

  /** `kill -9`, and waits until it is gone. */
  async kill(): Promise<void> {
    this.#process?.kill("SIGKILL");
    await this.#ended;
  }

  /** Asks it to hand its partitions over and to stop. */
  async stop(): Promise<void> {
    this.#process?.kill("SIGTERM");
    await this.#ended;
  }
}

async function nodePorts(): Promise<Record<Listener, number>> {
  const [plain, tls, sasl, controller] = [await freePort(), await freePort(), await freePort(), await freePort()];
  return { PLAINTEXT: plain, SSL: tls, SASL_SSL: sasl, CONTROLLER: controller };
}

function properties({ id, home, ports, voters, size }: NodeParts): Record<string, string | number | boolean> {
  const at = (listener: Listener): string => `${listener}://127.0.0.1:${ports[listener]}`;
  const internal = ["offsets.topic", "transaction.state.log", "share.coordinator.state.topic"];
  const leastInSync = Math.min(2, size);
  return {
    "process.roles": "broker,controller",
    "node.id": id,
    "controller.quorum.voters": voters,
    listeners: listeners.map(at).join(","),
    "advertised.listeners": listeners
      .filter((each) => each !== "CONTROLLER")
      .map(at)
      .join(","),
    "listener.security.protocol.map": listeners
      .map((each) => `${each}:${each === "CONTROLLER" ? "PLAINTEXT" : each}`)
      .join(","),
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    "log.dirs": join(home, "data"),
    "broker.rack": `rack-${id}`,
    "replica.selector.class": "org.apache.kafka.common.replica.RackAwareReplicaSelector",
    "default.replication.factor": size,
    "min.insync.replicas": leastInSync,
    ...Object.fromEntries(internal.map((topic) => [`${topic}.replication.factor`, size])),
    "transaction.state.log.min.isr": leastInSync,
    "share.coordinator.state.topic.min.isr": leastInSync,
    "offsets.topic.num.partitions": 5,
    "transaction.state.log.num.partitions": 5,
    "auto.create.topics.enable": false,
    "group.initial.rebalance.delay.ms": 0,
    "group.min.session.timeout.ms": 500,
    "broker.session.timeout.ms": 3_000,
    "replica.lag.time.max.ms": 5_000,
    "leader.imbalance.check.interval.seconds": 5,
    "ssl.keystore.type": "PEM",
    "ssl.keystore.location": join(home, "keystore.pem"),
    "ssl.truststore.type": "PEM",
    "ssl.truststore.location": join(home, "truststore.pem"),
    "listener.name.ssl.ssl.client.auth": "required",
    "listener.name.sasl_ssl.sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
    "listener.name.sasl_ssl.plain.sasl.jaas.config": `${login}.plain.PlainLoginModule required user_${user.username}="${user.password}";`,
    "listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config": `${login}.scram.ScramLoginModule required;`,
    "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config": `${login}.scram.ScramLoginModule required;`,
  };
}
