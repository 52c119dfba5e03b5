import { InvalidSchemaError } from "../invalid-schema-error.js";
import type { NamedSchema } from "../schema-format.js";
import { isAtLeast, isMetaschema } from "./draft.js";
import type { Annotations, CombinedType, JsonSchemaType, ReferenceType } from "./json-schema-type.js";
import { isJsonObject, type JsonObject, type JsonValue, printJson } from "./json-text.js";
import { Keywords } from "./keywords.js";
import { type Located, type Place, placeText, SchemaDocuments, stepInto } from "./schema-documents.js";
import { StructureIds } from "./structure-ids.js";
import { familyOf, isMeant, type TypeFamily, typeFamilies } from "./type-families.js";

/**
 * Reads a JSON Schema of draft 4, 6, 7, 2019-09 or 2020-12, as `$schema` says (draft 7 where it says nothing), into a graph.
 *
 * @param references - Schemas that are referred to by their names, all of them. What is not among them is never fetched.
 * @throws {@link InvalidSchemaError} with a JSON pointer to what is wrong.
 */
export function parseJsonSchema(text: string, references: readonly NamedSchema[] = []): JsonSchemaType {
  return readJsonSchema(text, references).type;
}

/** As {@link parseJsonSchema}, with the JSON that was read. */
export function readJsonSchema(text: string, references: readonly NamedSchema[]) {
  const documents = new SchemaDocuments(text, references);
  return { json: documents.root.value, type: new SchemaParser(documents).parse() };
}

/** References are read before what they lead to. */
type OpenReference = { -readonly [Key in keyof ReferenceType]: ReferenceType[Key] };

interface Unresolved {
  readonly reference: OpenReference;
  readonly target: Located;
  readonly place: Place;
}

class SchemaParser {
  readonly #documents: SchemaDocuments;
  readonly #types = new Map<JsonObject, JsonSchemaType>();
  readonly #structures = new StructureIds();
  readonly #unresolved: Unresolved[] = [];

  constructor(documents: SchemaDocuments) {
    this.#documents = documents;
  }

  parse(): JsonSchemaType {
    const type = this.#type(this.#documents.root);
    // The list grows while it is walked: what is referred to refers to more.
    for (const { reference, target } of this.#unresolved) reference.target = this.#type(target);
    this.#shorten();
    return type;
  }

  #type({ value, place }: Located): JsonSchemaType {
    if (typeof value === "boolean") return { kind: value ? "true" : "false" };
    if (!isJsonObject(value)) {
      throw new InvalidSchemaError(`${printJson(value).slice(0, 100)} is not a schema`, placeText(place));
    }
    const known = this.#types.get(value);
    if (known !== undefined) return known;
    const type = this.#read(new Keywords(value, this.#documents.placeOf(value) ?? place));
    this.#types.set(value, type);
    return type;
  }

  #read(keywords: Keywords): JsonSchemaType {
    const { draft } = keywords.place;
    keywords.text("$schema");
    this.#readUnused(keywords);
    const references = this.#references(keywords);
    // Before 2019-09 a reference stands alone, whatever is beside it.
    const [first] = references;
    if (first !== undefined && !isAtLeast(draft, "2019-09")) return first;
    const parts: JsonSchemaType[] = [...references, ...this.#choices(keywords), ...this.#families(keywords)];
    if (this.#hasConditions(keywords)) parts.push({ kind: "conditional" });
    const [only = empty()] = parts;
    // Each part was made for this schema alone, so it may have what the schema says of itself.
    return Object.assign(parts.length > 1 ? combined("allOf", parts) : only, about(keywords));
  }

  /** What nothing is compared with, but must be schemas all the same. */
  #readUnused(keywords: Keywords): void {
    for (const keyword of ["$defs", "definitions"]) {
      for (const definition of keywords.named(keyword)) this.#type(definition);
    }
    for (const keyword of ["contentSchema", "propertyNames"]) {
      const schema = keywords.schema(keyword);
      if (schema !== undefined) this.#type(schema);
    }
    keywords.text("format");
  }

