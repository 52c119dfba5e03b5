import type {
  PrepareContext,
  Serde,
  SerdeContext,
  SerdePlace,
  SerializeContext,
  SubjectNames,
  SubjectSchema,
} from "@ottla/client";
import type { Schema, SchemaReference, SchemaRegistry } from "../client/schema-registry.js";
import { parseJsonSchema } from "../formats/json-schema/parse-json-schema.js";
import { SchemaSerdeError } from "../serde/serde-errors.js";
import { type SubjectStrategy, subjectOf } from "../serde/subject.js";
import { WriterIds } from "../serde/writer-ids.js";
import { prefixLength, schemaIdOf, writePrefix } from "../wire-format/wire-format.js";
import { type Validator, validatorOf } from "./validator.js";

/** A schema that another one uses by `$ref`: its text, and where the registry has it. `name` is the URI in the `$ref`. */
export interface ReferredSchema extends SchemaReference {
  readonly schema: object | string;
}

export interface JsonSchemaOptions {
  /** Schemas that are used by `$ref`, those that they use before them. */
  readonly references?: readonly ReferredSchema[];
  /** The subject a schema is found under. Default: as the contract says, else `<topic>-key` or `<topic>-value` (`"topicName"`). */
  readonly subject?: SubjectStrategy | SubjectNames;
}

/** A serde of JSON in Confluent's wire format, and the schema it writes with. */
export interface JsonSchemaSerde<In, Out> extends Serde<In, Out> {
  readonly schemaType: "JSON";
  /** The schema as JSON text, as it is registered. */
  readonly schema: string;
}

/**
 * Keys or values in JSON that fits a JSON Schema of draft 6, 7, 2019-09 or 2020-12: `jsonSchema<Order>(schema)`.
 *
 * Values are checked when they are written and when they are read, by this schema, whichever version of it they were written
 * with; an error says where, as a JSON pointer. `format` is not checked. The schema must be registered, unless the registry
 * client says `autoRegister`.
 *
 * @throws TypeError when the text is not such a schema.
 */
export function jsonSchema<In, Out = In>(
  schema: object | boolean | string,
  options: JsonSchemaOptions = {},
): JsonSchemaSerde<In, Out> {
  return new JsonSchemaTopicSerde(schema, options) as unknown as JsonSchemaSerde<In, Out>;
}

const textOf = (schema: object | boolean | string): string =>
  typeof schema === "string" ? schema : JSON.stringify(schema);

class JsonSchemaTopicSerde implements JsonSchemaSerde<unknown, unknown> {
  readonly schemaType = "JSON";
  readonly schema: string;
  readonly #references: readonly SchemaReference[];
  readonly #title: string | undefined;
  readonly #subject: SubjectStrategy | SubjectNames | undefined;
  readonly #faultIn: Validator;
  readonly #ids = new WeakMap<SchemaRegistry, WriterIds>();

  constructor(schema: object | boolean | string, { references = [], subject }: JsonSchemaOptions) {
    this.schema = textOf(schema);
    this.#subject = subject;
    this.#references = references.map(({ name, subject: of, version }) => ({ name, subject: of, version }));
    const texts = references.map((one) => ({ name: one.name, schema: textOf(one.schema) }));
    try {
      this.#title = parseJsonSchema(this.schema, texts).title;
      const documents = texts.map(({ name, schema: text }) => ({ name, document: JSON.parse(text) as unknown }));
      this.#faultIn = validatorOf(JSON.parse(this.schema), documents);
    } catch (cause) {
      throw new TypeError(`not a JSON Schema to write and read with: ${(cause as Error).message}`, { cause });
    }
  }

  schemas(place: SerdePlace): readonly SubjectSchema[] {
    const subject = subjectOf(this.#subject, place, this.#title);
    return [{ subject, ...this.#registered }];
  }

  async prepare(context: PrepareContext): Promise<void> {
    if (context.direction === "read") return;
    await this.#idsIn(context).prepare(context, subjectOf(this.#subject, context, this.#title));
  }

  serialize(value: unknown, context: SerializeContext): Uint8Array {
    const schemaId = this.#idsIn(context).idFor(context);
    const fault = this.#faultIn(value);
    if (fault !== undefined) throw invalid("INVALID_VALUE", context, fault);
    // undefined for undefined, a function or a symbol, which a schema such as `true` lets pass.
    const text: string | undefined = JSON.stringify(value);
    if (text === undefined) throw invalid("INVALID_VALUE", context, `a ${typeof value} has no JSON form`);
    const payload = Buffer.allocUnsafe(prefixLength + Buffer.byteLength(text));
    writePrefix(payload, schemaId);
    payload.write(text, prefixLength, "utf8");
    return payload;
  }

  deserialize(bytes: Uint8Array, context: SerdeContext): unknown {
    const payload = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (schemaIdOf(payload) === undefined) {
      const start = payload.subarray(0, prefixLength).toString("hex");
      const found = `${payload.length} bytes beginning 0x${start} are not a zero, a schema id and JSON`;
      throw invalid("INVALID_PAYLOAD", context, found);
    }
    let value: unknown;
    try {
      value = JSON.parse(payload.toString("utf8", prefixLength));
    } catch (cause) {
      throw invalid("INVALID_PAYLOAD", context, (cause as Error).message, cause);
    }
    const fault = this.#faultIn(value);
    if (fault !== undefined) throw invalid("INVALID_PAYLOAD", context, fault);
    return value;
  }

  get #registered(): Schema & { readonly schemaType: "JSON" } {
    return {
      schemaType: this.schemaType,
      schema: this.schema,
      ...(this.#references.length > 0 && { references: this.#references }),
    };
  }

  #idsIn({ registry, topic, part }: { readonly registry?: unknown; readonly topic: string; readonly part: string }) {
    // By shape, not by class: an application may hold two copies of this package.
    if (typeof registry !== "object" || registry === null || !("idOf" in registry)) {
      throw new SchemaSerdeError(
        "SCHEMA_NOT_PREPARED",
        `topic ${topic}, ${part}: a JSON Schema serde needs a schema registry; give one, as in new Kafka({ registry: new SchemaRegistry(url) })`,
      );
    }
    const known = registry as SchemaRegistry;
    const ids = this.#ids.get(known) ?? new WriterIds(known, this.#registered);
    this.#ids.set(known, ids);
    return ids;
  }
}

const invalid = (
  code: "INVALID_VALUE" | "INVALID_PAYLOAD",
  { topic, part }: SerdeContext,
  fault: string,
  cause?: unknown,
) => new SchemaSerdeError(code, `topic ${topic}, ${part}: ${fault}`, { cause });
