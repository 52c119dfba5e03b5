import type { SchemaText } from "./schema-format.js";

/**
 * Reads each text once, as long as somebody holds it: a version is compared with many others. What fails is read again when
 * it is asked for again.
 */
export function parsedOnce<T extends object>(parse: (text: SchemaText) => T): (text: SchemaText) => T {
  const known = new WeakMap<SchemaText, T>();
  return (text) => {
    const found = known.get(text) ?? parse(text);
    known.set(text, found);
    return found;
  };
}
