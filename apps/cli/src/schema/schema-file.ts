import { readFileSync } from "node:fs";
import { InvalidSchemaError, parseAvro, type Schema, type SchemaReference } from "@ottla/schema-registry";
import { CommandError } from "../command-error.js";
import { exitCodes } from "../exit-codes.js";

/**
 * An Avro schema from a file. What is wrong with it is told before any registry is asked; a schema with references is the
 * registry's to judge.
 *
 * @throws {@link CommandError}
 */
export function schemaFrom(file: string, references: readonly SchemaReference[] = []): Schema {
  const schema = read(file);
  try {
    if (references.length === 0) parseAvro(schema);
  } catch (cause) {
    if (!(cause instanceof InvalidSchemaError)) throw cause;
    throw new CommandError(`${file}: not an Avro schema: ${cause.message}`, {
      hint: "A type of another subject is named with --reference name=subject:version.",
      cause,
    });
  }
  return { schema, ...(references.length > 0 && { references }) };
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new CommandError(`${file}: ${(cause as Error).message}`, { exitCode: exitCodes.usage, cause });
  }
}

/** Reads `--reference name=subject:version`. */
export function referenceOf(text: string): SchemaReference {
  const match = /^([^=]+)=(.+):([1-9]\d*)$/.exec(text);
  if (match === null) {
    throw new CommandError(`--reference: "${text}" is not name=subject:version`, {
      hint: "For example: --reference shop.Customer=customers-value:1",
      exitCode: exitCodes.usage,
    });
  }
  const [, name = "", subject = "", version] = match;
  return { name, subject, version: Number(version) };
}
