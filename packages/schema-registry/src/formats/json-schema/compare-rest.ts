import { isAnything } from "./content-model.js";
import type { JsonSchemaType, Rest } from "./json-schema-type.js";
import type { Findings } from "./pair-comparison.js";

/** Compares `additionalProperties` or `additionalItems`. */
export function compareRest(
  found: Findings,
  keyword: string,
  stem: "ADDITIONAL_PROPERTIES" | "ADDITIONAL_ITEMS",
  writer: Rest,
  reader: Rest,
): void {
  const [wasOpen, isOpen] = [writer !== false, reader !== false];
  if (!wasOpen && isOpen) found.add(`${stem}_ADDED`, keyword, `${keyword} are allowed now`);
  else if (wasOpen && !isOpen) found.add(`${stem}_REMOVED`, keyword, `${keyword} are no longer allowed`);
  else if (typeof writer === "boolean" && typeof reader !== "boolean") {
    found.add(`${stem}_NARROWED`, keyword, `${keyword} could be anything, and must fit a schema now`);
  } else if (typeof writer !== "boolean" && typeof reader === "boolean") {
    found.add(`${stem}_EXTENDED`, keyword, `${keyword} had to fit a schema, and may be anything now`);
  } else if (typeof writer !== "boolean" && typeof reader !== "boolean") {
    found.include(keyword, found.ask(writer, reader));
  }
}

/** Compares `unevaluatedProperties` or `unevaluatedItems`. */
export function compareUnevaluated(
  found: Findings,
  keyword: string,
  stem: "UNEVALUATED_PROPERTIES" | "UNEVALUATED_ITEMS",
  writer: JsonSchemaType | undefined,
  reader: JsonSchemaType | undefined,
): void {
  if (writer === undefined && reader === undefined) return;
  const [wasOpen, isOpen] = [writer?.kind !== "false", reader?.kind !== "false"];
  // Where only one says something, even saying `true` counts as a schema.
  const wasFree = writer === undefined || (reader !== undefined && isAnything(writer));
  const isFree = reader === undefined || (writer !== undefined && isAnything(reader));
  if (!wasOpen && isOpen) found.add(`${stem}_ADDED`, keyword, `${keyword} are allowed now`);
  else if (wasOpen && !isOpen) found.add(`${stem}_REMOVED`, keyword, `${keyword} are no longer allowed`);
  else if (wasFree && !isFree) {
    found.add(`${stem}_NARROWED`, keyword, `${keyword} could be anything, and must fit a schema now`);
  } else if (!wasFree && isFree) {
    found.add(`${stem}_EXTENDED`, keyword, `${keyword} had to fit a schema, and may be anything now`);
  } else if (writer !== undefined && reader !== undefined) {
    found.include(keyword, found.ask(writer, reader));
  }
}
