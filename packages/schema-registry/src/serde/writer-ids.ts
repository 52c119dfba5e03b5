import type { PrepareContext, SerdeContext } from "@ottla/client";
import { SchemaRegistryError } from "../client/registry-error.js";
import type { Schema, SchemaRegistry } from "../client/schema-registry.js";
import { SchemaSerdeError } from "./serde-errors.js";

/** The ids that one schema is written under, by topic and part, in one registry. */
export class WriterIds {
  readonly #registry: SchemaRegistry;
  readonly #schema: Schema;
  readonly #ids = new Map<string, number>();

  constructor(registry: SchemaRegistry, schema: Schema) {
    this.#registry = registry;
    this.#schema = schema;
  }

  async prepare({ topic, part, signal }: PrepareContext, subject: string): Promise<void> {
    const place = placeOf(topic, part);
    if (!this.#ids.has(place)) this.#ids.set(place, await this.#idIn(subject, signal));
  }

  /** @throws {@link SchemaSerdeError} `SCHEMA_NOT_PREPARED` */
  idFor({ topic, part }: SerdeContext): number {
    const id = this.#ids.get(placeOf(topic, part));
    if (id !== undefined) return id;
    throw new SchemaSerdeError(
      "SCHEMA_NOT_PREPARED",
      `topic ${topic}, ${part}: its schema id is not known yet; await prepare([...]) of the producer or outbox first`,
    );
  }

  async #idIn(subject: string, signal: AbortSignal | undefined): Promise<number> {
    if (this.#registry.autoRegister) return this.#registry.register(subject, this.#schema, signal);
    try {
      return await this.#registry.idOf(subject, this.#schema, signal);
    } catch (cause) {
      const isUnknown =
        cause instanceof SchemaRegistryError &&
        (cause.code === "SUBJECT_NOT_FOUND" || cause.code === "SCHEMA_NOT_FOUND");
      if (!isUnknown) throw cause;
      throw new SchemaSerdeError(
        "SCHEMA_NOT_REGISTERED",
        `the registry does not have this version of subject "${subject}": register it in CI (\`ottla schema register\`), or set autoRegister in development`,
        { cause },
      );
    }
  }
}

const placeOf = (topic: string, part: string): string => `${part} ${topic}`;
