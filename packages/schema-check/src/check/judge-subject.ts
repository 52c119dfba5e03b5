import {
  type CompatibilityLevel,
  type CompatibilityPolicy,
  checkCompatibility,
  type Difference,
  InvalidSchemaError,
  type SchemaText,
  schemaFormats,
} from "@ottla/schema-registry/compatibility";
import type { SubjectVersion } from "../history/subject-version.js";
import { adviceFor } from "./advice.js";
import type { Finding } from "./finding.js";

/** How strictly a subject is judged. */
export interface Strictness {
  readonly format: string;
  readonly level: CompatibilityLevel;
  readonly policy: CompatibilityPolicy;
}

interface JudgedText {
  readonly format: string;
  readonly text: SchemaText;
}

/**
 * What the level has against a new version: each difference once, with all versions that it was found against.
 *
 * @param formatBefore - The format of the earlier versions.
 */
export function judgeVersions(
  candidate: SchemaText,
  earlier: readonly SubjectVersion[],
  { format, level, policy }: Strictness,
  formatBefore: string,
): readonly Finding[] {
  // A version that is no schema was never written with, whatever the branch held then.
  const versions = earlier.filter(({ text }) => judgeText(text, formatBefore).length === 0);
  const texts = versions.map(({ text }) => ({ format: formatBefore, text }));
  const found = checkCompatibility(level, { format, text: candidate }, texts, comparing(policy));
  const merged = new Map<string, Finding & { readonly against: string[] }>();
  for (const { difference, direction, against } of found) {
    const { type, path, message } = difference;
    const key = `${direction} ${type} ${path}`;
    const origin = versions[against]?.origin ?? "";
    const known = merged.get(key);
    if (known !== undefined) {
      known.against.push(origin);
      continue;
    }
    const breaks =
      direction === "backward"
        ? "Consumers on the new schema cannot read what was written before it."
        : "Consumers still on the old schema cannot read what is written with the new one.";
    merged.set(key, { type, path, message, breaks, advice: adviceFor(type), against: [origin] });
  }
  const findings = [...merged.values()];
  if (policy !== "STRICT" || findings.length === 0) return findings;
  const lenient = checkCompatibility(level, { format, text: candidate }, texts, comparing("LENIENT"));
  const stays = new Set(lenient.map(({ difference: { type, path } }) => `${type} ${path}`));
  return findings.map((one) => (stays.has(`${one.type} ${one.path}`) ? one : { ...one, passesUnder: "LENIENT" }));
}

/** What a known consumer's schema could not read of the new version. */
export function judgeReader(
  reader: string,
  readerText: SchemaText,
  writer: SchemaText,
  format: string,
): readonly Finding[] {
  const differences = comparing("STRICT")({ format, text: readerText }, { format, text: writer });
  return differences.map(({ type, path, message }) => ({
    type: "READER_BROKEN",
    path,
    message: `${type}: ${message}`,
    breaks: `${reader} could no longer read the subject.`,
    advice: "Have that consumer move to a schema that reads both, first.",
    against: [reader],
  }));
}

/** Why a text is no schema of its format; nothing when it is one. */
export function judgeText(text: SchemaText, format: string): readonly Finding[] {
  try {
    schemaFormats.get(format)?.canonical(text);
    return [];
  } catch (error) {
    if (!(error instanceof InvalidSchemaError)) throw error;
    return [{ type: "INVALID_SCHEMA", path: error.path, message: error.message, against: [] }];
  }
}

const comparing =
  (policy: CompatibilityPolicy) =>
  (reader: JudgedText, writer: JudgedText): readonly Difference[] => {
    if (reader.format !== writer.format) {
      return [{ type: "SCHEMA_TYPE_MISMATCH", path: "/", message: `${writer.format} became ${reader.format}` }];
    }
    try {
      return schemaFormats.get(reader.format)?.compare(reader.text, writer.text, policy) ?? [];
    } catch (error) {
      // Both are schemas: they are too much to compare, and what was not compared is no pass.
      if (!(error instanceof InvalidSchemaError)) throw error;
      return [{ type: "NOT_COMPARED", path: error.path, message: error.message }];
    }
  };
