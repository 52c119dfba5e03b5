import { InvalidSchemaError } from "../invalid-schema-error.js";
import { Decimal } from "./decimal.js";
import { type Draft, isAtLeast } from "./draft.js";
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue, printJson } from "./json-text.js";
import { type Located, type Place, placeText, stepInto } from "./schema-documents.js";

/** Keywords that not every draft has: since which, and before which. In others they say nothing. */
const since: Readonly<Record<string, Draft>> = {
  const: "6",
  contains: "6",
  propertyNames: "6",
  if: "7",
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema; nothing awaits this table
  then: "7",
  else: "7",
  contentSchema: "2019-09",
  dependentRequired: "2019-09",
  dependentSchemas: "2019-09",
  maxContains: "2019-09",
  minContains: "2019-09",
  unevaluatedItems: "2019-09",
  unevaluatedProperties: "2019-09",
  $recursiveRef: "2019-09",
  $dynamicRef: "2020-12",
  prefixItems: "2020-12",
};
const before: Readonly<Record<string, Draft>> = {
  dependencies: "2019-09",
  additionalItems: "2020-12",
  $recursiveRef: "2020-12",
};

/** The keywords of one schema, each of the type that it must have. */
export class Keywords {
  readonly place: Place;
  readonly #schema: JsonObject;

  constructor(schema: JsonObject, place: Place) {
    this.#schema = schema;
    this.place = place;
  }

  get(keyword: string): JsonValue | undefined {
    const first = since[keyword];
    if (first !== undefined && !isAtLeast(this.place.draft, first)) return undefined;
    const end = before[keyword];
    if (end !== undefined && isAtLeast(this.place.draft, end)) return undefined;
    return this.#schema.get(keyword);
  }

  text(keyword: string): string | undefined {
    const value = this.get(keyword);
    if (value === undefined || typeof value === "string") return value;
    throw this.#wrong(value, "a string", keyword);
  }

  flag(keyword: string): boolean {
    const value = this.get(keyword) ?? false;
    if (typeof value === "boolean") return value;
    throw this.#wrong(value, "true or false", keyword);
  }

  number(keyword: string): Decimal | undefined {
    const value = this.get(keyword);
    if (value === undefined || value instanceof Decimal) return value;
    throw this.#wrong(value, "a number", keyword);
  }

  /** How many of something: an integer of zero or more. */
  count(keyword: string): Decimal | undefined {
    const value = this.number(keyword);
    if (value === undefined || (value.isInteger && value.digits >= 0n)) return value;
    throw this.#wrong(value, "an integer of zero or more", keyword);
  }

  /** A regular expression. It is read here and never used on a text as it is. */
  pattern(keyword: string): string | undefined {
    const value = this.text(keyword);
    if (value !== undefined) this.#checkPattern(value, [keyword]);
    return value;
  }

  list(keyword: string): readonly JsonValue[] | undefined {
    const value = this.get(keyword);
    if (value === undefined || isJsonArray(value)) return value;
    throw this.#wrong(value, "an array", keyword);
  }

  texts(keyword: string): ReadonlySet<string> {
    return this.#textsIn(this.list(keyword) ?? [], keyword);
  }

  /** The subschemas of an array, each where it stands. */
  schemas(keyword: string): readonly Located[] | undefined {
    return this.list(keyword)?.map((value, index) => ({ value, place: stepInto(this.place, keyword, index) }));
  }

  schema(keyword: string): Located | undefined {
    const value = this.get(keyword);
    return value === undefined ? undefined : { value, place: stepInto(this.place, keyword) };
  }

  /** The subschemas of an object, by their names. */
  named(keyword: string): readonly (Located & { readonly name: string })[] {
    return this.#members(keyword).map(([name, value]) => ({ name, value, place: stepInto(this.place, keyword, name) }));
  }

  /** As {@link named}, where the names are regular expressions. */
  byPattern(keyword: string): readonly (Located & { readonly name: string })[] {
    const found = this.named(keyword);
    for (const { name } of found) this.#checkPattern(name, [keyword, name]);
    return found;
  }

  /** The members that are lists of names. */
  textsByName(keyword: string): ReadonlyMap<string, ReadonlySet<string>> {
    const lists = this.#members(keyword).flatMap(([name, value]) =>
      isJsonArray(value) ? [[name, this.#textsIn(value, keyword, name)] as const] : [],
    );
    return new Map(lists);
  }

  /** An error that names a part of this schema. */
  error(what: string, ...steps: readonly (string | number)[]): InvalidSchemaError {
    return new InvalidSchemaError(what, placeText(stepInto(this.place, ...steps)));
  }

  #members(keyword: string): readonly (readonly [string, JsonValue])[] {
    const value = this.get(keyword);
    if (value === undefined) return [];
    if (!isJsonObject(value)) throw this.#wrong(value, "an object", keyword);
    return [...value];
  }

  #textsIn(list: readonly JsonValue[], ...steps: readonly string[]): ReadonlySet<string> {
    const texts = list.map((item, index) => {
      if (typeof item === "string") return item;
      throw this.#wrong(item, "a string", ...steps, index);
    });
    return new Set(texts);
  }

  #checkPattern(pattern: string, steps: readonly string[]): void {
    // Without the flag older expressions are legal too, such as those with needless escapes.
    const isPattern = ["u", ""].some((flags) => {
      try {
        return new RegExp(pattern, flags) instanceof RegExp;
      } catch {
        return false;
      }
    });
    if (!isPattern) throw this.error(`${JSON.stringify(pattern.slice(0, 100))} is not a regular expression`, ...steps);
  }

  #wrong(value: JsonValue, wanted: string, ...steps: readonly (string | number)[]): InvalidSchemaError {
    return this.error(`${printJson(value).slice(0, 100)} is not ${wanted}`, ...steps);
  }
}
