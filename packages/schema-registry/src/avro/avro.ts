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
import type { Type } from "avsc";
import type { SchemaRegistry } from "../client/schema-registry.js";
import { SchemaSerdeError } from "../serde/serde-errors.js";
import { type SubjectStrategy, subjectOf } from "../serde/subject.js";
import { prefixLength, schemaIdOf, writePrefix } from "../wire-format/wire-format.js";
import { avroType } from "./avro-codec.js";
import type { AvroIn, AvroLiteral, AvroOut, LongForm } from "./infer.js";
import { RegistryView } from "./registry-view.js";

export interface AvroOptions<L extends LongForm> {
  /** How `long` stands: exact as bigint (the default), or as number, where a value beyond 2^53 is an error. */
  readonly long?: L;
  /** The subject a schema is found under. Default: as the contract says, else `<topic>-key` or `<topic>-value` (`"topicName"`). */
  readonly subject?: SubjectStrategy | SubjectNames;
}

/** A serde of Avro values in Confluent's wire format, and the schema it writes with. */
export interface AvroSerde<In, Out> extends Serde<In, Out> {
  readonly schemaType: "AVRO";
  /** The schema as JSON text, as it is registered. */
  readonly schema: string;
}

/** The two ways to call {@link avro}: with a literal that carries its types, or with the types named. */
interface AvroFactory {
  <const S extends AvroLiteral, L extends LongForm = "bigint">(
    schema: S,
    options?: AvroOptions<L>,
  ): AvroSerde<AvroIn<S, L>, AvroOut<S, L>>;
  <In, Out = In>(schema: object | string, options?: AvroOptions<LongForm>): AvroSerde<In, Out>;
}

/**
 * Keys or values in Avro. The types are read off a schema written as a literal; for an imported one they are named:
 * `avro<Order>(schema)`, or `avro<OrderIn, OrderOut>(schema)`.
 *
 * Values are written with this schema, under the id that the registry has for it; what was written with another version is
 * resolved to this one on reading. A writer's schema must be registered, unless the registry client says `autoRegister`.
 *
 * @throws TypeError when the text is not an Avro schema.
 */
export const avro = ((schema: object | string, options: AvroOptions<LongForm> = {}): AvroSerde<unknown, unknown> =>
  new AvroTopicSerde(schema, options)) as unknown as AvroFactory;

const smallestScratch = 1024;
const largestScratch = 1024 * 1024;

class AvroTopicSerde implements AvroSerde<unknown, unknown> {
  readonly schemaType = "AVRO";
  readonly schema: string;
  readonly payloadTypes: PayloadTypes;
  readonly #type: Type;
  readonly #long: LongForm;
  readonly #subject: SubjectStrategy | SubjectNames | undefined;
  readonly #views = new WeakMap<SchemaRegistry, RegistryView>();
  /** The registry used last, so that the next value finds its view at once. */
  #lastRegistry: unknown;
  #lastView: RegistryView | undefined;
  // Values are encoded here and copied out at their true length: cheaper than measuring each first.
  #scratch = Buffer.allocUnsafe(smallestScratch);

