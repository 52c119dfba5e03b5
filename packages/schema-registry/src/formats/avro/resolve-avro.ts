import { fullNameOf, spaceOf } from "./avro-name.js";
import { primitives } from "./avro-type.js";

type Attributes = Readonly<Record<string, unknown>>;

const named: ReadonlySet<unknown> = new Set(["record", "error", "enum", "fixed"]);

/**
 * A schema that stands alone: what other schemas define is spelled out where it is first used (`format=resolved`).
 *
 * @param schema - JSON of a schema that `parseAvro` accepts with `referred`.
 */
export function resolveAvro(schema: unknown, referred: readonly unknown[]): unknown {
  const known = new Map<string, Attributes>();
  for (const one of referred) collect(one, "", known);
  return new Resolution(known).resolved(schema, "");
}

/** Finds the named types that a schema defines, each as it would stand alone. */
function collect(schema: unknown, space: string, found: Map<string, Attributes>): void {
  if (Array.isArray(schema)) for (const branch of schema) collect(branch, space, found);
  if (typeof schema !== "object" || schema === null || Array.isArray(schema)) return;
  const attributes = schema as Attributes;
  const own = spaceOf(attributes, space);
  if (named.has(attributes.type)) {
    const name = fullNameOf(attributes.name as string, own);
    found.set(name, { ...attributes, name, namespace: own });
  }
  for (const inner of innerOf(attributes)) collect(inner, own, found);
}

function innerOf({ type, items, values, fields }: Attributes): readonly unknown[] {
  if (type === "array") return [items];
  if (type === "map") return [values];
  if (named.has(type)) return Array.isArray(fields) ? fields.map((field: Attributes) => field.type) : [];
  return [type];
}

class Resolution {
  readonly #known: Map<string, Attributes>;

  constructor(known: Map<string, Attributes>) {
    this.#known = known;
  }

  resolved(schema: unknown, space: string): unknown {
    if (typeof schema === "string") return this.#spelledOut(schema, space);
    if (Array.isArray(schema)) return schema.map((branch) => this.resolved(branch, space));
    const attributes = schema as Attributes;
    const own = spaceOf(attributes, space);
    if (named.has(attributes.type)) {
      this.#known.delete(fullNameOf(attributes.name as string, own));
      if (!Array.isArray(attributes.fields)) return attributes;
      const fields = attributes.fields.map((field: Attributes) => ({ ...field, type: this.resolved(field.type, own) }));
      return { ...attributes, fields };
    }
    if (attributes.type === "array") return { ...attributes, items: this.resolved(attributes.items, space) };
    if (attributes.type === "map") return { ...attributes, values: this.resolved(attributes.values, space) };
    return { ...attributes, type: this.resolved(attributes.type, space) };
  }

  #spelledOut(name: string, space: string): unknown {
    if (primitives.has(name)) return name;
    const full = fullNameOf(name, space);
    const found = this.#known.get(full) ?? this.#known.get(name);
    return found === undefined ? name : this.resolved(found, space);
  }
}
