import { SchemaRegistryError } from "@ottla/schema-registry";
import { CommandError } from "../command-error.js";

/** One reason against a schema: where in it, what kind, and in words. */
export interface Reason {
  readonly path: string;
  readonly type: string;
  readonly text: string;
}

export interface Incompatibility {
  readonly reasons: readonly Reason[];
  /** The version that the new one does not go with, where the registry told. */
  readonly against: number | undefined;
  /** What the registry said and nobody here understands. */
  readonly others: readonly string[];
}

/**
 * Reads a registry's verbose messages: `{errorType:'…', description:'… at path '/fields/1' …', additionalInfo:'…'}` each, then
 * the version and the schema that was compared with.
 */
export function incompatibilityIn(messages: readonly string[]): Incompatibility {
  const reasons: Reason[] = [];
  const others: string[] = [];
  let against: number | undefined;
  for (const message of messages) {
    const version = /^\{oldSchemaVersion: (\d+)\}$/.exec(message)?.[1];
    const found =
      /^\{errorType: ?['"](\w+)['"], ?description: ?['"](.*?)['"](?:, ?additionalInfo: ?['"](.*)['"])?\}$/s.exec(
        message,
      );
    if (version !== undefined) against = Number(version);
    else if (found !== null) reasons.push(reasonOf(found[1] ?? "", found[2] ?? "", found[3] ?? ""));
    else if (!/^\{(oldSchema|validateFields)\b/.test(message)) others.push(message);
  }
  return { reasons, against, others };
}

function reasonOf(type: string, description: string, additionalInfo: string): Reason {
  const path = /path '([^']*)'/.exec(description)?.[1] ?? "/";
  // Our registry's additional information is a sentence with the names; Confluent's is a name, or the part of a schema.
  const isSentence = /^\w+ /.test(additionalInfo);
  return { path, type, text: isSentence ? additionalInfo : description };
}

const advice: Readonly<Record<string, string>> = {
  READER_FIELD_MISSING_DEFAULT_VALUE: "Fields come and go only with a default.",
  MISSING_ENUM_SYMBOLS: "Keep the symbols; an enum with a default takes any.",
  MISSING_UNION_BRANCH: "Keep the branches of the union.",
  NAME_MISMATCH: "Keep the name, or give the old one as an alias.",
  FIXED_SIZE_MISMATCH: "Keep the size, or add a field of another type.",
  TYPE_MISMATCH: "Keep the type, or one that it can be promoted to (int, long, float, double); or add a field.",
};

/** Reasons as lines to read, with what to do where that is known. */
export function explained({ reasons, others }: Incompatibility): readonly string[] {
  return [
    ...reasons.flatMap(({ path, type, text }) => {
      const help = advice[type];
      return [`  ✗ ${path}  ${type}`, `    ${text}`, ...(help === undefined ? [] : [`    ${help}`])];
    }),
    ...others.map((message) => `  ✗ ${message}`),
  ];
}

/** A refusal to register, said as `schema compat` would. Other errors stay as they are. */
export function refusalShown(error: unknown, subject: string, file: string): unknown {
  if (!(error instanceof SchemaRegistryError) || error.code !== "INCOMPATIBLE_SCHEMA") return error;
  return new CommandError(`${file} is incompatible with an earlier version of ${subject}`, {
    hint: `\`ottla schema compat ${subject} ${file}\` shows why.`,
    cause: error,
  });
}
