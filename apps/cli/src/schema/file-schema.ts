import { readFileSync } from "node:fs";
import { extname } from "node:path";
import { type SchemaFormat, type SchemaText, schemaFormats } from "@ottla/schema-registry/compatibility";
import { CommandError } from "../command-error.js";
import { exitCodes } from "../exit-codes.js";

const formats: Readonly<Record<string, string>> = { ".avsc": "AVRO", ".proto": "PROTOBUF", ".json": "JSON" };

/** A schema from a file that refers to no other, with its format by the file's ending. */
export interface FileSchema extends SchemaText {
  readonly name: string;
  readonly format: SchemaFormat;
}

/** @throws {@link CommandError} */
export function fileSchema(file: string): FileSchema {
  const name = formats[extname(file)] ?? "";
  const format = schemaFormats.get(name);
  if (format === undefined) {
    const known = Object.keys(formats).join(", ");
    throw new CommandError(`${file}: its ending says no format: ${known}`, { exitCode: exitCodes.usage });
  }
  try {
    return { name, format, schema: readFileSync(file, "utf8"), references: [] };
  } catch (cause) {
    throw new CommandError(`${file}: ${(cause as Error).message}`, { exitCode: exitCodes.usage, cause });
  }
}
