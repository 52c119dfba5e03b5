import { cpus, release, type } from "node:os";
import { avroCases } from "./avro.js";
import { summary } from "./case.js";
import { outboxCases } from "./outbox.js";
import { registryCases } from "./registry.js";
import { startCases } from "./start.js";
import { throughputCases } from "./throughput.js";

// npm run bench -- [pattern]: the cases whose names hold the pattern, one after the other.
const pattern = process.argv[2] ?? "";
const cases = Object.entries({
  ...startCases,
  ...throughputCases,
  ...registryCases,
  ...avroCases,
  ...outboxCases,
}).filter(([name]) => name.includes(pattern));

console.log(`node ${process.versions.node} · ${cpus().length} × ${cpus()[0]?.model} · ${type()} ${release()}`);
for (const [name, { what, runs, run }] of cases) {
  const results = [];
  for (let index = 0; index < runs; index += 1) results.push(await run());
  console.log(`${name}: ${what}\n  median of ${runs} (smallest to largest)\n${summary(results)}`);
}
