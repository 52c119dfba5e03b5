import type { ConfigEntry } from "../admin/config-admin.js";
import type { TopicMetadata } from "../cluster/topic-metadata.js";
import type { Topic } from "../contract/topic.js";
import { type ContractProblem, told } from "./contract-problem.js";

/** How a topic that exists differs from its contract, partitions and configuration. What the contract does not name is not asked. */
export function compareTopic(
  { name: topic, owner, partitions: expected, config }: Topic,
  { partitions: { length: actual } }: Pick<TopicMetadata, "partitions">,
  entries: readonly Pick<ConfigEntry, "name" | "value">[],
): readonly ContractProblem[] {
  const problems: ContractProblem[] = [];
  const whose = { topic, ...(owner !== undefined && { owner }) };
  if (expected !== undefined && expected !== actual) {
    const remedy = { kind: "addPartitions", topic, from: actual, to: expected } as const;
    problems.push(told({ kind: "partitions", ...whose, expected, actual, ...(expected > actual && { remedy }) }));
  }
  for (const [name, value] of Object.entries(config)) {
    const wanted = String(value);
    const found = entries.find((entry) => entry.name === name)?.value ?? null;
    if (found !== null && isSameSetting(wanted, found)) continue;
    const remedy = { kind: "alterConfig", topic, set: { [name]: wanted }, was: { [name]: found } } as const;
    problems.push(told({ kind: "config", ...whose, name, expected: wanted, actual: found, remedy }));
  }
  return problems;
}

/** Whether two texts mean the same: numbers by value, lists whatever their order. */
function isSameSetting(wanted: string, found: string): boolean {
  if (wanted === found) return true;
  const number = Number(wanted);
  if (wanted.trim() !== "" && found.trim() !== "" && Math.abs(number) <= Number.MAX_SAFE_INTEGER) {
    return number === Number(found);
  }
  return listOf(wanted) === listOf(found);
}

const listOf = (text: string): string =>
  text
    .split(",")
    .map((item) => item.trim())
    .sort()
    .join();
