import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Child } from "../kit/child.js";
import { freePort } from "../kit/free-port.js";
import { temporaryFolder } from "../kit/temporary-folder.js";
import { settings } from "./settings.js";

const options = [
  "-Xmx512m",
  "-XX:TieredStopAtLevel=1",
  "-Xshare:auto",
  "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
];
const clusterId = "b3R0bGEtY29uZm9ybWFuYw";

const alone = [
  "offsets.topic.replication.factor",
  "transaction.state.log.replication.factor",
  "transaction.state.log.min.isr",
  "share.coordinator.state.topic.replication.factor",
  "share.coordinator.state.topic.min.isr",
];

/**
 * Apache Kafka as one node, broker and controller, on free ports and a data folder of its own, both gone with the running test.
 * Resolves when it has said that it is started.
 */
export async function startKafka(classPath: string): Promise<{ readonly host: string; readonly port: number }> {
  const folder = temporaryFolder("kafka");
  const [port, controllerPort] = [await freePort(), await freePort()];
  const properties: Record<string, string | number | boolean> = {
    "process.roles": "broker,controller",
    "node.id": 1,
    "controller.quorum.voters": `1@127.0.0.1:${controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    "advertised.listeners": `PLAINTEXT://127.0.0.1:${port}`,
    "controller.listener.names": "CONTROLLER",
    "log.dirs": join(folder, "data"),
    "transaction.state.log.num.partitions": 4,
    ...Object.fromEntries(alone.map((name) => [name, 1])),
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
  const run = [...options, "-cp", classPath];
  execFileSync("java", [...run, "kafka.tools.StorageTool", "format", "-t", clusterId, "-c", file], { stdio: "pipe" });
  const info = [
    "-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info",
    "-Dorg.slf4j.simpleLogger.logFile=System.out",
  ];
  const kafka = new Child("java", [...info, ...run, "kafka.Kafka", file]);
  await kafka.line((line) => line.includes("Kafka Server started"));
  return { host: "127.0.0.1", port };
}
