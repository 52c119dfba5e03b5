import type { NamedSchema } from "../schema-format.js";
import { type Draft, defaultDraft, draftOf, isAtLeast } from "./draft.js";
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue, parseJson } from "./json-text.js";
import { decodePercent, resolveUri, splitUri } from "./uri.js";

/** Where a schema stands. */
export interface Place {
  /** The name of the document, `""` for the schema itself, and the JSON pointer in it. */
  readonly document: string;
  readonly pointer: string;
  /** What references in it are relative to. */
  readonly base: string;
  readonly draft: Draft;
}

/** A place for people: `/properties/a`, or `common.json#/properties/a` in a schema that is referred to. */
export const placeText = ({ document, pointer }: Place): string =>
  document === "" ? pointer : `${document}#${pointer}`;

export const stepInto = (place: Place, ...steps: readonly (string | number)[]): Place => ({
  ...place,
  pointer: steps.reduce<string>(
    (pointer, step) => `${pointer}/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`,
    place.pointer,
  ),
});

export interface Located {
  readonly value: JsonValue;
  readonly place: Place;
}

const schemaKeywords: ReadonlySet<string> = new Set([
  ...["additionalItems", "additionalProperties", "contains", "contentSchema", "else", "if", "items", "not"],
  ...["propertyNames", "then", "unevaluatedItems", "unevaluatedProperties"],
]);
const listKeywords: ReadonlySet<string> = new Set(["allOf", "anyOf", "items", "oneOf", "prefixItems"]);
const mapKeywords: ReadonlySet<string> = new Set([
  ...["$defs", "definitions", "dependencies", "dependentSchemas", "patternProperties", "properties"],
]);

/** A schema and those it refers to, found by URI, anchor and JSON pointer. Nothing is ever fetched. */
export class SchemaDocuments {
  readonly root: Located;
  readonly #byUri = new Map<string, Located>();
  readonly #roots = new Map<string, Located>();
  readonly #places = new Map<JsonObject, Place>();

  /** @throws InvalidSchemaError when a text is not JSON. */
  constructor(text: string, references: readonly NamedSchema[]) {
    this.root = this.#add("", "", defaultDraft, parseJson(text));
    const { base, draft } = this.root.place;
    for (const { name, schema } of references) {
      const uri = resolveUri(base, splitUri(name).document);
      const located = this.#add(name, uri, draft, parseJson(schema));
      for (const key of [uri, splitUri(name).document, name]) this.#know(key, located);
    }
  }

  /** Where a schema stands that has been found, with the base and draft that hold inside it. */
  placeOf(value: JsonObject): Place | undefined {
    return this.#places.get(value);
  }