  constructor(schema: object | string, options: AvroOptions<LongForm>) {
    // A string may be JSON text or the name of a primitive type.
    const declared = typeof schema === "string" && /^\s*[[{"]/.test(schema) ? JSON.parse(schema) : schema;
    this.#long = options.long ?? "bigint";
    this.#type = avroType(declared, this.#long);
    this.schema = JSON.stringify(declared);
    this.#subject = options.subject;
    this.payloadTypes = {
      names: this.#type.name === undefined ? [] : [this.#type.name, ...(this.#type.aliases ?? [])],
      nameIn: (bytes, context) => this.#view(context).nameOf(idIn(asBuffer(bytes), context), context),
    };
  }

  schemas(place: SerdePlace): readonly SubjectSchema[] {
    const subject = subjectOf(this.#subject, place, this.#type.name);
    return [{ subject, schemaType: this.schemaType, schema: this.schema }];
  }

  async prepare(context: PrepareContext): Promise<void> {
    const view = this.#view(context);
    if (context.direction !== "read")
      await view.prepareWriter(context, subjectOf(this.#subject, context, this.#type.name));
  }

  prepareBatch(payloads: readonly Uint8Array[], context: PrepareContext): Promise<void> | undefined {
    return this.#view(context).prepareReaders(payloads, context.signal);
  }

  serialize(value: unknown, context: SerializeContext): Uint8Array {
    const schemaId = this.#view(context).writerId(context);
    let end = this.#encode(value, context);
    if (end < 0) {
      // Too small by -end bytes.
      this.#scratch = Buffer.allocUnsafe(this.#scratch.length - end);
      end = this.#encode(value, context);
    }
    const payload = Buffer.allocUnsafe(end);
    this.#scratch.copy(payload, 0, 0, end);
    writePrefix(payload, schemaId);
    if (this.#scratch.length > largestScratch) this.#scratch = Buffer.allocUnsafe(smallestScratch);
    return payload;
  }

  #encode(value: unknown, context: SerdeContext): number {
    try {
      return this.#type.encode(value, this.#scratch, prefixLength);
    } catch (cause) {
      throw this.#invalid(value, context, cause);
    }
  }

  #invalid(value: unknown, { topic, part }: SerdeContext, cause: unknown): SchemaSerdeError {
    const wrong: string[] = [];
    this.#type.isValid(value, {
      errorHook: (path, found, type) => {
        wrong.push(
          `${path.join(".") || part} is ${describe(found)}, not ${type.name ?? type.typeName.replace("abstract:", "")}`,
        );
      },
    });
    const reasons = wrong.length > 0 ? wrong.join("; ") : (cause as Error).message;
    return new SchemaSerdeError(
      "INVALID_VALUE",
      `topic ${topic}, ${part}, ${this.#type.name ?? "schema"}: ${reasons}`,
      { cause },
    );
  }

  deserialize(bytes: Uint8Array, context: SerdeContext): unknown {
    const payload = asBuffer(bytes);
    const schemaId = idIn(payload, context);
    const resolver = this.#view(context).resolverOf(schemaId, context);
    try {
      const { value, offset } = this.#type.decode(payload, prefixLength, resolver);
      if (offset === payload.length) return value;
      throw new Error(offset < 0 ? "truncated buffer" : `${payload.length - offset} bytes are left over`);
    } catch (cause) {
      throw new SchemaSerdeError(
        "INVALID_PAYLOAD",
        `topic ${context.topic}, ${context.part}, schema id ${schemaId}: ${(cause as Error).message}`,
        { cause },
      );
    }
  }

  #view(context: RegistryContext): RegistryView {
    if (this.#lastView !== undefined && this.#lastRegistry === context.registry) return this.#lastView;
    const registry = registryOf(context);
    let view = this.#views.get(registry);
    if (view === undefined) {
      view = new RegistryView(registry, this.#type, this.schema, this.#long);
      this.#views.set(registry, view);
    }
    this.#lastRegistry = registry;
    this.#lastView = view;
    return view;
  }
}

const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function idIn(payload: Buffer, { topic, part }: SerdeContext): number {
  const schemaId = schemaIdOf(payload);
  if (schemaId !== undefined) return schemaId;
  const start = payload.subarray(0, prefixLength).toString("hex");
  throw new SchemaSerdeError(
    "INVALID_PAYLOAD",
    `topic ${topic}, ${part}: ${payload.length} bytes beginning 0x${start} are not a zero, a schema id and Avro`,
  );
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
    `topic ${topic}, ${part}: an Avro serde needs a schema registry; give one, as in new Kafka({ registry: new SchemaRegistry(url) })`,
  );
}

function describe(value: unknown): string {
  if (value === undefined) return "missing";
  if (typeof value === "bigint") return `the bigint ${value}`;
  const text = typeof value === "object" && value !== null ? value.constructor?.name : JSON.stringify(value);
  return `${text ?? String(value)}`.slice(0, 100);
}
