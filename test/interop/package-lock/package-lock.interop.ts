import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { bytes, Kafka, topic } from "@ottla/client";
import { describe, expect, it } from "vitest";
import { type BrokerProcess, startBroker } from "../../kit/broker-process.js";
import { Child } from "../../kit/child.js";
import { freePort } from "../../kit/free-port.js";
import { temporaryFolder } from "../../kit/temporary-folder.js";
import { confluentKafka } from "../confluent-kafka/confluent-kafka.js";
import { type ForeignReceived, ForeignSession } from "../foreign-client.js";
import { java } from "../java/java.js";
import { kafkaPython } from "../kafka-python/kafka-python.js";
import { kafkajs } from "../kafkajs/kafkajs.js";
import { kcat } from "../kcat/kcat.js";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const { packages } = JSON.parse(readFileSync(`${root}/package-lock.json`, "utf8")) as {
  readonly packages: Readonly<Record<string, object>>;
};
// As `jq -c '.packages | to_entries[] | .value + {path: .key}'` prints them.
const lines = Object.entries(packages).map(([path, entry]) => JSON.stringify({ ...entry, path }));
const base64 = (text: string): string => Buffer.from(text).toString("base64");
const written = Object.keys(packages).map((path, index) => `${base64(path)} ${base64(lines[index] ?? "")}`);

const clients = [kcat, confluentKafka, kafkaPython, kafkajs, java];
const there = clients.filter(({ missing }) => missing === undefined);
const absent = clients.filter(({ missing }) => missing !== undefined);

describe("every entry of this repository's package-lock.json, written by `ottla produce`", () => {
  it(`is read byte for byte by ${there.map(({ name }) => name).join(", ")}, before and after kill -9`, async () => {
    const options = { dataDir: temporaryFolder("package-lock"), port: await freePort() };
    const broker = await startBroker(options);
    const produce = ["ottla", "produce", "packages", "--key-field", "path", "--create", "--partitions", "6"];
    const cli = new Child("npx", [...produce, "--bootstrap", broker.address], { cwd: root, input: true });
    cli.write(lines.map((line) => `${line}\n`).join(""));
    cli.endInput();
    expect(await cli.ended(), cli.errors).toBe(0);

    const before = await readByAll(broker);
    await broker.child.kill();
    const after = await readByAll(await startBroker(options));
    expect(after).toEqual(before);
  }, 120_000);

  for (const { name, missing } of absent) it(`is read by ${name}`, ({ skip }) => skip(missing));
});

/** What each client read, where it was; after holding keys and values against the file. */
async function readByAll({ address }: BrokerProcess): Promise<Record<string, readonly string[]>> {
  const kafka = new Kafka({ brokers: [address] });
  let count = 0;
  for await (const _ of kafka.reader({ topics: [topic("packages", { value: bytes() })], until: "end" })) count += 1;
  await kafka.close();
  expect(count).toBe(lines.length);
  const places: Record<string, readonly string[]> = {};
  for (const client of there) {
    const session = new ForeignSession(client, address);
    const read = await session.ask("consume", { topic: "packages", count: lines.length });
    expect(read.map(content).sort(), client.name).toEqual([...written].sort());
    places[client.name] = read.map(({ partition, offset, key }) => `${partition}/${offset} ${key}`).sort();
  }
  return places;
}

const content = ({ key, value }: ForeignReceived): string => `${key} ${value}`;