  #references(keywords: Keywords): JsonSchemaType[] {
    const documents = this.#documents;
    return [
      this.#reference(keywords, "$ref", (uri, place) => documents.find(uri, place)),
      this.#reference(keywords, "$recursiveRef", (uri, place) => documents.findRecursive(uri, place)),
      this.#reference(keywords, "$dynamicRef", (uri, place) => documents.findDynamic(uri, place)),
    ].filter((reference) => reference !== undefined);
  }

  #reference(
    keywords: Keywords,
    keyword: string,
    find: (uri: string, place: Place) => Located | undefined,
  ): JsonSchemaType | undefined {
    const uri = keywords.text(keyword);
    if (uri === undefined) return undefined;
    const target = find(uri, keywords.place);
    const reference: OpenReference = { kind: "reference", target: { kind: "metaschema" } };
    if (target !== undefined) this.#unresolved.push({ reference, target, place: stepInto(keywords.place, keyword) });
    else if (!isMetaschema(uri)) throw keywords.error(`${JSON.stringify(uri)} leads to no schema`, keyword);
    return reference;
  }

  #choices(keywords: Keywords): JsonSchemaType[] {
    const parts: JsonSchemaType[] = [];
    const values = keywords.list("enum");
    if (values !== undefined) parts.push({ kind: "enum", values });
    for (const criterion of ["allOf", "anyOf", "oneOf"] as const) {
      const members = keywords.schemas(criterion);
      if (members === undefined) continue;
      const types = members.map((member) => this.#type(member));
      parts.push({ ...combined(criterion, types), distinct: this.#distinct(members, types) });
    }
    const not = keywords.schema("not");
    if (not !== undefined) parts.push({ kind: "not", type: this.#type(not) });
    const value = keywords.get("const");
    if (value !== undefined) parts.push({ kind: "const", value });
    return parts;
  }

  #distinct(members: readonly Located[], types: readonly JsonSchemaType[]): readonly JsonSchemaType[] {
    const ids = members.map(({ value }) => this.#structures.of(value));
    const seen = new Set<number>();
    return types.filter((_, index) => {
      const id = ids[index] ?? index;
      return !seen.has(id) && seen.add(id);
    });
  }

  /** Types by name, and the keywords of types that are not named. */
  #families(keywords: Keywords): JsonSchemaType[] {
    const parts: JsonSchemaType[] = [];
    const named = keywords.get("type");
    const names = typeof named === "string" ? [named] : [...keywords.texts("type")];
    const types = names.map((name, index) => {
      const steps = typeof named === "string" ? [] : [index];
      const family = familyOf(name);
      if (family === undefined) throw keywords.error(`there is no type ${JSON.stringify(name)}`, "type", ...steps);
      return this.#family(family, keywords, name === "integer");
    });
    const [only] = types;
    if (only !== undefined && typeof named === "string") parts.push(only);
    else if (named !== undefined) parts.push(combined("anyOf", types));
    const families = new Set(names.map(familyOf));
    for (const family of typeFamilies) {
      if (!families.has(family) && isMeant(family, keywords)) parts.push(this.#family(family, keywords));
    }
    return parts;
  }

  #family(family: TypeFamily, keywords: Keywords, isInteger = false): JsonSchemaType {
    return family.read(keywords, (schema) => this.#type(schema), isInteger);
  }

  #hasConditions(keywords: Keywords): boolean {
    const conditions = ["if", "then", "else"].map((keyword) => keywords.schema(keyword));
    const present = conditions.filter((condition) => condition !== undefined);
    for (const condition of present) this.#type(condition);
    return present.length > 0;
  }

  /** Has references lead past other references, to schemas. */
  #shorten(): void {
    for (const { reference, place } of this.#unresolved) {
      const passed = new Set<JsonSchemaType>([reference]);
      let { target } = reference;
      while (target.kind === "reference") {
        if (passed.has(target)) throw new InvalidSchemaError("the reference leads back to itself", placeText(place));
        passed.add(target);
        ({ target } = target);
      }
      for (const one of passed) (one as OpenReference).target = target;
    }
  }
}

const empty = (): JsonSchemaType => ({ kind: "empty" });

const combined = (criterion: CombinedType["criterion"], members: readonly JsonSchemaType[]): CombinedType => ({
  kind: "combined",
  criterion,
  members,
  distinct: members,
});

function about(keywords: Keywords): Annotations {
  const { draft } = keywords.place;
  const id = keywords.text(draft === "4" ? "id" : "$id");
  const said: Readonly<Record<string, JsonValue | undefined>> = {
    // Confluent's registry does not look at the ids of newer drafts.
    id: isAtLeast(draft, "2019-09") ? undefined : id,
    title: keywords.text("title"),
    description: keywords.text("description"),
    default: keywords.get("default"),
  };
  const connectType = keywords.get("connect.type");
  return {
    ...Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)),
    ...(typeof connectType === "string" && { connectType }),
  };
}
