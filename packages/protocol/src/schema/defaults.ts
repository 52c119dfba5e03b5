import type { Values } from "./codec.js";
import type { Field, Fields } from "./field.js";

/** Kafka's "no id". */
export const zeroUuid = "AAAAAAAAAAAAAAAAAAAAAA";
const emptyBytes = Buffer.alloc(0);

/** The value of a field that a version does not carry, or that a writer left away. */
export function defaultOf(field: Field): unknown {
  if (field.options.default !== undefined) return field.options.default;
  switch (field.type.kind) {
    case "array":
      return [];
    case "struct":
      return defaultsOf(field.type.fields);
    case "string":
      return "";
    case "uuid":
      return zeroUuid;
    case "bool":
      return false;
    case "bytes":
    case "records":
      return emptyBytes;
    default:
      return 0;
  }
}

const defaultsOf = (fields: Fields): Values =>
  Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, defaultOf(field)]));

/**
 * Something that makes a field's default, anew where a reader of the message could change it: a default shared between two
 * messages must not be an array or an object.
 */
export function defaultMaker(field: Field): () => unknown {
  const { type, options } = field;
  if (options.default === undefined && type.kind === "array") return () => [];
  if (options.default === undefined && type.kind === "struct") return structMaker(type.fields);
  const fixed = defaultOf(field);
  return () => fixed;
}

function structMaker(fields: Fields): () => Values {
  const template = defaultsOf(fields);
  const nested = Object.entries(fields)
    .filter(
      ([, { type, options }]) => options.default === undefined && (type.kind === "array" || type.kind === "struct"),
    )
    .map(([name, field]) => ({ name, make: defaultMaker(field) }));
  if (nested.length === 0) return () => ({ ...template });
  return () => {
    const value = { ...template };
    for (const { name, make } of nested) value[name] = make();
    return value;
  };
}

/** Whether a value is the one that absence stands for, so that leaving the field away loses nothing. */
export function isDefault(field: Field, value: unknown): boolean {
  const { type, options } = field;
  if (options.default !== undefined) return Object.is(value, options.default);
  if (value === null) return false;
  switch (type.kind) {
    case "array":
      return (value as readonly unknown[]).length === 0;
    case "bytes":
    case "records":
      return (value as Uint8Array).byteLength === 0;
    case "struct":
      return Object.entries(type.fields).every(([name, inner]) => {
        const given = (value as Values)[name];
        return given === undefined || isDefault(inner, given);
      });
    default:
      return value === defaultOf(field);
  }
}
