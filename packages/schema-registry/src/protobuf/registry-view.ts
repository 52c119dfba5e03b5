import type { PrepareContext, SerdeContext } from "@ottla/client";
import { SchemaRegistryError } from "../client/registry-error.js";
import type { Schema, SchemaReference, SchemaRegistry } from "../client/schema-registry.js";
import { messageAt } from "../formats/protobuf/message-path.js";
import { readProtoFile } from "../formats/protobuf/parse-protobuf.js";
import type { ProtoFile } from "../formats/protobuf/proto-file.js";
import { SchemaSerdeError } from "../serde/serde-errors.js";
import { WriterIds } from "../serde/writer-ids.js";
import { messageOf } from "../wire-format/message-indexes.js";
import { prefixLength, schemaIdOf } from "../wire-format/wire-format.js";

/** A schema that another one imports: its text, and where the registry has it. */
export interface ImportedSchema {
  readonly subject: string;
  readonly schema: string;
  /** Default: the version that its text has in the registry, where it is registered with `autoRegister`. */
  readonly version?: number;
}

/** A file to import, and those of the other ones that it imports itself. */
export interface ImportedFile extends ImportedSchema {
  readonly path: string;
  readonly imports: readonly string[];
}

/** What a serde writes with. */
export interface WrittenSchema {
  readonly schema: string;
  /** What the text itself imports, well-known files left out. */
  readonly imports: readonly string[];
  /** All it imports, directly or not, each after what it imports itself. */
  readonly files: readonly ImportedFile[];
}

/** Which message a payload is of, and where its bytes begin. */
export interface PayloadMessage {
  /** Its full name in the writer's schema. */
  readonly name: string;
  /** Without the package. */
  readonly localName: string;
  readonly start: number;
}

/** What a serde has learned from one registry: the ids it writes under, and which messages others wrote. */
export class RegistryView {
  readonly #registry: SchemaRegistry;
  readonly #written: WrittenSchema;
  #ids: WriterIds | undefined;
  /** Of the value written last: most topics have one, and asking for it costs a text. */
  #lastTopic: string | undefined;
  #lastPart: string | undefined;
  #lastWriterId = 0;
  /** By writer's schema id; an error where that schema cannot be read, so that it is not asked for again. */
  readonly #writers = new Map<number, WriterFile | SchemaSerdeError>();

  constructor(registry: SchemaRegistry, written: WrittenSchema) {
    this.#registry = registry;
    this.#written = written;
  }

