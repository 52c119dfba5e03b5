import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Kafka, string, topic } from "@ottla/client";
import { describe, expect, it } from "vitest";
import { startBroker } from "../../kit/broker-process.js";
import { cleanup } from "../../kit/cleanup.js";
import { temporaryFolder } from "../../kit/temporary-folder.js";
import { java } from "./java.js";
import { KafkaTools, table } from "./kafka-tools.js";

const config = { "group.initial.rebalance.delay.ms": 0 };
const lines = (count: number): string => Array.from({ length: count }, (_, index) => `${index}\n`).join("");

describe.skipIf(java.missing !== undefined)("Kafka's tools for groups", () => {
  it("list, describe, reset and delete a group without members", async () => {
    const { address } = await startBroker({ dataDir: temporaryFolder("tools"), config });
    const tools = new KafkaTools(address);
    const groups = (args: string) => tools.run("consumer.group.ConsumerGroupCommand", args);
    await tools.run("TopicCommand", "--create --topic orders --partitions 1");
    await tools.run("ConsoleProducer", "--topic orders", lines(100));
    await tools.run("consumer.ConsoleConsumer", "--topic orders --group billing --from-beginning --max-messages 40");

    expect(table(await groups("--list --state"))).toEqual([{ GROUP: "billing", STATE: "Empty" }]);
    expect(table(await groups("--list --type classic --state Empty"))).toHaveLength(1);
    expect(await groups("--list --state Stable")).toEqual([expect.stringMatching(/^GROUP/)]);
    expect(table(await tools.run("GroupsCommand", "--list"))).toEqual([
      { GROUP: "billing", TYPE: "Classic", PROTOCOL: "consumer" },
    ]);
    const where = async () => {
      const [row] = table(await groups("--describe --group billing"));
      return [row?.["CURRENT-OFFSET"], row?.["LOG-END-OFFSET"], row?.LAG];
    };
    expect(await where()).toEqual(["40", "100", "60"]);
    expect(table(await groups("--describe --group billing --state"))[0]).toMatchObject({ GROUP: "billing" });
    const noMembers = await tools.attempt(
      "consumer.group.ConsumerGroupCommand",
      "--describe --group billing --members --verbose",
    );
    expect(noMembers.errors).toContain("Consumer group 'billing' has no active members.");

    const reset = "--reset-offsets --group billing --topic orders";
    expect(table(await groups(`${reset} --to-earliest --dry-run`))[0]).toMatchObject({ "NEW-OFFSET": "0" });
    expect(await where()).toEqual(["40", "100", "60"]);
    const csv = join(temporaryFolder("tools"), "offsets.csv");
    writeFileSync(csv, "orders,0,70\n");
    for (const [how, offset] of [
      ["--shift-by 10", "50"],
      ["--shift-by -30", "20"],
      ["--to-earliest", "0"],
      ["--to-latest", "100"],
      ["--to-offset 7", "7"],
      ["--to-current", "7"],
      ["--to-datetime 2020-01-01T00:00:00.000", "0"],
      ["--by-duration PT0S", "100"],
      [`--from-file ${csv}`, "70"],
    ] as const) {
      expect(table((await groups(`${reset} ${how} --execute`)).filter((line) => !line.startsWith("Warn")))).toEqual([
        { GROUP: "billing", TOPIC: "orders", PARTITION: "0", "NEW-OFFSET": offset },
      ]);
      expect((await where())[0], how).toBe(offset);
    }
    expect(await groups(`${reset} --to-latest --export --dry-run`)).toContain("orders,0,100");
    await groups("--reset-offsets --group shipping --topic orders --to-offset 5 --execute");
    expect(table(await groups("--list --state"))).toContainEqual({ GROUP: "shipping", STATE: "Empty" });

    const deleted = await groups("--delete-offsets --group billing --topic orders");
    expect(table(deleted.slice(1))).toEqual([{ TOPIC: "orders", PARTITION: "0", STATUS: "Successful" }]);
    await groups("--delete --group shipping");
    const again = await groups("--delete --group shipping");
    expect(again.join("\n")).toContain("GroupIdNotFoundException");
  }, 60_000);

  it("show the members of a group and leave it alone", async () => {
    const { address } = await startBroker({ dataDir: temporaryFolder("tools"), config });
    const tools = new KafkaTools(address);
    const kafka = new Kafka({ brokers: [address], clientId: "shop" });
    cleanup(() => kafka.close());
    const groups = (args: string) => tools.attempt("consumer.group.ConsumerGroupCommand", args);
    await kafka.admin().topics.create([{ name: "orders", partitions: 3 }]);
    const orders = topic("orders", { value: string() });
    const producer = kafka.producer();
    await Promise.all(["a", "b", "c"].map((value) => producer.send(orders, { value })));
    const consumer = kafka.consumer({ groupId: "billing", topics: [orders], from: "earliest" });
    const records = consumer[Symbol.asyncIterator]();
    await records.next();

    const all = (await groups("--describe --group billing --members --verbose")).lines.join("\n");
    expect(all).toMatch(/billing\s+shop\S*\s+\/?127\.0\.0\.1\s+shop\s+3\s.*orders:0,1,2/);
    expect((await groups("--describe --group billing --state")).lines.join("\n")).toMatch(/range|sticky/);
    expect((await groups("--describe --group billing")).lines.filter((line) => line.includes("shop"))).toHaveLength(3);
    expect((await groups("--reset-offsets --group billing --topic orders --to-earliest --execute")).lines[0]).toContain(
      "Assignments can only be reset if the group 'billing' is inactive",
    );
    expect((await groups("--delete --group billing")).lines.join("\n")).toContain("GroupNotEmptyException");
    expect((await groups("--delete-offsets --group billing --topic orders")).lines.join("\n")).toContain(
      "GroupSubscribedToTopicException",
    );
    expect(table((await groups("--list --state")).lines)).toEqual([{ GROUP: "billing", STATE: "Stable" }]);
    await records.return?.();
    await consumer.close();
    await groups("--delete --group billing");
    expect((await groups("--list")).lines).toEqual([]);
  }, 60_000);

  it("read what groups and transactions are kept as", async () => {
    const { address } = await startBroker({ dataDir: temporaryFolder("tools"), config });
    const tools = new KafkaTools(address);
    await tools.run("ConsoleProducer", "--topic orders", lines(10));
    await tools.run(
      "ProducerPerformance",
      "--topic orders --num-records 10 --record-size 9 --throughput -1 --transactional-id t",
    );
    await tools.run("consumer.ConsoleConsumer", "--topic orders --group billing --from-beginning --max-messages 10");
    const read = async (topic: string, formatter: string) => {
      const args = `--topic ${topic} --from-beginning --timeout-ms 1500 --formatter org.apache.kafka.tools.consumer.${formatter}`;
      const [text = ""] = (await tools.attempt("consumer.ConsoleConsumer", args)).lines;
      return JSON.parse(`[${text.replaceAll("}{", "},{")}]`) as {
        key: { data: object };
        value: { data: object } | null;
      }[];
    };
    const offsets = await read("__consumer_offsets", "OffsetsMessageFormatter");
    expect(offsets).toContainEqual(
      expect.objectContaining({
        key: { type: 1, data: expect.objectContaining({ group: "billing", topic: "orders" }) },
        value: { version: 4, data: expect.objectContaining({ offset: 10 }) },
      }),
    );
    const groups = await read("__consumer_offsets", "GroupMetadataMessageFormatter");
    expect(groups).toContainEqual(
      expect.objectContaining({
        key: { type: 2, data: { group: "billing" } },
        value: { version: 3, data: expect.objectContaining({ protocol: "range", members: [expect.anything()] }) },
      }),
    );
    const transactions = await read("__transaction_state", "TransactionLogMessageFormatter");
    expect(transactions.map(({ value }) => (value?.data as { transactionStatus?: number })?.transactionStatus)).toEqual(
      // Empty, Ongoing, PrepareCommit, CompleteCommit.
      [0, 1, 2, 4],
    );
  }, 60_000);
});
