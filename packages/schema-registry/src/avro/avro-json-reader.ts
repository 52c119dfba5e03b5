import type { Type } from "avsc";
import type { SchemaRegistry } from "../client/schema-registry.js";
import { SingleFlight } from "../client/single-flight.js";
import { SchemaSerdeError } from "../serde/serde-errors.js";
import { prefixLength, schemaIdOf } from "../wire-format/wire-format.js";
import { avroType } from "./avro-codec.js";
import { toJson } from "./json-form.js";
import { referredTexts } from "./referred-texts.js";

const mostTypes = 1_000;

/** Reads payloads of any schema that a registry knows, with the schema that wrote them, into what JSON has: for tools. */
export class AvroJsonReader {
  readonly #registry: SchemaRegistry;
  readonly #types = new SingleFlight<number, Type>(mostTypes);

  constructor(registry: SchemaRegistry) {
    this.#registry = registry;
  }

  /**
   * The value in a payload; `undefined` when it does not begin as Confluent's wire format does.
   *
   * @throws SchemaRegistryError; {@link SchemaSerdeError} when the schema is not Avro, or the payload not of that schema.
   */
  async read(
    payload: Uint8Array,
    signal?: AbortSignal,
  ): Promise<{ readonly schemaId: number; readonly value: unknown } | undefined> {
    const schemaId = schemaIdOf(payload);
    if (schemaId === undefined) return undefined;
    const type = await this.#types.get(schemaId, () => this.#typeOf(schemaId, signal));
    const content = Buffer.from(payload.buffer, payload.byteOffset + prefixLength, payload.byteLength - prefixLength);
    try {
      return { schemaId, value: toJson(type.fromBuffer(content)) };
    } catch (cause) {
      throw new SchemaSerdeError("INVALID_PAYLOAD", `schema id ${schemaId}: ${(cause as Error).message}`, { cause });
    }
  }

  async #typeOf(schemaId: number, signal: AbortSignal | undefined): Promise<Type> {
    const schema = await this.#registry.schemaById(schemaId, signal);
    const { schemaType = "AVRO" } = schema;
    if (schemaType !== "AVRO") {
      throw new SchemaSerdeError("INCOMPATIBLE_WRITER_SCHEMA", `schema id ${schemaId} is ${schemaType}, not Avro`);
    }
    return avroType(JSON.parse(schema.schema), "bigint", await referredTexts(this.#registry, schema, signal));
  }
}
