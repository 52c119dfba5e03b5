import { Kafka } from "@ottla/client";
import { describe, expect, it } from "vitest";
import { startBroker } from "../../kit/broker-process.js";
import { Child } from "../../kit/child.js";
import { cleanup } from "../../kit/cleanup.js";
import { temporaryFolder } from "../../kit/temporary-folder.js";
import { java, javaCommand } from "./java.js";

/** Runs one of Kafka's tools to its end, and answers what it printed. */
async function tool(main: string, ...args: readonly string[]): Promise<readonly string[]> {
  const [program = "", ...rest] = javaCommand(`org.apache.kafka.tools.${main}`);
  const child = new Child(program, [...rest, ...args]);
  expect(await child.ended(), `${child.errors}\n${child.lines.join("\n")}`).toBe(0);
  return child.lines;
}

const events = (lines: readonly string[], name: string) =>
  lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter((event) => event.name === name);

describe.skipIf(java.missing !== undefined)("Kafka's command line tools", () => {
  it("write, read, describe and delete", async () => {
    const config = { "group.initial.rebalance.delay.ms": 0 };
    const { address } = await startBroker({ dataDir: temporaryFolder("tools"), config });
    const kafka = new Kafka({ brokers: [address] });
    cleanup(() => kafka.close());
    const server = ["--bootstrap-server", address];

    await tool("TopicCommand", ...server, "--create", "--topic", "numbers", "--partitions", "2");
    expect(await tool("TopicCommand", ...server, "--list")).toEqual(["numbers"]);
    const described = (await tool("TopicCommand", ...server, "--describe", "--topic", "numbers")).join("\n");
    expect(described).toContain("PartitionCount: 2");

    const sent = await tool(
      "VerifiableProducer",
      ...server,
      "--topic",
      "numbers",
      "--max-messages",
      "2000",
      "--acks",
      "-1",
    );
    expect(events(sent, "producer_send_success")).toHaveLength(2_000);
    const group = ["--group-id", "verifiers", "--max-messages", "2000", "--reset-policy", "earliest"];
    const read = await tool("VerifiableConsumer", ...server, "--topic", "numbers", ...group);
    const counts = events(read, "records_consumed").map(({ count }) => Number(count));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(2_000);

    const limit = ["--from-beginning", "--max-messages", "2000", "--timeout-ms", "20000"];
    const printed = await tool("consumer.ConsoleConsumer", ...server, "--topic", "numbers", ...limit);
    expect(printed.map(Number).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 2_000 }, (_, index) => index));

    const offsets = await tool("GetOffsetShell", ...server, "--topic", "numbers");
    expect(offsets.map((line) => Number(line.split(":")[2])).reduce((sum, each) => sum + each)).toBe(2_000);
    const lag = await tool("consumer.group.ConsumerGroupCommand", ...server, "--describe", "--group", "verifiers");
    const rows = lag.filter((line) => line.includes("numbers")).map((line) => line.trim().split(/\s+/));
    // A partition that got no record, and so no commit, is not shown.
    expect(rows.map(([name, , , committed, end, left]) => [name, committed === end, left])).toEqual(
      rows.map(() => ["verifiers", true, "0"]),
    );
    expect(rows.reduce((sum, [, , , committed]) => sum + Number(committed), 0)).toBe(2_000);
    await tool("consumer.group.ConsumerGroupCommand", ...server, "--delete", "--group", "verifiers");
    await tool("TopicCommand", ...server, "--delete", "--topic", "numbers");
    expect((await tool("TopicCommand", ...server, "--list", "--exclude-internal")).join("")).toBe("");
  }, 90_000);
});
