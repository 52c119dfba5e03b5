import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { startBroker } from "../../kit/broker-process.js";
import { temporaryFolder } from "../../kit/temporary-folder.js";
import { java } from "./java.js";
import { KafkaTools } from "./kafka-tools.js";

const config = { "group.initial.rebalance.delay.ms": 0 };
const lines = (count: number): string => Array.from({ length: count }, (_, index) => `${index}\n`).join("");

describe.skipIf(java.missing !== undefined)("Kafka's tools for topics", () => {
  it("create, describe, widen and delete topics", async () => {
    const { address } = await startBroker({ dataDir: temporaryFolder("tools"), config });
    const tools = new KafkaTools(address);
    const topics = (args: string) => tools.run("TopicCommand", args);
    await topics("--create --topic orders --partitions 2 --config cleanup.policy=compact --config segment.ms=60000");
    await topics("--create --topic placed --replica-assignment 1,1,1");
    expect(await topics("--list")).toEqual(["orders", "placed"]);
    await topics("--alter --topic orders --partitions 5");
    const [head, ...partitions] = await topics("--describe --topic orders");
    expect(head).toMatch(/PartitionCount: 5\tReplicationFactor: 1\tConfigs: cleanup.policy=compact,segment.ms=60000/);
    expect(partitions.map((line) => line.split("\t").slice(2, 6).join(" "))).toEqual(
      [0, 1, 2, 3, 4].map((partition) => `Partition: ${partition} Leader: 1 Replicas: 1 Isr: 1`),
    );
    expect(await topics("--describe --under-replicated-partitions")).toEqual([]);
    expect(await topics("--describe --unavailable-partitions")).toEqual([]);
    expect(await topics("--describe --topics-with-overrides --exclude-internal")).toHaveLength(1);
    await topics("--create --topic orders --if-not-exists");

    for (const [wrong, error] of [
      ["--create --topic orders", "TopicExistsException"],
      ["--create --topic wide --replication-factor 3", "InvalidReplicationFactorException"],
      ["--create --topic odd --config retention.ms=soon", "ConfigException"],
      ["--alter --topic orders --partitions 1", "InvalidPartitionsException"],
      ["--delete --topic nothing", "IllegalArgumentException"],
    ] as const) {
      expect(await tools.attempt("TopicCommand", wrong)).toMatchObject({
        status: 1,
        errors: expect.stringContaining(error),
      });
    }
    await topics("--delete --topic orders|placed");
    expect(await topics("--list")).toEqual([]);
  }, 60_000);

  it("describe and change configurations of topics, brokers, groups and client metrics", async () => {
    const { address } = await startBroker({ dataDir: temporaryFolder("tools"), config });
    const tools = new KafkaTools(address);
    const configs = async (args: string): Promise<string> => {
      const command = ["--bootstrap-server", address, ...args.split(" ")];
      const { status, lines, errors } = await tools.java("kafka.admin.ConfigCommand", command);
      return `${status === 0 ? "" : errors}${lines.join("\n")}`;
    };
    await tools.run("TopicCommand", "--create --topic orders");
    const orders = "--entity-type topics --entity-name orders";
    expect(await configs(`--alter ${orders} --add-config cleanup.policy=[compact,delete],retention.ms=7000`)).toBe(
      "Completed updating config for topic orders.",
    );
    expect(await configs(`--describe ${orders}`)).toMatch(/cleanup.policy=compact,delete .*\n.*retention.ms=7000 /);
    await configs(`--alter ${orders} --delete-config cleanup.policy`);
    expect(await configs(`--describe ${orders} --all`)).toMatch(
      /cleanup.policy=delete sensitive=false synonyms={DEFAULT_CONFIG:log.cleanup.policy=delete}/,
    );
    expect(await configs(`--alter ${orders} --add-config retention.ms=soon`)).toContain(
      "Invalid value soon for configuration retention.ms: Not a number of type LONG",
    );

    const everyBroker = "--entity-type brokers --entity-default";
    const broker = "--entity-type brokers --entity-name 1";
    await configs(`--alter ${everyBroker} --add-config log.retention.ms=7200000`);
    await configs(`--alter ${broker} --add-config log.retention.ms=3600000`);
    expect(await configs(`--describe ${everyBroker}`)).toContain("log.retention.ms=7200000");
    const layers =
      "DYNAMIC_BROKER_CONFIG:log.retention.ms=3600000, DYNAMIC_DEFAULT_BROKER_CONFIG:log.retention.ms=7200000";
    expect(await configs(`--describe ${broker}`)).toContain(
      `log.retention.ms=3600000 sensitive=false synonyms={${layers}, DEFAULT_CONFIG:log.retention.hours=168}`,
    );
    await configs(`--alter ${broker} --delete-config log.retention.ms`);
    expect(await configs(`--describe ${broker}`)).not.toContain("=3600000");
    expect((await configs(`--describe ${broker} --all`)).split("\n").length).toBeGreaterThan(200);
    expect(await configs(`--alter ${broker} --add-config log.dirs=/tmp`)).toContain("InvalidRequestException");

    const group = "--entity-type groups --entity-name billing";
    await configs(`--alter ${group} --add-config consumer.session.timeout.ms=50000`);
    expect(await configs(`--describe ${group}`)).toContain("consumer.session.timeout.ms=50000");
    expect(await configs("--describe --entity-type broker-loggers --entity-name 1")).toContain("root=INFO");
    await tools.run("ClientMetricsCommand", "--alter --name m --metrics org.apache.kafka. --interval 10000");
    expect(await tools.run("ClientMetricsCommand", "--list")).toEqual(["m"]);
    expect(await tools.run("ClientMetricsCommand", "--describe --name m")).toContain("  interval.ms=10000");
    await tools.run("ClientMetricsCommand", "--delete --name m");
  }, 60_000);

  it("tell offsets, delete records and measure logs", async () => {
    const { address } = await startBroker({ dataDir: temporaryFolder("tools"), config });
    const tools = new KafkaTools(address);
    await tools.run("TopicCommand", "--create --topic orders --partitions 1");
    await tools.run("ConsoleProducer", "--topic orders", lines(50));
    await tools.java("OpenTransaction", [address, "orders", "open", "3"]);
    const folder = temporaryFolder("tools");
    const file = (name: string, value: object): string => {
      writeFileSync(join(folder, name), JSON.stringify(value));
      return join(folder, name);
    };
    const partition = { topic: "orders", partition: 0 };
    const before = file("before.json", { version: 1, partitions: [{ ...partition, offset: 20 }] });
    expect(await tools.run("DeleteRecordsCommand", `--offset-json-file ${before}`)).toContain(
      "partition: orders-0\tlow_watermark: 20",
    );
    const at = async (time: string) => (await tools.run("GetOffsetShell", `--topic orders --time ${time}`)).join();
    expect(await at("earliest")).toBe("orders:0:20");
    expect(await at("-2")).toBe("orders:0:20");
    expect(await at("earliest-local")).toBe("orders:0:20");
    expect(await at("latest")).toBe("orders:0:53");
    expect(await at("-1")).toBe("orders:0:53");
    expect(await at("max-timestamp")).toMatch(/^orders:0:5[0-2]$/);
    expect(await at("1600000000000")).toBe("orders:0:20");
    // Without tiered storage there is no such offset; the tool then prints nothing.
    expect(await at("latest-tiered")).toBe("");
    expect(await at("earliest-pending-upload")).toBe("");
    // Nothing is later than the end, and so nothing is printed.
    expect(await at(`${Date.now() + 3_600_000}`)).toBe("");
    const [, , sizes = "{}"] = await tools.run("LogDirsCommand", "--describe --topic-list orders");
    const { brokers } = JSON.parse(sizes) as { brokers: { logDirs: { error: null; partitions: object[] }[] }[] };
    expect(brokers[0]?.logDirs).toEqual([
      expect.objectContaining({
        error: null,
        partitions: [{ partition: "orders-0", size: expect.any(Number), offsetLag: 0, isFuture: false }],
      }),
    ]);
    expect(
      await tools.attempt(
        "DeleteRecordsCommand",
        `--offset-json-file ${file("far.json", { version: 1, partitions: [{ ...partition, offset: 99 }] })}`,
      ),
    ).toMatchObject({
      lines: expect.arrayContaining([expect.stringContaining("OffsetOutOfRangeException")]),
    });
    const all = file("all.json", { version: 1, partitions: [{ ...partition, offset: -1 }] });
    await tools.run("DeleteRecordsCommand", `--offset-json-file ${all}`);
    expect(await at("earliest")).toBe("orders:0:53");
  }, 60_000);
});
