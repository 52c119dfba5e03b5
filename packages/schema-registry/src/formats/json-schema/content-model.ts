import type { ArrayType, JsonSchemaType, ObjectType, Rest } from "./json-schema-type.js";
import type { Findings } from "./pair-comparison.js";

/** What may stand at a name or index of which nothing is said: anything, nothing, or what a schema says. */
export type Cover = "anything" | "nothing" | JsonSchemaType;

interface Remainder {
  readonly additional: Rest;
  readonly unevaluated: JsonSchemaType | undefined;
}

function coverOf({ additional, unevaluated }: Remainder): Cover {
  if (additional === false) return "nothing";
  if (additional !== true) return additional;
  if (unevaluated === undefined || isAnything(unevaluated)) return "anything";
  return unevaluated.kind === "false" ? "nothing" : unevaluated;
}

/** What an object lets stand under a name that is not among its properties: by a pattern that the name matches, if there is one. */
export function coverOfName(found: Findings, object: ObjectType, name: string): Cover {
  const byPattern = object.patternProperties.find(({ pattern }) => found.matches(pattern, name));
  if (byPattern !== undefined) return byPattern.type;
  const cover = coverOf(object);
  // With patterns beside it, an object counts as closed to names that match none, as Confluent's registry has it.
  return cover === "anything" && object.patternProperties.length > 0 ? "nothing" : cover;
}

/** What an array lets stand behind the items in its list. */
export const coverOfItem = (array: ArrayType): Cover => coverOf(array);

/** `{}` or `true`, itself and not by reference. */
export const isAnything = ({ kind }: JsonSchemaType): boolean => kind === "empty" || kind === "true";
