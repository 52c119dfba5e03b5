import { InvalidSchemaError } from "../invalid-schema-error.js";
import { isDefaultOf } from "./avro-default.js";
import { type AvroField, type AvroPrimitive, type AvroType, primitives } from "./avro-type.js";

// Registries of old took letters of any language. A new schema's names are checked by validateAvro.
const simpleName = /^[\p{L}_][\p{L}\p{Nd}_]*$/u;
const strictName = /^[A-Za-z_][A-Za-z0-9_]*$/;
// A schema nested deeper than this would run a recursive reader out of stack; no real one comes near.
const deepestNesting = 1000;

/**
 * Reads an Avro schema's JSON text, and the named types it refers to, into a graph.
 *
 * @param references - Texts of the schemas that define types used here, in an order in which each needs only those before it.
 * @throws {@link InvalidSchemaError} with a JSON pointer to what is wrong.
 * @see The Avro 1.12 specification, «Schema Declaration».
 */
export function parseAvro(text: string, references: readonly string[] = []): AvroType {
  const parser = new Parser();
  for (const reference of references) parser.parse(jsonOf(reference));
  return parser.parse(jsonOf(text));
}

/**
 * Checks what a new schema must keep and old ones may have broken: names in ASCII, defaults that fit their fields' types.
 *
 * @throws {@link InvalidSchemaError} with a JSON pointer to what is wrong.
 */
export function validateAvro(text: string, references: readonly string[] = []): void {
  const parser = new Parser();
  for (const reference of references) parser.parse(jsonOf(reference));
  parser.beStrict();
  parser.parse(jsonOf(text));
  parser.checkDefaults();
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InvalidSchemaError(`not JSON: ${(cause as Error).message}`, "", { cause });
  }
}

type Attributes = Readonly<Record<string, unknown>>;

/** Where the reader stands: JSON pointer, enclosing namespace, nesting. */
interface Place {
  readonly path: string;
  readonly namespace: string;
  readonly depth: number;
}

const inside = (place: Place, step: string, namespace = place.namespace): Place => ({
  path: `${place.path}/${step}`,
  namespace,
  depth: place.depth + 1,
});

class Parser {
  readonly #named = new Map<string, AvroType>();
  /** Checked when all types are known: a field may be of a type that is not read to its end. */
  readonly #defaults: { readonly type: AvroType; readonly value: unknown; readonly path: string }[] = [];
  #nameForm = simpleName;

  /** From now on names have Avro's own letters. */
  beStrict(): void {
    this.#nameForm = strictName;
    this.#defaults.length = 0;
  }

  /** @throws {@link InvalidSchemaError} at the first default that its field's type does not hold. */
  checkDefaults(): void {
    for (const { type, value, path } of this.#defaults) {
      if (!isDefaultOf(type, value)) {
        throw new InvalidSchemaError(`default ${JSON.stringify(value)} is not of the field's type`, path);
      }
    }
  }

  parse(schema: unknown): AvroType {
    return this.#type(schema, { path: "", namespace: "", depth: 0 });
  }

  #type(schema: unknown, place: Place): AvroType {
    if (place.depth > deepestNesting) throw new InvalidSchemaError(`nested deeper than ${deepestNesting}`, place.path);
    if (typeof schema === "string") return this.#reference(schema, place);
    if (Array.isArray(schema)) return this.#union(schema, place);
    if (typeof schema !== "object" || schema === null) {
      throw new InvalidSchemaError(`${JSON.stringify(schema)} is not a schema`, place.path);
    }
    const attributes = schema as Attributes;
    switch (attributes.type) {
      case "record":
      case "error":
        return this.#record(attributes, place);
      case "enum":
        return this.#enum(attributes, place);
      case "fixed":
        return this.#fixed(attributes, place);
      case "array":
        return { kind: "array", items: this.#type(required(attributes, "items", place), inside(place, "items")) };
      case "map":
        return { kind: "map", values: this.#type(required(attributes, "values", place), inside(place, "values")) };
      default:
        return this.#type(required(attributes, "type", place), inside(place, "type"));
    }
  }

  #reference(name: string, place: Place): AvroType {
    if (primitives.has(name)) return { kind: name as AvroPrimitive };
    const inNamespace = name.includes(".") || place.namespace === "" ? name : `${place.namespace}.${name}`;
    const type = this.#named.get(inNamespace) ?? this.#named.get(name);
    if (type === undefined) throw new InvalidSchemaError(`type "${name}" is not defined`, place.path);
    return type;
  }

  #union(branches: readonly unknown[], place: Place): AvroType {
    const types = branches.map((branch, index) => this.#type(branch, inside(place, String(index))));
    const seen = new Set<string>();
    for (const [index, type] of types.entries()) {
      const at = `${place.path}/${index}`;
      if (type.kind === "union") throw new InvalidSchemaError("a union may not hold a union", at);
      const identity = "name" in type ? type.name : type.kind;
      if (seen.has(identity)) throw new InvalidSchemaError(`"${identity}" stands twice in the union`, at);
      seen.add(identity);
    }
    return { kind: "union", branches: types };
  }

