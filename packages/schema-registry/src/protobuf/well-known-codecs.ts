import type { MessageCodec } from "./message-codec.js";
import { type Fields, notA, put, type ValueCodec } from "./value-codec.js";

/** The codec of a message of `google.protobuf`: wrappers are what they wrap, a `Value` is JSON, others are messages as any. */
export function wellKnownCodec(name: string, message: MessageCodec): ValueCodec {
  if (wrappers.has(name)) return new MappedCodec(message, wrapped);
  const mapping = mappings[name];
  return mapping === undefined ? message : new MappedCodec(message, mapping);
}

const wrappers: ReadonlySet<string> = new Set(
  ["Double", "Float", "Int64", "UInt64", "Int32", "UInt32", "Bool", "String", "Bytes"].map((name) => `${name}Value`),
);

/** How the message that is written looks to its users. */
interface Mapping {
  readonly takesNull?: true;
  toMessage(value: unknown): unknown;
  fromMessage(message: Fields): unknown;
}

const wrapped: Mapping = { toMessage: (value) => ({ value }), fromMessage: ({ value }) => value };

const mappings: Readonly<Record<string, Mapping>> = {
  Timestamp: {
    // Read as a message all the same: a Date would lose what is finer than a millisecond.
    toMessage: (value) => (value instanceof Date ? timestampOf(value) : value),
    fromMessage: (message) => message,
  },
  Struct: {
    toMessage: (value) => {
      if (typeof value !== "object" || value === null || Array.isArray(value)) throw notA(value, "an object of JSON");
      return { fields: withoutUndefined(value as Fields) };
    },
    fromMessage: ({ fields }) => fields,
  },
  ListValue: {
    toMessage: (values) => ({ values }),
    fromMessage: ({ values }) => values,
  },
  Value: { takesNull: true, toMessage: valueMessageOf, fromMessage: jsonOf },
};

class MappedCodec implements ValueCodec {
  readonly wireType: 2 | 3;
  readonly takesNull?: true;
  readonly #message: MessageCodec;
  readonly #mapping: Mapping;

  constructor(message: MessageCodec, mapping: Mapping) {
    this.wireType = message.wireType;
    if (mapping.takesNull) this.takesNull = true;
    this.#message = message;
    this.#mapping = mapping;
  }

  zero(): unknown {
    return this.#mapping.fromMessage(this.#message.zero());
  }

  isZero(): boolean {
    return false;
  }

  write(...[writer, value, depth]: Parameters<ValueCodec["write"]>): void {
    this.#message.write(writer, this.#mapping.toMessage(value), depth);
  }

  read(...[reader, depth]: Parameters<ValueCodec["read"]>): unknown {
    return this.#mapping.fromMessage(this.#message.read(reader, depth) as Fields);
  }
}

function timestampOf(date: Date): object {
  const millis = date.getTime();
  if (Number.isNaN(millis)) throw notA("an invalid Date", "a Timestamp");
  const seconds = Math.floor(millis / 1000);
  return { seconds, nanos: (millis - seconds * 1000) * 1_000_000 };
}

function valueMessageOf(value: unknown): object {
  if (value === null) return { null_value: 0 };
  if (typeof value === "boolean") return { bool_value: value };
  if (typeof value === "string") return { string_value: value };
  if (typeof value === "number" && Number.isFinite(value)) return { number_value: value };
  if (Array.isArray(value)) return { list_value: value };
  if (typeof value === "object") return { struct_value: value };
  throw notA(value, "JSON");
}

/** Whichever is set: a `Value` that has nothing is null too. */
function jsonOf(message: Fields): unknown {
  const [[name, value] = []] = Object.entries(message);
  return name === undefined || name === "null_value" ? null : value;
}

function withoutUndefined(value: Fields): Fields {
  const fields: Fields = {};
  for (const [name, one] of Object.entries(value)) if (one !== undefined) put(fields, name, one);
  return fields;
}
