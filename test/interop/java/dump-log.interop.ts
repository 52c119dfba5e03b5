import { bytes, Kafka, string, topic } from "@ottla/client";
import { describe, expect, it } from "vitest";
import { startBroker } from "../../kit/broker-process.js";
import { cleanup } from "../../kit/cleanup.js";
import { eventually } from "../../kit/eventually.js";
import { freePort } from "../../kit/free-port.js";
import { temporaryFolder } from "../../kit/temporary-folder.js";
import { checkIndexes, dumped, filesIn } from "./dumper.js";
import { java } from "./java.js";
import { KafkaTools, tool } from "./kafka-tools.js";
import { writeMixedFolders } from "./mixed-folder.js";

const codecs = ["none", "gzip", "snappy", "lz4", "zstd"];
const deep = ["--deep-iteration", "--print-data-log"];

const numbersOf = (lines: readonly string[], pattern: RegExp): number[] =>
  lines.flatMap((line) => {
    const found = pattern.exec(line)?.[1];
    return found === undefined ? [] : [Number(found)];
  });

describe.skipIf(java.missing !== undefined)("Kafka's dumper", () => {
  it("has nothing to say against the files of a log that was filled in all ways, stopped and killed", async () => {
    for (const folder of await writeMixedFolders(temporaryFolder("dump"))) {
      const lines = await dumped(filesIn(folder, ".log"), deep);
      for (const codec of codecs) {
        expect(
          lines.some((line) => line.includes(`compresscodec: ${codec} `)),
          codec,
        ).toBe(true);
      }
      expect(lines.some((line) => line.includes("endTxnMarker: COMMIT"))).toBe(true);
      expect(lines.some((line) => line.includes("endTxnMarker: ABORT coordinatorEpoch: 4"))).toBe(true);
      await checkIndexes(folder);

      const aborted = numbersOf(await dumped(filesIn(folder, ".txnindex"), []), /^version: 0 .* lastOffset: (\d+)/);
      const markers = numbersOf(lines, /offset: (\d+) .*endTxnMarker: ABORT/);
      expect(aborted.length).toBeGreaterThan(10);
      expect(aborted.toSorted()).toEqual(markers.toSorted());

      const producers = await dumped(filesIn(folder, ".snapshot"), []);
      expect(producers.some((line) => /currentTxnFirstOffset: OptionalLong\[\d+\]/.test(line))).toBe(true);
    }
  }, 120_000);

  it("has nothing to say against a broker's folder after transactions, groups, compaction and kills", async () => {
    const config = {
      "group.initial.rebalance.delay.ms": 0,
      "log.cleaner.backoff.ms": 50,
      "log.cleaner.min.cleanable.ratio": 0.01,
      "log.roll.ms": 1_000,
      "offsets.topic.num.partitions": 2,
      "transaction.state.log.num.partitions": 2,
    };
    const options = { dataDir: temporaryFolder("dump"), port: await freePort(), config };
    let broker = await startBroker(options);
    const { address } = broker;
    const kafka = new Kafka({ brokers: [address] });
    cleanup(() => kafka.close());
    const tools = new KafkaTools(address);
    await tools.run("TopicCommand", "--create --topic latest --partitions 1 --config cleanup.policy=compact");
    for (const name of ["input", "output"]) await tools.run("TopicCommand", `--create --topic ${name} --partitions 1`);
    for (let round = 0; round < 3; round += 1) {
      const keyed = Array.from({ length: 300 }, (_, index) => `key${index % 20}\t${round} ${index}\n`).join("");
      for (const codec of codecs) {
        const keys = `--topic latest --compression-codec ${codec} --reader-property parse.key=true`;
        await tools.run("ConsoleProducer", keys, keyed);
      }
      await tools.run("ConsoleProducer", "--topic input", keyed);
      const load = "--topic output --num-records 1000 --record-size 50 --throughput 5000";
      await tools.run("ProducerPerformance", `${load} --transactional-id perf --transaction-duration-ms 5`);
      for (const name of ["latest", "output"])
        await tools.java("OpenTransaction", [address, name, `open-${name}`, "5"]);
      await tools.run("TransactionsCommand", "forceTerminateTransaction --transactionalId open-output");
      const from = ["--input-topic", "input", "--input-partition", "0", "--broker-list", address];
      const to = ["--output-topic", "output", "--transactional-id", "copier", "--transaction-size", "20"];
      await tool("TransactionalMessageCopier", ...from, ...to, "--consumer-group", "copiers", "--enable-random-aborts");
      await tools.run(
        "consumer.ConsoleConsumer",
        `--topic input --group g${round} --from-beginning --max-messages 100`,
      );
      await broker.child.kill();
      broker = await startBroker(options);
    }
    await tools.run("TransactionsCommand", "forceTerminateTransaction --transactionalId open-latest");
    const keep = topic("latest", { key: string(), value: string() });
    const states = topic("__transaction_state", { key: bytes(), value: bytes(), tombstones: true });
    /** What part of the records that were written is still there. */
    const left = async (of: typeof keep | typeof states): Promise<number> => {
      let records = 0;
      const ends = new Map<number, number>();
      for await (const { partition, offset } of kafka.reader({ topics: [of], until: "end" })) {
        records += 1;
        ends.set(partition, Number(offset) + 1);
      }
      return records / [...ends.values()].reduce((sum, end) => sum + end, 0);
    };
    // A record more makes the segment before it old enough to be compacted; the last segment of the transactions' states stays.
    await eventually(
      async () => {
        await tools.run("ConsoleProducer", "--topic latest --reader-property parse.key=true", "key0\tlast\n");
        return (await left(keep)) < 0.1 && (await left(states)) < 0.5;
      },
      { withinMs: 30_000, everyMs: 500, what: "logs to be compacted" },
    );
    await broker.child.stop();

    const folder = options.dataDir;
    const logs = filesIn(folder, ".log");
    const of = (name: string): string[] => logs.filter((file) => file.includes(`/${name}-`));
    const shown = await dumped([...of("input"), ...of("output")], deep);
    expect(shown.some((line) => line.includes("endTxnMarker: ABORT"))).toBe(true);
    const compacted = await dumped(of("latest"), deep, true);
    expect(numbersOf(compacted, /^\| offset: (\d+)/).length).toBeLessThan(500);
    const offsets = await dumped(of("__consumer_offsets"), ["--deep-iteration", "--offsets-decoder"], true);
    expect(offsets.join("\n")).toMatch(/"group":"copiers".*"offset":900/);
    const transactions = await dumped(
      of("__transaction_state"),
      ["--deep-iteration", "--transaction-log-decoder"],
      true,
    );
    expect(transactions.join("\n")).toMatch(/"transactionalId":"copier"/);
    await dumped(of("__cluster_metadata"), ["--deep-iteration"]);
    await checkIndexes(folder);
    await dumped(filesIn(folder, ".txnindex", ".snapshot"), []);
  }, 120_000);
});
