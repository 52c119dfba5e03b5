import { schemaNotFound } from "./registry-refusal.js";
import { contextPrefix, defaultContext, qualifiedSubject } from "./state/qualified-subject.js";
import type { Included, RegistryState } from "./state/registry-state.js";
import type { StoredSchema } from "./state/stored-record.js";

/** Schemas by their ids, and by the names that are the same in every registry. Soft-deleted ones are still there. */
export class SchemaIds {
  readonly #state: RegistryState;

  constructor(state: RegistryState) {
    this.#state = state;
  }

  /**
   * A version that an id stands for. A subject says in which context; a bare name is looked for in all of them, and where
   * none has it, the default context's id is meant.
   *
   * @throws RegistryRefusal 40403
   */
  get(id: number, subject: string): StoredSchema {
    const found = this.#find(id, subject);
    if (found === undefined) throw schemaNotFound(id);
    return found;
  }

  #find(id: number, text: string): StoredSchema | undefined {
    const { context, subject } = qualifiedSubject(text);
    if (subject === "") return this.#state.useOf(id, context);
    const contexts = context === defaultContext ? this.#state.contexts() : [context];
    for (const one of contexts) {
      const name = `${contextPrefix(one)}${subject}`;
      const found = this.#state.usesOf(id, one, "all").findLast((stored) => stored.subject === name);
      if (found !== undefined) return found;
    }
    return context === defaultContext ? this.#state.useOf(id, context) : undefined;
  }

  /** Where an id is registered. @throws RegistryRefusal 40403 */
  uses(id: number, subject: string, included: Included): readonly StoredSchema[] {
    const { context } = qualifiedSubject(this.get(id, subject).subject);
    return this.#state.usesOf(id, context, included);
  }

  /** The highest id of the context that a subject is in. */
  highest(subject: string): number {
    return this.#state.ids(qualifiedSubject(subject).context).highest;
  }

  /** @throws RegistryRefusal 40403 */
  byGuid(guid: string): StoredSchema {
    const [first] = this.ofGuid(guid);
    if (first === undefined) throw schemaNotFound(guid);
    return this.get(first.id, contextPrefix(first.context));
  }

  /** The ids of a content, in every context that has it. */
  ofGuid(guid: string): readonly { readonly context: string; readonly id: number }[] {
    return this.#state.contexts().flatMap((context) => {
      const id = this.#state.ids(context).idOfGuid(guid.toLowerCase());
      return id === undefined ? [] : [{ context, id }];
    });
  }
}