  /** What a reference leads to; `undefined` when it leads nowhere. */
  find(reference: string, from: Place): Located | undefined {
    const { document, fragment } = splitUri(reference);
    const named = document === "" ? [from.base] : [resolveUri(from.base, document), document];
    // Names of references are relative to the schema itself, wherever the one that uses them stands.
    const candidates = [...named, resolveUri(this.root.place.base, document)].map((uri) => this.#byUri.get(uri));
    // Many write `#/definitions/a` inside a part with an id of its own, and mean the document.
    if (document === "") candidates.push(this.#roots.get(from.document));
    for (const candidate of candidates) {
      const found = candidate && this.#inside(candidate, decodePercent(fragment));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** What `$dynamicRef` leads to when reading begins at the schema itself: its own anchor of that name goes first. */
  findDynamic(reference: string, from: Place): Located | undefined {
    const found = this.find(reference, from);
    const anchor = splitUri(reference).fragment;
    if (found === undefined || !hasDynamicAnchor(found, anchor)) return found;
    const outermost = this.#byUri.get(`${this.root.place.base}#${anchor}`);
    return outermost !== undefined && hasDynamicAnchor(outermost, anchor) ? outermost : found;
  }

  /** What `$recursiveRef: "#"` leads to when reading begins at the schema itself. */
  findRecursive(reference: string, from: Place): Located | undefined {
    const found = this.find(reference, from);
    const isRecursive = (one: Located) => isJsonObject(one.value) && one.value.get("$recursiveAnchor") === true;
    return found !== undefined && isRecursive(found) && isRecursive(this.root) ? this.root : found;
  }

  #add(document: string, uri: string, draft: Draft, value: JsonValue): Located {
    const place = this.#index(value, { document, pointer: "", base: uri, draft });
    const located = { value, place };
    this.#roots.set(document, located);
    this.#know(uri, located);
    return located;
  }

  #know(uri: string, located: Located): void {
    if (!this.#byUri.has(uri)) this.#byUri.set(uri, located);
  }

  /** Notes the places of a schema and all in it, with the ids and anchors that they have. */
  #index(value: JsonValue, place: Place): Place {
    const pending: Located[] = [{ value, place }];
    let own = place;
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      if (!isJsonObject(next.value) || this.#places.has(next.value)) continue;
      const inside = this.#identified(next.value, next.place);
      this.#places.set(next.value, inside);
      if (next.value === value) own = inside;
      for (const [keyword, content] of next.value) {
        if (mapKeywords.has(keyword) && isJsonObject(content)) {
          for (const [name, part] of content) pending.push({ value: part, place: stepInto(inside, keyword, name) });
        } else if (listKeywords.has(keyword) && isJsonArray(content)) {
          for (const [at, part] of content.entries())
            pending.push({ value: part, place: stepInto(inside, keyword, at) });
        } else if (schemaKeywords.has(keyword)) {
          pending.push({ value: content, place: stepInto(inside, keyword) });
        }
      }
    }
    return own;
  }

  #identified(value: JsonObject, outer: Place): Place {
    const declared = value.get("$schema");
    const draft = (typeof declared === "string" ? draftOf(declared) : undefined) ?? outer.draft;
    const id = value.get(draft === "4" ? "id" : "$id");
    const { document, fragment } = splitUri(typeof id === "string" ? id : "");
    const place = { ...outer, draft, base: document === "" ? outer.base : resolveUri(outer.base, document) };
    const located = { value, place };
    if (document !== "") this.#know(place.base, located);
    if (fragment !== "") this.#know(`${place.base}#${fragment}`, located);
    if (isAtLeast(draft, "2019-09")) {
      for (const keyword of ["$anchor", "$dynamicAnchor"]) {
        const anchor = value.get(keyword);
        if (typeof anchor === "string") this.#know(`${place.base}#${anchor}`, located);
      }
    }
    return place;
  }

  #inside(start: Located, fragment: string): Located | undefined {
    if (fragment === "") return start;
    if (!fragment.startsWith("/")) return this.#byUri.get(`${start.place.base}#${fragment}`);
    const steps = fragment
      .slice(1)
      .split("/")
      .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
    const found = this.#walk(start, steps);
    // Confluent's registry finds definitions under their newer name too.
    return found ?? (steps[0] === "$defs" ? this.#walk(start, ["definitions", ...steps.slice(1)]) : undefined);
  }

  #walk(start: Located, steps: readonly string[]): Located | undefined {
    let { value, place } = start;
    for (const step of steps) {
      const next = isJsonObject(value)
        ? value.get(step)
        : isJsonArray(value) && /^(?:0|[1-9][0-9]*)$/.test(step)
          ? value[Number(step)]
          : undefined;
      if (next === undefined) return undefined;
      place = stepInto(place, step);
      value = next;
      // An id on the way is what references below it are relative to.
      if (isJsonObject(value)) place = this.#places.get(value) ?? place;
    }
    return { value, place: this.#index(value, place) };
  }
}

const hasDynamicAnchor = ({ value }: Located, anchor: string): boolean =>
  isJsonObject(value) && value.get("$dynamicAnchor") === anchor;
