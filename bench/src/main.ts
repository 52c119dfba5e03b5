import { cpus, loadavg, release, type } from "node:os";
import { avroCases } from "./avro.js";
import { brokerCases } from "./broker/broker-cases.js";
import { summary } from "./case.js";
import { clientCases } from "./client/client-cases.js";
import { outboxCases } from "./outbox.js";
import { registryCases } from "./registry.js";
import { startCases } from "./start.js";
import { throughputCases } from "./throughput.js";

// npm run bench -- [pattern]: the cases whose names hold the pattern, one after the other.
const pattern = process.argv[2] ?? "";
const cases = Object.entries({
  ...startCases,
  ...brokerCases,
  ...clientCases,
  ...throughputCases,
  ...registryCases,
  ...avroCases,
  ...outboxCases,
}).filter(([name]) => name.includes(pattern));

console.log(`node ${process.versions.node} · ${cpus().length} × ${cpus()[0]?.model} · ${type()} ${release()}`);
for (const [name, bench] of cases) {
  const missing = bench.missing?.();
  if (missing !== undefined) {
    console.log(`${name}: skipped, ${missing}`);
    continue;
  }
  const loads = [loadavg()[0] ?? 0];
  const results = [];
  try {
    for (let index = 0; index < bench.runs; index += 1) results.push(await bench.run());
  } finally {
    await bench.end?.();
  }
  loads.push(loadavg()[0] ?? 0);
  const load = loads.map((each) => each.toFixed(1)).join(" to ");
  console.log(
    `${name}: ${bench.what}\n  median of ${bench.runs} (smallest to largest), load ${load}\n${summary(results)}`,
  );
}
