import { existsSync } from "node:fs";
import { type Schema, SchemaRegistryError, SchemaSerdeError } from "@ottla/schema-registry";
import { avroJson } from "@ottla/schema-registry/avro";
import { CommandError } from "../command-error.js";
import { schemaFrom } from "../schema/schema-file.js";
import { type RegistryOptions, registryOf } from "../schema/with-registry.js";

/** Turns what a line's JSON holds into a record's value. @throws {@link CommandError} naming the line */
export type LineEncoder = (document: unknown, line: number) => Buffer;

export interface AvroOptions extends RegistryOptions {
  /** A file, or else a subject. */
  readonly schema: string;
  readonly register?: true;
}

/** Writes lines in Avro, under a subject's last schema, or that of a file in the topic's own subject. */
export async function avroLines(topic: string, options: AvroOptions, signal: AbortSignal): Promise<LineEncoder> {
  const isFile = existsSync(options.schema);
  const registry = registryOf(options, { autoRegister: options.register === true });
  const subject = isFile ? `${topic}-value` : options.schema;
  const schema: Schema = isFile
    ? schemaFrom(options.schema)
    : await registry.version(subject, "latest", signal).catch(notThere);
  const serde = avroJson(textOf(schema, subject), { subject: () => subject });
  const place = { topic, part: "value", registry, signal } as const;
  await serde.prepare?.(place).catch((cause) => {
    throw withHint(cause, subject);
  });
  return (document, line) => {
    try {
      return Buffer.from(serde.serialize(document, { ...place, headers: [] }) ?? []);
    } catch (cause) {
      throw new CommandError(`line ${line}: ${(cause as Error).message}`, {
        hint: `The schema is that of ${isFile ? options.schema : `subject ${subject}`}.`,
        cause,
      });
    }
  };
}

function textOf({ schema, references = [] }: Schema, subject: string): string {
  if (references.length === 0) return schema;
  const names = references.map(({ name }) => name).join(", ");
  throw new CommandError(`subject ${subject} uses types of other subjects: ${names}`, {
    hint: "--schema takes a file with those types written out.",
  });
}

function notThere(cause: unknown): never {
  if (!(cause instanceof SchemaRegistryError) || cause.code !== "SUBJECT_NOT_FOUND") throw cause;
  throw new CommandError(cause.message, {
    hint: "--schema takes a subject, or a file that is there; `ottla schema list` shows the subjects.",
    cause,
  });
}

function withHint(cause: unknown, subject: string): unknown {
  if (!(cause instanceof SchemaSerdeError) || cause.code !== "SCHEMA_NOT_REGISTERED") return cause;
  return new CommandError(`subject ${subject} does not have this schema`, {
    hint: `--register registers it, as \`ottla schema register ${subject} <file>\` does.`,
    cause,
  });
}
