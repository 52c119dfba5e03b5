import { Decimal } from "./decimal.js";
import { isJsonArray, isJsonObject, type JsonValue } from "./json-text.js";

/** Numbers JSON values so that equal ones have equal numbers: names in any order, 0.5 as 0.50. Each part is looked at once. */
export class StructureIds {
  readonly #ids = new Map<string, number>();
  readonly #known = new Map<object, number>();

  of(value: JsonValue): number {
    if (isJsonArray(value)) return this.#remembered(value, () => `[${value.map((item) => this.of(item))}]`);
    if (isJsonObject(value)) {
      return this.#remembered(value, () => {
        const members = [...value].map(([name, member]) => `${JSON.stringify(name)}:${this.of(member)}`);
        return `{${members.sort()}}`;
      });
    }
    return this.#id(value instanceof Decimal ? value.key : JSON.stringify(value));
  }

  #remembered(value: object, describe: () => string): number {
    const known = this.#known.get(value);
    if (known !== undefined) return known;
    const id = this.#id(describe());
    this.#known.set(value, id);
    return id;
  }

  #id(key: string): number {
    const id = this.#ids.get(key) ?? this.#ids.size;
    this.#ids.set(key, id);
    return id;
  }
}
