import { fullNameOf, spaceOf } from "./avro-name.js";

type Attributes = Readonly<Record<string, unknown>>;

/** Which types a logical type stands on. Others, and unknown ones, are properties like any other. */
const logicalTypes: Readonly<Record<string, readonly string[]>> = {
  decimal: ["bytes", "fixed"],
  "big-decimal": ["bytes"],
  uuid: ["string", "fixed"],
  date: ["int"],
  "time-millis": ["int"],
  "time-micros": ["long"],
  "timestamp-millis": ["long"],
  "timestamp-micros": ["long"],
  "timestamp-nanos": ["long"],
  "local-timestamp-millis": ["long"],
  "local-timestamp-micros": ["long"],
  "local-timestamp-nanos": ["long"],
  duration: ["fixed"],
};

/**
 * A schema with what has no order put in order: properties, the members of their values and of defaults, and aliases, which
 * are spelled out. A type's empty doc says nothing. `printAvro` puts the rest in its place.
 *
 * @param schema - JSON of a schema that `parseAvro` accepts.
 */
export function normalizeAvro(schema: unknown, space = ""): unknown {
  if (Array.isArray(schema)) return schema.map((branch) => normalizeAvro(branch, space));
  if (typeof schema !== "object" || schema === null) return schema;
  const attributes = schema as Attributes;
  const own = spaceOf(attributes, space);
  return Object.fromEntries(
    namesInOrder(attributes).flatMap((name) => {
      const value = attributes[name];
      if (name === "doc" && value === "") return [];
      return [[name, member(attributes, name, value, own)]];
    }),
  );
}

function member(attributes: Attributes, name: string, value: unknown, space: string): unknown {
  const { type } = attributes;
  if (name === "type" && typeof value === "object") return normalizeAvro(value, space);
  if ((name === "items" && type === "array") || (name === "values" && type === "map")) {
    return normalizeAvro(value, space);
  }
  if (name === "fields" && (type === "record" || type === "error")) {
    return (value as readonly Attributes[]).map((field) => normalizedField(field, space));
  }
  if (name === "aliases" && Array.isArray(value)) return sortedAliases(value.map((alias) => fullNameOf(alias, space)));
  return sorted(value);
}

const normalizedField = (field: Attributes, space: string): Attributes =>
  Object.fromEntries(
    Object.keys(field)
      .sort()
      .map((name) => [name, fieldMember(name, field[name], space)]),
  );

function fieldMember(name: string, value: unknown, space: string): unknown {
  if (name === "type") return normalizeAvro(value, space);
  return name === "aliases" && Array.isArray(value) ? sortedAliases(value) : sorted(value);
}

const sortedAliases = (aliases: readonly string[]): readonly string[] => [...new Set(aliases)].sort();

/** A known logical type says what the type is; what belongs to it comes with it. */
function namesInOrder(attributes: Attributes): readonly string[] {
  const names = Object.keys(attributes).sort();
  const { logicalType, type } = attributes;
  if (typeof logicalType !== "string" || !logicalTypes[logicalType]?.includes(String(type))) return names;
  const ofDecimal = ["precision", ...(attributes.scale === 0 ? [] : ["scale"])];
  const first = ["logicalType", ...(logicalType === "decimal" ? ofDecimal : [])].filter((name) => name in attributes);
  return [...first, ...names.filter((name) => !first.includes(name))];
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const members = value as Attributes;
  return Object.fromEntries(
    Object.keys(members)
      .sort()
      .map((name) => [name, sorted(members[name])]),
  );
}
