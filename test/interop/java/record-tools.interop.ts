import { describe, expect, it } from "vitest";
import { startBroker } from "../../kit/broker-process.js";
import { temporaryFolder } from "../../kit/temporary-folder.js";
import { java } from "./java.js";
import { KafkaTools, table, tool } from "./kafka-tools.js";

const config = { "group.initial.rebalance.delay.ms": 0, "num.partitions": 3 };
const numbers = (count: number): string[] => Array.from({ length: count }, (_, index) => `${index}`);
const byNumber = (lines: readonly string[]): string[] => lines.toSorted((a, b) => Number(a) - Number(b));
const events = (lines: readonly string[], name: string) =>
  lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter((event) => event.name === name);

describe.skipIf(java.missing !== undefined)("Kafka's tools for records", () => {
  it("write and read at the console", async () => {
    const { address } = await startBroker({ dataDir: temporaryFolder("tools"), config });
    const tools = new KafkaTools(address);
    const keyed = "--topic keyed --reader-property parse.key=true --reader-property parse.headers=true";
    await tools.run("ConsoleProducer", keyed, "via:test\tk1\tone\nvia:test\tk1\ttwo\n");
    const shown = "--formatter-property print.key=true --formatter-property print.headers=true --max-messages 2";
    const read = "--from-beginning --timeout-ms 20000";
    expect(await tools.run("consumer.ConsoleConsumer", `--topic keyed ${read} ${shown}`)).toEqual([
      "via:test\tk1\tone",
      "via:test\tk1\ttwo",
    ]);

    for (const codec of ["none", "gzip", "snappy", "lz4", "zstd"]) {
      const input = `${numbers(500).join("\n")}\n`;
      await tools.run("ConsoleProducer", `--topic ${codec} --compression-codec ${codec}`, input);
      const all = `--topic ${codec} --max-messages 500 --isolation-level read_committed --group g-${codec}`;
      expect(byNumber(await tools.run("consumer.ConsoleConsumer", `${all} ${read}`))).toEqual(numbers(500));
    }
    // A group goes on where it stopped: here at the end.
    const more = await tools.attempt("consumer.ConsoleConsumer", "--topic gzip --group g-gzip --timeout-ms 500");
    expect(more.lines).toEqual([]);
    expect(more.errors).toContain("Processed a total of 0 messages");
  }, 60_000);

  it("read only what is committed, where they are asked to", async () => {
    const { address } = await startBroker({ dataDir: temporaryFolder("tools"), config });
    const tools = new KafkaTools(address);
    await tools.run("TopicCommand", "--create --topic payments --partitions 1");
    await tools.run("ConsoleProducer", "--topic payments", "before\n");
    expect(await tools.java("OpenTransaction", [address, "payments", "open", "3"])).toMatchObject({ status: 0 });
    await tools.run("ConsoleProducer", "--topic payments", "behind\n");
    const read = (isolation: string, count: number) =>
      tools.run(
        "consumer.ConsoleConsumer",
        `--topic payments --from-beginning --isolation-level ${isolation} --max-messages ${count} --timeout-ms 10000`,
      );
    expect(await read("read_uncommitted", 5)).toEqual(["before", "open 0", "open 1", "open 2", "behind"]);
    expect(await read("read_committed", 1)).toEqual(["before"]);
    const blocked = "--topic payments --offset 1 --partition 0 --isolation-level read_committed --timeout-ms 500";
    expect((await tools.attempt("consumer.ConsoleConsumer", blocked)).lines).toEqual([]);
    await tools.run("TransactionsCommand", "forceTerminateTransaction --transactionalId open");
    expect(await read("read_committed", 2)).toEqual(["before", "behind"]);
  }, 60_000);

  it("measure producers, also in transactions, consumers and the way between them", async () => {
    const { address } = await startBroker({ dataDir: temporaryFolder("tools"), config });
    const tools = new KafkaTools(address);
    const load = "--topic load --num-records 3000 --record-size 100";
    expect((await tools.run("ProducerPerformance", `${load} --throughput -1`)).at(-1)).toContain("3000 records sent");
    const transactions = "--transactional-id perf --transaction-duration-ms 10";
    const measured = await tools.run("ProducerPerformance", `${load} --throughput 30000 ${transactions}`);
    expect(measured.at(-1)).toContain("3000 records sent");
    const consumed = await tools.run("ConsumerPerformance", "--topic load --num-records 6000 --timeout 20000");
    expect(table(consumed, /, /)[0]).toMatchObject({ "data.consumed.in.nMsg": "6000" });
    const way = "--topic way --num-records 200 --producer-acks all --record-size 20";
    expect((await tools.run("EndToEndLatency", way)).at(-1)).toMatch(/^Percentiles: 50th = \d+/);
  }, 60_000);

  it("verify what was sent, and what of it was consumed", async () => {
    const { address } = await startBroker({ dataDir: temporaryFolder("tools"), config });
    const tools = new KafkaTools(address);
    const server = ["--bootstrap-server", address, "--topic", "verified", "--max-messages", "2000"];
    const sent = await tool("VerifiableProducer", ...server, "--acks", "-1");
    expect(events(sent, "producer_send_success")).toHaveLength(2_000);
    const group = "--group-id verifiers --topic verified --max-messages 2000 --reset-policy earliest --verbose";
    const read = await tools.run("VerifiableConsumer", group);
    const values = events(read, "record_data").map(({ value }) => String(value));
    expect(byNumber(values)).toEqual(numbers(2_000));
    expect(events(read, "offsets_committed").every(({ success }) => success === true)).toBe(true);
  }, 60_000);

  it("copy a topic in transactions, some aborted on the way, each record once", async () => {
    const { address } = await startBroker({ dataDir: temporaryFolder("tools"), config });
    const tools = new KafkaTools(address);
    await tools.run("TopicCommand", "--create --topic input --partitions 1");
    await tools.run("TopicCommand", "--create --topic output --partitions 1");
    await tools.run("ConsoleProducer", "--topic input", `${numbers(1_000).join("\n")}\n`);
    const copier = "TransactionalMessageCopier";
    const half = [
      "--broker-list",
      address,
      "--input-topic",
      "input",
      "--input-partition",
      "0",
      "--output-topic",
      "output",
    ];
    const once = ["--transactional-id", "copier", "--consumer-group", "copiers", "--transaction-size", "20"];
    await tool(copier, ...half, ...once, "--max-messages", "500", "--enable-random-aborts");
    await tool(copier, ...half, ...once, "--enable-random-aborts", "--group-mode", "--use-group-metadata");
    const all = "--topic output --from-beginning --isolation-level read_committed --max-messages 1000";
    expect(await tools.run("consumer.ConsoleConsumer", `${all} --timeout-ms 20000`)).toEqual(numbers(1_000));
    const lag = await tools.run("consumer.group.ConsumerGroupCommand", "--describe --group copiers");
    expect(table(lag)[0]).toMatchObject({ "CURRENT-OFFSET": "1000", LAG: "0" });
  }, 60_000);
});
