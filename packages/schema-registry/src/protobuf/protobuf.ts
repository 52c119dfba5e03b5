import type {
  PayloadTypes,
  PrepareContext,
  Serde,
  SerdeContext,
  SerdePlace,
  SerializeContext,
  SubjectNames,
  SubjectSchema,
} from "@ottla/client";
import protobufjs from "protobufjs/minimal.js";
import type { SchemaRegistry } from "../client/schema-registry.js";
import { fullNameOf, localNameOf, type MessageDefinition } from "../formats/protobuf/definitions.js";
import { messageAt, messageIndexes } from "../formats/protobuf/message-path.js";
import { parseProtobuf } from "../formats/protobuf/parse-protobuf.js";
import type { ProtobufSchema } from "../formats/protobuf/protobuf-schema.js";
import { SchemaSerdeError } from "../serde/serde-errors.js";
import { type SubjectStrategy, subjectOf } from "../serde/subject.js";
import { encodeMessageIndexes } from "../wire-format/message-indexes.js";
import { prefixLength, writePrefix } from "../wire-format/wire-format.js";
import { compileMessage } from "./compile-message.js";
import type { MessageCodec } from "./message-codec.js";
import { type ImportedSchema, RegistryView, type WrittenSchema } from "./registry-view.js";
import type { LongForm } from "./scalar-codecs.js";
import { ValueFault } from "./value-codec.js";

export interface ProtobufOptions {
  /** The message, with or without the package: `"shop.Order"`, `"Order.Item"`. Default: the first one of the file. */
  readonly message?: string;
  /** What the text imports, directly or not, by import path. `google/protobuf`, `google/type` and `confluent` are known. */
  readonly imports?: Readonly<Record<string, ImportedSchema>>;
  /** How 64-bit integers stand: exact as bigint (the default), or as number, where a value beyond 2^53 is an error. */
  readonly long?: LongForm;
  /** The subject a schema is found under. Default: as the contract says, else `<topic>-key` or `<topic>-value` (`"topicName"`). */
  readonly subject?: SubjectStrategy | SubjectNames;
}

/** A serde of Protobuf messages in Confluent's wire format, and the schema it writes with. */
export interface ProtobufSerde<In, Out> extends Serde<In, Out> {
  readonly schemaType: "PROTOBUF";
  /** The schema as it is registered. */
  readonly schema: string;
  /** The message's full name. */
  readonly messageName: string;
}

/**
 * Keys or values that are a message of a `.proto` text (proto2, proto3 or edition 2023), without generated code:
 * `protobuf<Order>(text)`, or `protobuf<OrderIn, OrderOut>(text)`.
 *
 * Fields have the names of the text. Enums are names (numbers where an open enum has none), bytes are Buffers, maps are objects,
 * the fields of a oneof stand beside the others. Lists, maps and fields without presence are there in whatever is read; others
 * only where they were written. Wrappers of `google.protobuf` are what they wrap, `Struct` and `Value` are JSON; a
 * `Timestamp` is `{ seconds, nanos }`, and may be given as a Date. Extensions and unknown fields are left out.
 *
 * What another version of the message wrote is read by the numbers of its fields. The schema must be registered, and what it
 * imports, unless the registry client says `autoRegister`.
 *
 * @throws TypeError when the text is no schema, or has no such message.
 */
export function protobuf<In, Out = In>(schema: string, options: ProtobufOptions = {}): ProtobufSerde<In, Out> {
  return new ProtobufTopicSerde(schema, options) as unknown as ProtobufSerde<In, Out>;
}

const largestScratch = 1024 * 1024;

class ProtobufTopicSerde implements ProtobufSerde<unknown, unknown> {
  readonly schemaType = "PROTOBUF";
  readonly schema: string;
  readonly messageName: string;
  readonly payloadTypes: PayloadTypes;
  readonly #localName: string;
  readonly #codec: MessageCodec;
  readonly #written: WrittenSchema;
  readonly #subject: SubjectStrategy | SubjectNames | undefined;
  readonly #views = new WeakMap<SchemaRegistry, RegistryView>();
  /** The registry used last, so that the next value finds its view at once. */
  #lastRegistry: unknown;
  #lastView: RegistryView | undefined;
  /** What stands before a payload: a zero, the id, the message's indexes. */
  readonly #prefix: Buffer;
  // Values are encoded into its buffer and copied out at their true length.
  #writer = protobufjs.Writer.create();

