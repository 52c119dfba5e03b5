import { readFileSync } from "node:fs";
import { extname } from "node:path";
import type { Schema, SchemaReference, SchemaType } from "@ottla/schema-registry";
import { InvalidSchemaError, schemaFormats } from "@ottla/schema-registry/compatibility";
import { CommandError } from "../command-error.js";
import { exitCodes } from "../exit-codes.js";

const formats: Readonly<Record<string, SchemaType>> = { ".proto": "PROTOBUF", ".json": "JSON" };

/**
 * A schema from a file, of the format that its ending says; Avro otherwise. What is wrong with it is told before any registry is
 * asked; a schema with references is the registry's to judge.
 *
 * @throws {@link CommandError}
 */
export function schemaFrom(file: string, references: readonly SchemaReference[] = []): Schema {
  const schema = read(file);
  const schemaType = formats[extname(file)] ?? "AVRO";
  try {
    if (references.length === 0) schemaFormats.get(schemaType)?.canonical({ schema, references: [] });
  } catch (cause) {
    if (!(cause instanceof InvalidSchemaError)) throw cause;
    const article = schemaType === "AVRO" ? "an Avro" : `a ${schemaType}`;
    throw new CommandError(`${file}: not ${article} schema: ${cause.message}`, {
      hint: "A type of another subject is named with --reference name=subject:version.",
      cause,
    });
  }
  return {
    schema,
    ...(schemaType !== "AVRO" && { schemaType }),
    ...(references.length > 0 && { references }),
  };
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
