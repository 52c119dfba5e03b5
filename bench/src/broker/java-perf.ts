import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Figures } from "../case.js";
import { kafkaClassPath } from "./kafka-jars.js";

const run = promisify(execFile);

const java = async (main: string, args: readonly string[]): Promise<string> => {
  const options = ["-Xmx512m", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error", "-cp", kafkaClassPath()];
  const { stdout } = await run("java", [...options, `org.apache.kafka.tools.${main}`, ...args], { maxBuffer: 1 << 26 });
  return stdout;
};

/** Kafka's own producer tool with `acks=all` and its client's defaults; the first tenth of the records is not counted. */
export async function javaProduce(
  port: number,
  topic: string,
  { records, recordBytes, perSecond = -1 }: { records: number; recordBytes: number; perSecond?: number },
): Promise<Figures> {
  const said = await java("ProducerPerformance", [
    ...["--topic", topic, "--num-records", String(records), "--record-size", String(recordBytes)],
    ...["--warmup-records", String(Math.floor(records / 10)), "--throughput", String(perSecond)],
    ...["--bootstrap-server", `127.0.0.1:${port}`, "--command-property", "acks=all"],
  ]);
  const last = said.trim().split("\n").at(-1) ?? "";
  const [, rate, p50, p99] =
    /([\d.]+) records\/sec.* ([\d.]+) ms 50th, .* ([\d.]+) ms 99th/.exec(last)?.map(Number) ?? [];
  if (rate === undefined || p50 === undefined || p99 === undefined)
    throw new Error(`ProducerPerformance said: ${said}`);
  return { "MB/s": (rate * recordBytes) / 1e6, "records/s": rate, "p50 ms": p50, "p99 ms": p99 };
}

/** Kafka's own consumer tool, from the first record on; the time it takes to join its group is left out. */
export async function javaConsume(port: number, topic: string, records: number): Promise<Figures> {
  const said = await java("ConsumerPerformance", [
    ...["--topic", topic, "--num-records", String(records), "--bootstrap-server", `127.0.0.1:${port}`],
    ...["--hide-header", "--timeout", "60000"],
  ]);
  const fields = said.trim().split("\n").at(-1)?.split(",").map(Number) ?? [];
  const [fetchedMebibytesPerSecond, recordsPerSecond] = fields.slice(-2);
  if (fetchedMebibytesPerSecond === undefined || recordsPerSecond === undefined || Number.isNaN(recordsPerSecond)) {
    throw new Error(`ConsumerPerformance said: ${said}`);
  }
  return { "MB/s": fetchedMebibytesPerSecond * 1.048576, "records/s": recordsPerSecond };
}