  #record(attributes: Attributes, place: Place): AvroType {
    const names = this.#names(attributes, place);
    const declared = required(attributes, "fields", place);
    if (!Array.isArray(declared)) throw new InvalidSchemaError("fields must be an array", `${place.path}/fields`);
    const fields: AvroField[] = [];
    this.#define(names.name, { kind: "record", ...names, fields }, place);
    const taken = new Set<string>();
    for (const [index, field] of declared.entries()) {
      const at = inside(place, `fields/${index}`, names.namespace);
      const parsed = this.#field(field, at);
      if (taken.has(parsed.name)) throw new InvalidSchemaError(`field "${parsed.name}" stands twice`, at.path);
      taken.add(parsed.name);
      fields.push(parsed);
    }
    return this.#named.get(names.name) as AvroType;
  }

  #field(field: unknown, place: Place): AvroField {
    if (typeof field !== "object" || field === null)
      throw new InvalidSchemaError("a field must be an object", place.path);
    const attributes = field as Attributes;
    const name = attributes.name;
    if (typeof name !== "string" || !this.#nameForm.test(name)) {
      throw new InvalidSchemaError(`${JSON.stringify(name)} is not a field name`, `${place.path}/name`);
    }
    const type = this.#type(required(attributes, "type", place), inside(place, "type"));
    if (Object.hasOwn(attributes, "default")) {
      this.#defaults.push({ type, value: attributes.default, path: `${place.path}/default` });
    }
    return {
      name,
      aliases: texts(attributes, "aliases", place),
      type,
      hasDefault: Object.hasOwn(attributes, "default"),
    };
  }

  #enum(attributes: Attributes, place: Place): AvroType {
    const names = this.#names(attributes, place);
    const symbols = texts(attributes, "symbols", place);
    if (!Array.isArray(attributes.symbols))
      throw new InvalidSchemaError("symbols must be an array", `${place.path}/symbols`);
    for (const [index, symbol] of symbols.entries()) {
      const at = `${place.path}/symbols/${index}`;
      if (!this.#nameForm.test(symbol)) throw new InvalidSchemaError(`"${symbol}" is not an enum symbol`, at);
      if (symbols.indexOf(symbol) !== index) throw new InvalidSchemaError(`symbol "${symbol}" stands twice`, at);
    }
    const hasDefault = Object.hasOwn(attributes, "default");
    if (hasDefault && !symbols.includes(attributes.default as string)) {
      throw new InvalidSchemaError(
        `default ${JSON.stringify(attributes.default)} is not a symbol`,
        `${place.path}/default`,
      );
    }
    return this.#define(names.name, { kind: "enum", ...names, symbols, hasDefault }, place);
  }

  #fixed(attributes: Attributes, place: Place): AvroType {
    const names = this.#names(attributes, place);
    const size = required(attributes, "size", place);
    if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0) {
      throw new InvalidSchemaError(`size ${JSON.stringify(size)} is not a number of bytes`, `${place.path}/size`);
    }
    return this.#define(names.name, { kind: "fixed", ...names, size }, place);
  }

  #names(attributes: Attributes, place: Place): { name: string; namespace: string; aliases: readonly string[] } {
    const given = attributes.name;
    if (typeof given !== "string" || !given.split(".").every((part) => this.#nameForm.test(part))) {
      throw new InvalidSchemaError(`${JSON.stringify(given)} is not a name`, `${place.path}/name`);
    }
    const declared = typeof attributes.namespace === "string" ? attributes.namespace : place.namespace;
    const namespace = given.includes(".") ? given.slice(0, given.lastIndexOf(".")) : declared;
    const full = (name: string): string => (name.includes(".") || namespace === "" ? name : `${namespace}.${name}`);
    return { name: full(given), namespace, aliases: texts(attributes, "aliases", place).map(full) };
  }

  #define(name: string, type: AvroType, place: Place): AvroType {
    if (primitives.has(name))
      throw new InvalidSchemaError(`"${name}" is a primitive type's name`, `${place.path}/name`);
    if (this.#named.has(name)) throw new InvalidSchemaError(`type "${name}" is defined twice`, `${place.path}/name`);
    this.#named.set(name, type);
    return type;
  }
}

function required(attributes: Attributes, name: string, place: Place): unknown {
  if (!Object.hasOwn(attributes, name)) throw new InvalidSchemaError(`"${name}" is missing`, place.path);
  return attributes[name];
}

function texts(attributes: Attributes, name: string, place: Place): readonly string[] {
  const value = attributes[name] ?? [];
  if (!Array.isArray(value) || !value.every((text) => typeof text === "string")) {
    throw new InvalidSchemaError(`${name} must be an array of strings`, `${place.path}/${name}`);
  }
  return value;
}