  async prepareWriter(context: PrepareContext, subject: string): Promise<void> {
    if (this.#ids === undefined) {
      const schema = schemaOf(this.#written.schema, await this.#references(context.signal));
      // Another topic's may have been first meanwhile.
      this.#ids ??= new WriterIds(this.#registry, schema);
    }
    await this.#ids.prepare(context, subject);
  }

  /** Where the registry has the imported files, registered in their order where they may be. */
  async #references(signal: AbortSignal | undefined): Promise<readonly SchemaReference[]> {
    const known = new Map<string, SchemaReference>();
    const referencesOf = (paths: readonly string[]) => paths.flatMap((path) => known.get(path) ?? []);
    for (const file of this.#written.files) {
      const { path, subject } = file;
      const schema = schemaOf(file.schema, referencesOf(file.imports));
      const version = file.version ?? (await this.#versionOf(path, subject, schema, signal));
      known.set(path, { name: path, subject, version });
    }
    return referencesOf(this.#written.imports);
  }

  async #versionOf(path: string, subject: string, schema: Schema, signal: AbortSignal | undefined): Promise<number> {
    if (this.#registry.autoRegister) await this.#registry.register(subject, schema, signal);
    try {
      return (await this.#registry.lookup(subject, schema, signal)).version;
    } catch (cause) {
      if (!isUnknown(cause)) throw cause;
      throw new SchemaSerdeError(
        "SCHEMA_NOT_REGISTERED",
        `the registry does not have the imported ${JSON.stringify(path)} under subject "${subject}": register it in CI (\`ottla schema register\`), or set autoRegister in development`,
        { cause },
      );
    }
  }

  /** The id to write under. @throws {@link SchemaSerdeError} `SCHEMA_NOT_PREPARED` */
  writerId(context: SerdeContext): number {
    const { topic, part } = context;
    if (topic === this.#lastTopic && part === this.#lastPart) return this.#lastWriterId;
    if (this.#ids !== undefined) {
      this.#lastWriterId = this.#ids.idFor(context);
      this.#lastTopic = topic;
      this.#lastPart = part;
      return this.#lastWriterId;
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
      if (schemaId === undefined || this.#writers.has(schemaId)) continue;
      unknown ??= new Set();
      unknown.add(schemaId);
    }
    return unknown && this.#prepareIds([...unknown], signal);
  }

  async #prepareIds(ids: readonly number[], signal: AbortSignal | undefined): Promise<void> {
    await Promise.all(
      ids.map(async (schemaId) => {
        try {
          this.#writers.set(schemaId, writerFileOf(schemaId, await this.#registry.schemaById(schemaId, signal)));
        } catch (cause) {
          // An id that nobody knows belongs to the record that carries it, and is told when that one is read.
          if (!(cause instanceof SchemaRegistryError) || cause.code !== "SCHEMA_NOT_FOUND") throw cause;
          const text = `schema id ${schemaId} is not in the registry`;
          this.#writers.set(schemaId, new SchemaSerdeError("INVALID_PAYLOAD", text, { cause }));
        }
      }),
    );
  }

  /** @throws {@link SchemaSerdeError} where the payload or what it says is no message. */
  messageIn(payload: Uint8Array, { topic, part }: SerdeContext): PayloadMessage {
    const schemaId = schemaIdOf(payload);
    if (schemaId === undefined) {
      const start = Buffer.from(payload.subarray(0, prefixLength)).toString("hex");
      const found = `${payload.length} bytes beginning 0x${start} are not a zero, a schema id and Protobuf`;
      throw new SchemaSerdeError("INVALID_PAYLOAD", `topic ${topic}, ${part}: ${found}`);
    }
    const writer = this.#writers.get(schemaId);
    if (writer instanceof SchemaSerdeError) throw writer;
    if (writer === undefined) {
      throw new SchemaSerdeError(
        "SCHEMA_NOT_PREPARED",
        `topic ${topic}, ${part}: schema id ${schemaId} has not been fetched; call prepareBatch with the payload first`,
      );
    }
    const found = writer.messageIn(payload);
    if (found !== undefined) return found;
    throw new SchemaSerdeError(
      "INVALID_PAYLOAD",
      `topic ${topic}, ${part}: schema id ${schemaId} has no message at the indexes behind it`,
    );
  }
}

/** The schema that some payloads were written with, as far as its messages have places. */
class WriterFile {
  readonly #file: ProtoFile;
  /** Almost every payload is of the first one. */
  readonly #first: PayloadMessage | undefined;

  constructor(file: ProtoFile) {
    this.#file = file;
    const first = messageAt(file, [0]);
    this.#first = first === undefined ? undefined : this.#message(first, prefixLength + 1);
  }

  messageIn(payload: Uint8Array): PayloadMessage | undefined {
    if (payload[prefixLength] === 0) return this.#first;
    const found = messageOf(payload, prefixLength, (indexes) => messageAt(this.#file, indexes));
    return found && this.#message(found.message, found.end);
  }

  #message(localName: string, start: number): PayloadMessage {
    const { package: scope } = this.#file;
    return { name: scope === "" ? localName : `${scope}.${localName}`, localName, start };
  }
}

function writerFileOf(schemaId: number, { schema, schemaType = "AVRO" }: Schema): WriterFile | SchemaSerdeError {
  try {
    if (schemaType !== "PROTOBUF") throw new TypeError(`it is ${schemaType}, not PROTOBUF`);
    return new WriterFile(readProtoFile(schema));
  } catch (cause) {
    return new SchemaSerdeError(
      "INCOMPATIBLE_WRITER_SCHEMA",
      `what was written with schema id ${schemaId} cannot be read: ${(cause as Error).message}`,
      { cause },
    );
  }
}

const schemaOf = (schema: string, references: readonly SchemaReference[]): Schema => ({
  schemaType: "PROTOBUF",
  schema,
  ...(references.length > 0 && { references }),
});

const isUnknown = (cause: unknown): boolean =>
  cause instanceof SchemaRegistryError && (cause.code === "SUBJECT_NOT_FOUND" || cause.code === "SCHEMA_NOT_FOUND");
