import { fullNameOf, nameSeenFrom, spaceOf } from "./avro-name.js";
import { primitives } from "./avro-type.js";

type Attributes = Readonly<Record<string, unknown>>;

/**
 * The text a registry stores for an Avro schema: no white space, attributes in the order of Avro's Java library, a type
 * spelled out where it is first met and referred to by name afterwards. Docs, defaults, aliases and properties stay.
 *
 * @param schema - JSON of a schema that `parseAvro` accepts.
 */
export function printAvro(schema: unknown): string {
  return JSON.stringify(ordered(schema, ""));
}

/** The type with its attributes in order, as seen from a namespace. */
function ordered(schema: unknown, space: string): unknown {
  if (typeof schema === "string")
    return primitives.has(schema) ? schema : nameSeenFrom(space, fullNameOf(schema, space));
  if (Array.isArray(schema)) return schema.map((branch) => ordered(branch, space));
  const attributes = schema as Attributes;
  switch (attributes.type) {
    case "record":
    case "error":
    case "enum":
    case "fixed":
      return named(attributes, space);
    case "array":
      return { type: "array", items: ordered(attributes.items, space), ...properties(attributes, ["items"]) };
    case "map":
      return { type: "map", values: ordered(attributes.values, space), ...properties(attributes, ["values"]) };
    default:
      return annotated(attributes, space);
  }
}

/** `{"type": "string"}` is `"string"`, unless it says more; what wraps another schema is that schema. */
function annotated(attributes: Attributes, space: string): unknown {
  const { type } = attributes;
  if (typeof type !== "string" || !primitives.has(type)) return ordered(type, space);
  const more = properties(attributes, []);
  return Object.keys(more).length === 0 ? type : { type, ...more };
}

function named(attributes: Attributes, space: string): unknown {
  const given = attributes.name as string;
  const own = spaceOf(attributes, space);
  return {
    type: attributes.type,
    name: given.slice(given.lastIndexOf(".") + 1),
    ...(own !== space && { namespace: own }),
    ...(attributes.doc !== undefined && { doc: attributes.doc }),
    ...content(attributes, own),
    ...properties(attributes, [
      "name",
      "namespace",
      "doc",
      "fields",
      "symbols",
      "size",
      "aliases",
      ...enumDefault(attributes),
    ]),
    ...typeAliases(attributes, own),
  };
}

const enumDefault = ({ type }: Attributes): readonly string[] => (type === "enum" ? ["default"] : []);

function content(attributes: Attributes, space: string): Attributes {
  if (attributes.type === "fixed") return { size: attributes.size };
  if (attributes.type === "enum") {
    return { symbols: attributes.symbols, ...(attributes.default !== undefined && { default: attributes.default }) };
  }
  return { fields: (attributes.fields as readonly Attributes[]).map((field) => orderedField(field, space)) };
}

const orderedField = (field: Attributes, space: string): Attributes => ({
  name: field.name,
  type: ordered(field.type, space),
  ...(field.doc !== undefined && { doc: field.doc }),
  ...("default" in field && { default: field.default }),
  ...(field.order !== undefined && field.order !== "ascending" && { order: field.order }),
  ...aliases(field),
  ...properties(field, ["name", "doc", "default", "order", "aliases"]),
});

const aliases = ({ aliases: given }: Attributes): Attributes =>
  Array.isArray(given) && given.length > 0 ? { aliases: given } : {};

/** A type's other names, as short as its namespace allows. */
const typeAliases = (attributes: Attributes, space: string): Attributes => {
  const { aliases: given } = aliases(attributes);
  if (!Array.isArray(given)) return {};
  return { aliases: [...new Set(given.map((alias) => nameSeenFrom(space, fullNameOf(alias, space))))] };
};

/** Attributes that Avro itself does not define, in the order given. */
const properties = (attributes: Attributes, defined: readonly string[]): Attributes =>
  Object.fromEntries(Object.entries(attributes).filter(([name]) => name !== "type" && !defined.includes(name)));