  constructor(schema: string, { message, imports = {}, long = "bigint", subject }: ProtobufOptions) {
    this.schema = schema;
    this.#subject = subject;
    const parsed = parse(schema, imports);
    const definition = messageNamed(parsed, message);
    this.messageName = fullNameOf(definition);
    this.#localName = localNameOf(definition);
    this.#codec = compileMessage(parsed, definition, long);
    this.#written = writtenSchema(schema, parsed, imports);
    const indexes = encodeMessageIndexes(messageIndexes(parsed.file, this.#localName) ?? []);
    this.#prefix = Buffer.concat([Buffer.alloc(prefixLength), indexes]);
    this.payloadTypes = {
      names: [this.messageName],
      nameIn: (bytes, context) => this.#view(context).messageIn(bytes, context).name,
    };
  }

  /** What it imports comes first, as it must be registered. */
  schemas(place: SerdePlace): readonly SubjectSchema[] {
    const { files, imports } = this.#written;
    const references = (paths: readonly string[]) => {
      // The registry takes -1 for the latest version.
      const found = files.filter(({ path }) => paths.includes(path));
      const listed = found.map(({ path, subject, version = -1 }) => ({ name: path, subject, version }));
      return listed.length > 0 ? { references: listed } : {};
    };
    const { schemaType } = this;
    const own = { subject: subjectOf(this.#subject, place, this.messageName), schema: this.schema, imports };
    const all = [...files.filter(({ version }) => version === undefined), own];
    return all.map((one) => ({ subject: one.subject, schemaType, schema: one.schema, ...references(one.imports) }));
  }

  async prepare(context: PrepareContext): Promise<void> {
    const view = this.#view(context);
    if (context.direction !== "read")
      await view.prepareWriter(context, subjectOf(this.#subject, context, this.messageName));
  }

  prepareBatch(payloads: readonly Uint8Array[], context: PrepareContext): Promise<void> | undefined {
    return this.#view(context).prepareReaders(payloads, context.signal);
  }

  serialize(value: unknown, context: SerializeContext): Uint8Array {
    writePrefix(this.#prefix, this.#view(context).writerId(context));
    const writer = this.#writer;
    try {
      writer.reset().raw(this.#prefix);
      this.#codec.writeFields(writer, value, 1);
      const payload = writer.finish();
      if (writer.buf.length > largestScratch) this.#writer = protobufjs.Writer.create();
      return payload;
    } catch (cause) {
      // It stands in the middle of a message.
      this.#writer = protobufjs.Writer.create();
      throw this.#error("INVALID_VALUE", context, cause);
    }
  }

  deserialize(bytes: Uint8Array, context: SerdeContext): unknown {
    const payload = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const { name, localName, start } = this.#view(context).messageIn(payload, context);
    if (localName !== this.#localName) {
      const text = `topic ${context.topic}, ${context.part}: it is a ${name}, not a ${this.messageName}`;
      throw new SchemaSerdeError("INCOMPATIBLE_WRITER_SCHEMA", text);
    }
    try {
      const reader = protobufjs.Reader.create(payload);
      reader.pos = start;
      const value = this.#codec.zero();
      this.#codec.readFields(reader, value, 1);
      return value;
    } catch (cause) {
      throw this.#error("INVALID_PAYLOAD", context, cause);
    }
  }

  #error(code: "INVALID_VALUE" | "INVALID_PAYLOAD", { topic, part }: SerdeContext, cause: unknown): SchemaSerdeError {
    const path = cause instanceof ValueFault && cause.path !== "" ? `${cause.path} ` : "";
    const text = `topic ${topic}, ${part}, ${this.messageName}: ${path}${(cause as Error).message}`;
    return new SchemaSerdeError(code, text, { cause });
  }

  #view(context: RegistryContext): RegistryView {
    if (this.#lastView !== undefined && this.#lastRegistry === context.registry) return this.#lastView;
    const registry = registryOf(context);
    const view = this.#views.get(registry) ?? new RegistryView(registry, this.#written);
    this.#views.set(registry, view);
    this.#lastRegistry = registry;
    this.#lastView = view;
    return view;
  }
}

function parse(schema: string, imports: Readonly<Record<string, ImportedSchema>>): ProtobufSchema {
  try {
    const texts = Object.entries(imports).map(([name, { schema: text }]) => ({ name, schema: text }));
    return parseProtobuf(schema, texts);
  } catch (cause) {
    throw new TypeError(`not a Protobuf schema to write and read with: ${(cause as Error).message}`, { cause });
  }
}

function messageNamed(schema: ProtobufSchema, name: string | undefined): MessageDefinition {
  const { file } = schema;
  const scope = file.package === "" ? "" : `${file.package}.`;
  const wanted = name ?? messageAt(file, [0]);
  if (wanted === undefined) throw new TypeError("the Protobuf schema has no message");
  for (const fullName of [wanted, `${scope}${wanted}`]) {
    const found = schema.typeNamed(fullName);
    if (found?.kind === "message" && found.file === file && messageIndexes(file, localNameOf(found)) !== undefined) {
      return found;
    }
  }
  const names = file.messages.map((message) => scope + message.name);
  throw new TypeError(`the Protobuf schema has no message ${wanted}; it has ${names.slice(0, 20).join(", ")}`);
}

function writtenSchema(
  schema: string,
  { file, imports: all }: ProtobufSchema,
  given: Readonly<Record<string, ImportedSchema>>,
): WrittenSchema {
  const ownImports = (one: ProtobufSchema["file"]) =>
    one.imports.map(({ path }) => path).filter((path) => Object.hasOwn(given, path));
  const files = all.flatMap((one) => {
    const found = Object.hasOwn(given, one.path) ? given[one.path] : undefined;
    return found === undefined ? [] : [{ ...found, path: one.path, imports: ownImports(one) }];
  });
  return { schema, imports: ownImports(file), files };
}

interface RegistryContext {
  readonly registry?: unknown;
  readonly topic: string;
  readonly part: string;
}

function registryOf({ registry, topic, part }: RegistryContext): SchemaRegistry {
  // By shape, not by class: an application may hold two copies of this package.
  if (typeof registry === "object" && registry !== null && "schemaById" in registry && "idOf" in registry) {
    return registry as SchemaRegistry;
  }
  throw new SchemaSerdeError(
    "SCHEMA_NOT_PREPARED",
    `topic ${topic}, ${part}: a Protobuf serde needs a schema registry; give one, as in new Kafka({ registry: new SchemaRegistry(url) })`,
  );
}
