import type { PrepareContext, SerdeContext } from "@ottla/client";
import type { Resolver, Type } from "avsc";
import { SchemaRegistryError } from "../client/registry-error.js";
import type { Schema, SchemaRegistry } from "../client/schema-registry.js";
import { printAvro } from "../formats/avro/print-avro.js";
import { SchemaSerdeError } from "../serde/serde-errors.js";
import { schemaIdOf } from "../wire-format/wire-format.js";
import { avroType } from "./avro-codec.js";
import type { LongForm } from "./infer.js";
import { referredTexts } from "./referred-texts.js";

/** What a serde has learned from one registry: the ids it writes under, and how to read what others wrote. */
export class RegistryView {
  readonly #registry: SchemaRegistry;
  readonly #reader: Type;
  readonly #schema: string;
  readonly #long: LongForm;
  readonly #writerIds = new Map<string, number>();
  /** By writer's schema id; undefined where that schema is the reader's own; an error where that schema cannot be read, so that it is not asked for again. */
  readonly #resolvers = new Map<number, Resolver | undefined | SchemaSerdeError>();
  /** By writer's schema id: the full name of that schema's type, if it has one. */
  readonly #names = new Map<number, string | undefined>();
  readonly #canonical: string;
  /** Of the value written last: most topics have one, and asking the map for it costs a text. */
  #lastTopic: string | undefined;
  #lastPart: string | undefined;
  #lastWriterId = 0;

  constructor(registry: SchemaRegistry, reader: Type, schema: string, long: LongForm) {
    this.#registry = registry;
    this.#reader = reader;
    this.#schema = schema;
    this.#long = long;
    this.#canonical = printAvro(JSON.parse(schema));
  }

  async prepareWriter({ topic, part, signal }: PrepareContext, subject: string): Promise<void> {
    const place = placeOf(topic, part);
    if (this.#writerIds.has(place)) return;
    this.#writerIds.set(place, await this.#idIn(subject, signal));
  }

  async #idIn(subject: string, signal: AbortSignal | undefined): Promise<number> {
    if (this.#registry.autoRegister) return this.#registry.register(subject, { schema: this.#schema }, signal);
    try {
      return await this.#registry.idOf(subject, { schema: this.#schema }, signal);
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

  /** The id to write under. @throws {@link SchemaSerdeError} `SCHEMA_NOT_PREPARED` */
  writerId({ topic, part }: SerdeContext): number {
    if (topic === this.#lastTopic && part === this.#lastPart) return this.#lastWriterId;
    const schemaId = this.#writerIds.get(placeOf(topic, part));
    if (schemaId !== undefined) {
      this.#lastTopic = topic;
      this.#lastPart = part;
      this.#lastWriterId = schemaId;
      return schemaId;
    }
    throw new SchemaSerdeError(
      "SCHEMA_NOT_PREPARED",
      `topic ${topic}, ${part}: its schema id is not known yet; await prepare([...]) of the producer or outbox first`,
    );
  }

  prepareReaders(payloads: readonly Uint8Array[], signal: AbortSignal | undefined): Promise<void> | undefined {
    let unknown: Set<number> | undefined;
    for (const payload of payloads) {
      const schemaId = schemaIdOf(payload);
      if (schemaId === undefined || this.#resolvers.has(schemaId)) continue;
      unknown ??= new Set();
      unknown.add(schemaId);
    }
    return unknown && this.#prepareIds([...unknown], signal);
  }

  async #prepareIds(ids: readonly number[], signal: AbortSignal | undefined): Promise<void> {
    await Promise.all(
      ids.map(async (schemaId) => {
        try {
          const written = await this.#registry.schemaById(schemaId, signal);
          this.#names.set(schemaId, nameOf(written));
          this.#resolvers.set(schemaId, await this.#resolverFor(schemaId, written, signal));
        } catch (cause) {
          // An id that nobody knows belongs to the record that carries it, and is told when that one is read.
          if (!(cause instanceof SchemaRegistryError) || cause.code !== "SCHEMA_NOT_FOUND") throw cause;
          const error = new SchemaSerdeError("INVALID_PAYLOAD", `schema id ${schemaId} is not in the registry`, {
            cause,
          });
          this.#resolvers.set(schemaId, error);
        }
      }),
    );
  }

  async #resolverFor(
    schemaId: number,
    written: Schema,
    signal: AbortSignal | undefined,
  ): Promise<Resolver | undefined | SchemaSerdeError> {
    try {
      if ((written.schemaType ?? "AVRO") !== "AVRO") throw new TypeError(`it is ${written.schemaType}, not Avro`);
      if (printAvro(JSON.parse(written.schema)) === this.#canonical) return undefined;
      const writer = avroType(
        JSON.parse(written.schema),
        this.#long,
        await referredTexts(this.#registry, written, signal),
      );
      return this.#reader.createResolver(writer, { ignoreNamespaces: true });
    } catch (cause) {
      if (cause instanceof SchemaRegistryError) throw cause;
      return new SchemaSerdeError(
        "INCOMPATIBLE_WRITER_SCHEMA",
        `what was written with schema id ${schemaId} cannot be read with ${this.#reader.name ?? "this schema"}: ${(cause as Error).message}`,
        { cause },
      );
    }
  }

  /** The name of what was written under an id, if it has one. @throws {@link SchemaSerdeError} */
  nameOf(schemaId: number, context: SerdeContext): string | undefined {
    // An id that is known to stand for nothing throws here what reading it would.
    if (!this.#names.has(schemaId)) this.resolverOf(schemaId, context);
    return this.#names.get(schemaId);
  }

  /** How to read what was written under an id; undefined says that it needs no resolving. @throws {@link SchemaSerdeError} */
  resolverOf(schemaId: number, { topic, part }: SerdeContext): Resolver | undefined {
    const resolver = this.#resolvers.get(schemaId);
    if (resolver instanceof SchemaSerdeError) throw resolver;
    if (resolver !== undefined || this.#resolvers.has(schemaId)) return resolver;
    throw new SchemaSerdeError(
      "SCHEMA_NOT_PREPARED",
      `topic ${topic}, ${part}: schema id ${schemaId} has not been fetched; call prepareBatch with the payload first`,
    );
  }
}

/** The full name of a schema's type; undefined where it has none, or is no Avro. */
function nameOf({ schema, schemaType = "AVRO" }: Schema): string | undefined {
  if (schemaType !== "AVRO") return undefined;
  try {
    const { name, namespace } = Object(JSON.parse(schema)) as { readonly name?: unknown; readonly namespace?: unknown };
    if (typeof name !== "string") return undefined;
    return name.includes(".") || typeof namespace !== "string" || namespace === "" ? name : `${namespace}.${name}`;
  } catch {
    return undefined;
  }
}

const placeOf = (topic: string, part: string): string => `${part} ${topic}`;
