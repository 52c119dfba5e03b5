import { execFileSync, spawn } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { freePort } from "../../kit/free-port.js";

const fixtures = fileURLToPath(new URL("../../../packages/client/src/security/fixtures/", import.meta.url));

/** The certificates of the client's own tests. */
export const certificate = (name: string): string => readFileSync(join(fixtures, `${name}.pem`), "utf8");

/** Where its listeners are, each with another way to say who one is. */
export interface SecuredKafka {
  readonly plaintext: string;
  /** TLS; a client must have a certificate. */
  readonly mutualTls: string;
  /** TLS, then PLAIN or SCRAM. */
  readonly saslSsl: string;
  /** PLAIN, SCRAM or OAUTHBEARER with unsecured tokens, whose sessions last 2 seconds at most. */
  readonly saslPlaintext: string;
  stop(): Promise<void>;
}

export const password = "öffne dich ﬁ";

const login = "org.apache.kafka.common.security";
const jaas = {
  plain: `${login}.plain.PlainLoginModule required user_ada="${password}";`,
  "scram-sha-256": `${login}.scram.ScramLoginModule required;`,
  "scram-sha-512": `${login}.scram.ScramLoginModule required;`,
  oauthbearer: `${login}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";`,
};
const validator = `${login}.oauthbearer.internals.unsecured.OAuthBearerUnsecuredValidatorCallbackHandler`;
const java = ["-Xmx384m", "-XX:TieredStopAtLevel=1", "-Xshare:auto", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error"];

/** Apache Kafka as one node with a listener for each kind of security, for all tests of a file. */
export async function startSecuredKafka(classPath: string): Promise<SecuredKafka> {
  const folder = mkdtempSync(join(tmpdir(), "ottla-secured-kafka-"));
  const names = ["PLAINTEXT", "SSL", "SASL_SSL", "SASL_PLAINTEXT", "CONTROLLER"] as const;
  const ports = new Map<string, number>();
  for (const name of names) ports.set(name, await freePort());
  const at = (name: (typeof names)[number]): string => `127.0.0.1:${ports.get(name)}`;
  const listener = (name: (typeof names)[number]): string => `${name}://${at(name)}`;
  mkdirSync(join(folder, "data"));
  // Kafka wants the key and the certificate of a PEM store in one file.
  writeFileSync(join(folder, "keystore.pem"), certificate("broker.key") + certificate("broker"));
  copyFileSync(join(fixtures, "ca.pem"), join(folder, "truststore.pem"));
  const saslSettings = (name: string, mechanisms: readonly (keyof typeof jaas)[]) => [
    [`listener.name.${name}.sasl.enabled.mechanisms`, mechanisms.map((each) => each.toUpperCase()).join(",")],
    ...mechanisms.map((each) => [`listener.name.${name}.${each}.sasl.jaas.config`, jaas[each]]),
  ];
  const settings = [
    ["process.roles", "broker,controller"],
    ["node.id", "1"],
    ["controller.quorum.voters", `1@${at("CONTROLLER")}`],
    ["listeners", names.map(listener).join(",")],
    [
      "advertised.listeners",
      names
        .filter((name) => name !== "CONTROLLER")
        .map(listener)
        .join(","),
    ],
    [
      "listener.security.protocol.map",
      names.map((name) => `${name}:${name === "CONTROLLER" ? "PLAINTEXT" : name}`).join(","),
    ],
    ["controller.listener.names", "CONTROLLER"],
    ["inter.broker.listener.name", "PLAINTEXT"],
    ["log.dirs", join(folder, "data")],
    ...["offsets.topic", "transaction.state.log", "share.coordinator.state.topic"].map((topic) => [
      `${topic}.replication.factor`,
      "1",
    ]),
    ["transaction.state.log.min.isr", "1"],
    ["share.coordinator.state.topic.min.isr", "1"],
    ["offsets.topic.num.partitions", "1"],
    ["group.initial.rebalance.delay.ms", "0"],
    ["ssl.keystore.type", "PEM"],
    ["ssl.keystore.location", join(folder, "keystore.pem")],
    ["ssl.truststore.type", "PEM"],
    ["ssl.truststore.location", join(folder, "truststore.pem")],
    ["listener.name.ssl.ssl.client.auth", "required"],
    ...saslSettings("sasl_ssl", ["plain", "scram-sha-256", "scram-sha-512"]),
    ...saslSettings("sasl_plaintext", ["plain", "scram-sha-256", "scram-sha-512", "oauthbearer"]),
    ["listener.name.sasl_plaintext.oauthbearer.sasl.server.callback.handler.class", validator],
    ["listener.name.sasl_plaintext.connections.max.reauth.ms", "2000"],
    ["listener.name.sasl_plaintext.plain.connections.max.reauth.ms", "2000"],
  ];
  const file = join(folder, "server.properties");
  writeFileSync(file, settings.map(([name, value]) => `${name}=${escaped(String(value))}\n`).join(""));
  const users = ["SCRAM-SHA-256", "SCRAM-SHA-512"].flatMap((mechanism) => [
    "--add-scram",
    `${mechanism}=[name="ada",password="${password}"]`,
  ]);
  const run = [...java, "-Dfile.encoding=UTF-8", "-Dsun.jnu.encoding=UTF-8", "-cp", classPath];
  const format = ["kafka.tools.StorageTool", "format", "-t", "b3R0bGEtc2VjdXJpdHktMQ", "-c", file, ...users];
  const env = { LC_ALL: "C.UTF-8" };
  execFileSync("java", [...run, ...format], { stdio: "pipe", env: { ...process.env, ...env } });
  const started = [
    "-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info",
    "-Dorg.slf4j.simpleLogger.logFile=System.out",
  ];
  const kafka = spawn("java", [...started, ...run, "kafka.Kafka", file], {
    stdio: ["ignore", "pipe", "ignore"],
    env: { ...process.env, ...env },
  });
  const ended = new Promise<void>((resolve) => kafka.once("close", () => resolve()));
  const stop = async (): Promise<void> => {
    kafka.kill("SIGKILL");
    await ended;
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  const isStarted = await new Promise<boolean>((resolve) => {
    const lines = createInterface({ input: kafka.stdout });
    lines.on("line", (line) => line.includes("Kafka Server started") && resolve(true));
    lines.once("close", () => resolve(false));
  });
  if (!isStarted) {
    await stop();
    throw new Error("Kafka ended before it had started");
  }
  return {
    plaintext: at("PLAINTEXT"),
    mutualTls: at("SSL"),
    saslSsl: at("SASL_SSL"),
    saslPlaintext: at("SASL_PLAINTEXT"),
    stop,
  };
}

/** Java reads properties in Latin-1. */
const escaped = (value: string): string =>
  value.replace(/[^\x20-\x7e]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`);
