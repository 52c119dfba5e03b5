import { headerSerde } from "../contract/headers.js";
import type { Topic } from "../contract/topic.js";
import type { AnySerde, RecordPart, SubjectSchema } from "../serde/serde.js";
import { type ContractProblem, told } from "./contract-problem.js";
import { bareSchema, type ContractRegistry, refusalCode } from "./contract-registry.js";

/** How a registry differs from what a contract says of its schemas. */
export async function compareSubjects(
  contract: Topic,
  registry: ContractRegistry | undefined,
  signal: AbortSignal | undefined,
): Promise<readonly ContractProblem[]> {
  const schemas = schemasOf(contract);
  const { name: topic, owner } = contract;
  const whose = { topic, ...(owner !== undefined && { owner }) };
  if (schemas.length === 0) return [];
  if (registry === undefined) return [told({ kind: "missingRegistry", ...whose })];
  const problems: ContractProblem[] = [];
  for (const schema of schemas) {
    const { subject } = schema;
    const expected = contract.compatibility;
    const actual = expected && (await registry.compatibility(subject, signal));
    if (expected !== undefined && actual !== undefined && expected !== actual) {
      const remedy = { kind: "setCompatibility", topic, subject, level: expected, was: actual } as const;
      problems.push(told({ kind: "compatibility", ...whose, subject, expected, actual, remedy }));
    }
    // The registry compares by the level it has: while that is another, it can only be asked once it is set.
    const isLevelRight = expected === actual;
    const found = await compareSchema(schema, isLevelRight, registry, signal);
    if (found === "missing") {
      const remedy = { kind: "registerSchema", topic, subject, schema } as const;
      problems.push(told({ kind: "missingSchema", ...whose, subject, remedy }));
    } else if (found instanceof Error) {
      problems.push(told({ kind: "refused", ...whose, error: found }));
    } else if (found !== "there") {
      problems.push(told({ kind: "incompatibleSchema", ...whose, subject, reasons: found }));
    }
  }
  return problems;
}

/** The schemas that a contract's serdes write with, each once in a subject. */
function schemasOf({ name: topic, key, value, headers }: Topic): readonly SubjectSchema[] {
  const of = (serde: AnySerde, part: RecordPart) => serde.schemas?.({ topic, part }) ?? [];
  const all = [
    ...of(key, "key"),
    ...of(value, "value"),
    ...Object.values(headers).flatMap((header) => of(headerSerde(header).serde, "header")),
  ];
  return [...new Map(all.map((schema) => [JSON.stringify([schema.subject, schema.schema]), schema])).values()];
}

/** `reasons` where the schema cannot follow in its subject; the error where the registry does not take it for a schema. */
async function compareSchema(
  schema: SubjectSchema,
  isLevelRight: boolean,
  registry: ContractRegistry,
  signal: AbortSignal | undefined,
): Promise<"there" | "missing" | Error | readonly string[]> {
  const { subject } = schema;
  const bare = bareSchema(schema);
  try {
    await registry.lookup(subject, bare, signal);
    return "there";
  } catch (error) {
    const code = refusalCode(error);
    if (code === "SUBJECT_NOT_FOUND") return "missing";
    if (code === "INVALID_SCHEMA" && error instanceof Error) return error;
    if (code !== "SCHEMA_NOT_FOUND") throw error;
  }
  if (!isLevelRight) return "missing";
  const { isCompatible, messages } = await registry.checkCompatibility(subject, bare, "all", signal);
  return isCompatible ? "missing" : messages;
}
