import type { BenchCase, Figures } from "../case.js";
import { comparison } from "./comparison.js";
import { BrokerNode } from "./node.js";
import { createTopic, fetchAll, produceFlatOut, produceFrame } from "./raw-load.js";

const other = process.env.OTTLA_BROKER_AGAINST;

const missing = () =>
  other === undefined ? "OTTLA_BROKER_AGAINST names no built broker process of another checkout" : undefined;

/** What a change costs: the broker of this checkout against that of another. */
function againstOther(recordBytes: number, batchRecords: number, batches: number): BenchCase {
  return comparison({
    what: `${recordBytes} B records in batches of ${batchRecords}, made once, 8 unanswered, then fetched: this broker in os against another checkout's`,
    brokers: { ours: () => BrokerNode.ottla("os"), other: () => BrokerNode.ottla("os", other) },
    missing,
    runs: 9,
    async measure(broker, run): Promise<Figures> {
      const topic = `against-${run}`;
      await createTopic(broker.port, topic);
      const frame = produceFrame(topic, { records: batchRecords, recordBytes });
      const atFirst = broker.cpuSeconds;
      const produceSeconds = await produceFlatOut(broker.port, [frame], { count: batches, window: 8 });
      const produced = broker.cpuSeconds;
      const fetchSeconds = await fetchAll(broker.port, topic, batches * batchRecords * recordBytes);
      const megabytes = (batches * batchRecords * recordBytes) / 1e6;
      return {
        "produce MB/s": megabytes / produceSeconds,
        "produce CPU us per request": ((produced - atFirst) * 1e6) / batches,
        "fetch MB/s": megabytes / fetchSeconds,
        "fetch CPU ms": (broker.cpuSeconds - produced) * 1e3,
      };
    },
    aims: [
      { figure: "produce MB/s", of: "ours", over: "other" },
      { figure: "produce CPU us per request", of: "ours", over: "other" },
      { figure: "fetch MB/s", of: "ours", over: "other" },
    ],
  });
}

export const againstCases: Readonly<Record<string, BenchCase>> = {
  "broker/against/64KB": againstOther(1024, 63, 4_000),
  "broker/against/1KB": againstOther(100, 10, 40_000),
};
