import { contentKey, contentOf, guidOf, type SchemaContent } from "./schema-content.js";
import type { StoredSchema } from "./stored-record.js";

/** The versions that stand for an id, by subject and version. */
type Uses = Map<string, StoredSchema>;

/** The ids of one context: what each stands for, and where. */
export class ContextIds {
  readonly #contents = new Map<number, SchemaContent>();
  readonly #ids = new Map<string, number>();
  readonly #guids = new Map<string, number>();
  readonly #uses = new Map<number, Uses>();
  #highest = 0;

  /** The highest id ever given; ids are not used again. */
  get highest(): number {
    return this.#highest;
  }

  content(id: number): SchemaContent | undefined {
    return this.#contents.get(id);
  }

  idOf(content: SchemaContent): number | undefined {
    return this.#ids.get(contentKey(content));
  }

  idOfGuid(guid: string): number | undefined {
    return this.#guids.get(guid);
  }

  usesOf(id: number): Iterable<StoredSchema> {
    return this.#uses.get(id)?.values() ?? [];
  }

  /** Whether a record counts: one whose id stands for another content already does not. */
  accepts(stored: StoredSchema): boolean {
    const known = this.#contents.get(stored.id);
    return known === undefined || contentKey(known) === contentKey(contentOf(stored));
  }

  add(stored: StoredSchema): void {
    const content = contentOf(stored);
    const key = contentKey(content);
    if (!this.#contents.has(stored.id)) {
      this.#contents.set(stored.id, content);
      const guid = guidOf(content);
      if (!this.#guids.has(guid)) this.#guids.set(guid, stored.id);
    }
    // Two writers that both believed they led may have given one content twice, and an import may: the first id is kept.
    if (!this.#ids.has(key)) this.#ids.set(key, stored.id);
    this.#highest = Math.max(this.#highest, stored.id);
    const uses = this.#uses.get(stored.id) ?? new Map<string, StoredSchema>();
    this.#uses.set(stored.id, uses.set(placeOf(stored), stored));
  }

  /** A version no longer stands for its schema: the last one to do so takes it along. */
  remove(stored: StoredSchema): void {
    const uses = this.#uses.get(stored.id);
    if (uses === undefined) return;
    uses.delete(placeOf(stored));
    if (uses.size > 0) return;
    const content = this.#contents.get(stored.id);
    this.#uses.delete(stored.id);
    this.#contents.delete(stored.id);
    if (content === undefined) return;
    if (this.#ids.get(contentKey(content)) === stored.id) this.#ids.delete(contentKey(content));
    if (this.#guids.get(guidOf(content)) === stored.id) this.#guids.delete(guidOf(content));
  }
}

const placeOf = ({ subject, version }: StoredSchema): string => `${version} ${subject}`;
