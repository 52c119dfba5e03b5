import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Child } from "../../kit/child.js";
import { eventually } from "../../kit/eventually.js";
import { commandOf, mavenFolder } from "../../kit/maven-folder.js";

const built = mavenFolder(fileURLToPath(new URL(".", import.meta.url)).replace(/\/$/, ""));

/** Why no Kafka Connect runs here. */
export const missingConnect = "missing" in built ? built.missing : undefined;

/** A worker of Kafka Connect in distributed mode, and its REST interface. It is killed when the test ends. */
export class ConnectWorker {
  readonly child: Child;
  readonly #url: string;

  private constructor(child: Child, url: string) {
    this.child = child;
    this.#url = url;
  }

  /** Starts a worker in this folder; resolves when it answers. */
  static async start(
    folder: string,
    bootstrap: string,
    port: number,
    properties: Readonly<Record<string, string>>,
  ): Promise<ConnectWorker> {
    const plugins = join(folder, "plugins");
    mkdirSync(plugins, { recursive: true });
    const all = { ...defaults, "bootstrap.servers": bootstrap, listeners: `http://127.0.0.1:${port}` };
    const lines = Object.entries({ ...all, "plugin.path": plugins, ...properties });
    const file = join(folder, "worker.properties");
    writeFileSync(file, lines.map(([name, value]) => `${name}=${value}\n`).join(""));
    const [program = "", ...args] = commandOf(built, "org.apache.kafka.connect.cli.ConnectDistributed");
    const worker = new ConnectWorker(new Child(program, [...args, file]), `http://127.0.0.1:${port}`);
    await worker.until("/connectors", Array.isArray);
    return worker;
  }

  /** Asks again and again until the answer pleases. */
  until<T>(path: string, pleases: (answer: T) => boolean): Promise<T> {
    const what = `${path} to be as wished`;
    return eventually(
      async () => {
        const response = await fetch(`${this.#url}${path}`);
        const answer = (await response.json()) as T;
        return response.ok && pleases(answer) ? answer : undefined;
      },
      { withinMs: 60_000, everyMs: 100, what },
    ).catch((error: unknown) => {
      throw new Error(`${what}, in vain: ${this.child.errors.slice(-3_000)}`, { cause: error });
    });
  }

  /** Makes a connector, and waits until it and its task run. */
  async run(name: string, config: Readonly<Record<string, string>>): Promise<void> {
    await eventually(
      async () => {
        const headers = { "content-type": "application/json" };
        const request = { method: "PUT", headers, body: JSON.stringify({ "tasks.max": "1", ...config }) };
        return (await fetch(`${this.#url}/connectors/${name}/config`, request)).ok;
      },
      // A worker that is about to join answers 409 or 500.
      { withinMs: 60_000, everyMs: 200, what: `connector ${name} to be taken` },
    );
    await this.running(name);
  }

  /** Waits until a connector and its task run. */
  async running(name: string): Promise<void> {
    interface Status {
      readonly connector: { readonly state: string };
      readonly tasks: readonly { readonly state: string }[];
    }
    await this.until<Status>(
      `/connectors/${name}/status`,
      ({ connector, tasks }) => connector.state === "RUNNING" && tasks[0]?.state === "RUNNING",
    );
  }
}

const defaults = {
  "group.id": "workers",
  "key.converter": "org.apache.kafka.connect.storage.StringConverter",
  "value.converter": "org.apache.kafka.connect.storage.StringConverter",
  "config.storage.topic": "connect-configs",
  "offset.storage.topic": "connect-offsets",
  "offset.storage.partitions": "3",
  "status.storage.topic": "connect-status",
  "status.storage.partitions": "2",
  "config.storage.replication.factor": "1",
  "offset.storage.replication.factor": "1",
  "status.storage.replication.factor": "1",
  "offset.flush.interval.ms": "200",
  // A killed worker is missed, and its work taken over, after this time.
  "session.timeout.ms": "6000",
  "heartbeat.interval.ms": "500",
  "scheduled.rebalance.max.delay.ms": "0",
  "consumer.session.timeout.ms": "6000",
  "consumer.heartbeat.interval.ms": "500",
  "consumer.isolation.level": "read_committed",
  "plugin.discovery": "service_load",
};
