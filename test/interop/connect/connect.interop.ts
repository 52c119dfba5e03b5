import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Kafka, string, topic } from "@ottla/client";
import { describe, expect, it } from "vitest";
import { startBroker } from "../../kit/broker-process.js";
import { cleanup } from "../../kit/cleanup.js";
import { eventually } from "../../kit/eventually.js";
import { freePort } from "../../kit/free-port.js";
import { temporaryFolder } from "../../kit/temporary-folder.js";
import { ConnectWorker, missingConnect } from "./connect-worker.js";

const rows = topic("rows", { value: string() });
const row = (index: number): string => `<row ${index}>`;
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index);
/** The rows in a text, also of a line that a kill tore and the next one was added to. */
const rowsIn = (text: string): number[] => [...text.matchAll(/<row (\d+)>/g)].map(([, index]) => Number(index));

interface Offsets {
  readonly offsets: readonly { readonly offset: { readonly position?: number; readonly kafka_offset?: number } }[];
}

describe.skipIf(missingConnect !== undefined)(
  `Kafka Connect${missingConnect === undefined ? "" : `: ${missingConnect}`}`,
  () => {
    it.each([
      { title: "at least once", exactlyOnce: "disabled" },
      { title: "exactly once", exactlyOnce: "enabled" },
    ])(
      "brings every line of a file into a topic $title, and from there into a file, while broker and worker are killed",
      async ({ exactlyOnce }) => {
        const folder = temporaryFolder("connect");
        const config = { "group.initial.rebalance.delay.ms": 0 };
        const options = { dataDir: temporaryFolder("connect-broker"), port: await freePort(), config };
        let broker = await startBroker(options);
        const kafka = new Kafka({ brokers: [broker.address] });
        cleanup(() => kafka.close());
        const rest = await freePort();
        const properties = { "exactly.once.source.support": exactlyOnce };
        const start = () => ConnectWorker.start(folder, broker.address, rest, properties);
        const [input, output] = [join(folder, "input.txt"), join(folder, "output.txt")];
        let written = 0;
        const write = (count: number): void => {
          appendFileSync(
            input,
            range(written, written + count)
              .map((index) => `${row(index)}\n`)
              .join(""),
          );
          written += count;
        };
        const arrived = (): number => (existsSync(output) ? new Set(rowsIn(readFileSync(output, "utf8"))).size : 0);
        const arrive = (count: number): Promise<unknown> =>
          eventually(() => arrived() >= count, { withinMs: 60_000, everyMs: 50, what: `${count} rows` }).catch(
            (error) => {
              throw new Error(`${arrived()} rows arrived: ${worker.child.errors.slice(-3_000)}`, { cause: error });
            },
          );

        write(1_000);
        let worker = await start();
        await worker.run("source", {
          "connector.class": "FileStreamSource",
          file: input,
          topic: "rows",
        });
        await worker.run("sink", { "connector.class": "FileStreamSink", file: output, topics: "rows" });
        await arrive(1_000);
        const size = readFileSync(input).length;
        await worker.until<Offsets>(
          "/connectors/source/offsets",
          ({ offsets }) => offsets[0]?.offset.position === size,
        );

        write(1_000);
        await broker.child.kill();
        broker = await startBroker(options);
        await arrive(1_100);
        write(1_000);
        await arrive(2_100);
        await worker.child.kill();
        write(500);
        worker = await start();
        await Promise.all([worker.running("source"), worker.running("sink")]);
        await arrive(written);

        const inTopic: number[] = [];
        let next = 0;
        for await (const { value, offset } of kafka.reader({ topics: [rows], until: "end" })) {
          inTopic.push(...rowsIn(value));
          next = Number(offset) + 1;
        }
        if (exactlyOnce === "enabled") expect(inTopic).toEqual(range(0, written));
        else expect([...new Set(inTopic)]).toEqual(range(0, written));
        // Offsets that were kept are not read again.
        expect(inTopic.filter((index) => index < 1_000)).toEqual(range(0, 1_000));
        const isAll = ({ offsets }: Offsets): boolean => Number(offsets[0]?.offset.kafka_offset) >= next;
        await worker.until<Offsets>("/connectors/sink/offsets", isAll);
        for (const name of ["connect-configs", "connect-offsets", "connect-status"]) {
          const [described] = await kafka.admin().configs.describe([{ type: "topic", name }]);
          expect(described?.entries.find((entry) => entry.name === "cleanup.policy")?.value).toBe("compact");
        }
      },
      180_000,
    );
  },
);
