import type { BenchCase } from "../case.js";
import { againstCases } from "./against-cases.js";
import { latencyCases } from "./latency-cases.js";
import { lifeCases } from "./life-cases.js";
import { throughputCases } from "./throughput-cases.js";

/** The broker against Apache Kafka on the same machine, under the same load. */
export const brokerCases: Readonly<Record<string, BenchCase>> = {
  ...throughputCases,
  ...latencyCases,
  ...lifeCases,
  ...againstCases,
};
