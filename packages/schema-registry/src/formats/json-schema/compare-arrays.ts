import { compareRest, compareUnevaluated } from "./compare-rest.js";
import { compareLimit } from "./compare-values.js";
import { coverOfItem, isAnything } from "./content-model.js";
import type { ArrayType, JsonSchemaType } from "./json-schema-type.js";
import type { Findings } from "./pair-comparison.js";

export function compareArrays(found: Findings, writer: ArrayType, reader: ArrayType): void {
  compareEachItem(found, writer.items, reader.items);
  compareFirstItems(found, writer, reader);
  compareRest(found, "additionalItems", "ADDITIONAL_ITEMS", writer.additional, reader.additional);
  compareUnevaluated(found, "unevaluatedItems", "UNEVALUATED_ITEMS", writer.unevaluated, reader.unevaluated);
  compareLimit(found, "maxItems", "MAX_ITEMS", writer.maxItems, reader.maxItems);
  compareLimit(found, "minItems", "MIN_ITEMS", writer.minItems, reader.minItems);
  if (writer.isUnique && !reader.isUnique) found.add("UNIQUE_ITEMS_REMOVED", "uniqueItems", "items may repeat now");
  if (!writer.isUnique && reader.isUnique) found.add("UNIQUE_ITEMS_ADDED", "uniqueItems", "items could repeat before");
  compareLimit(found, "maxContains", "MAX_CONTAINS", writer.maxContains, reader.maxContains);
  compareLimit(found, "minContains", "MIN_CONTAINS", writer.minContains, reader.minContains);
}

function compareEachItem(
  found: Findings,
  writer: JsonSchemaType | undefined,
  reader: JsonSchemaType | undefined,
): void {
  if (writer !== undefined && reader !== undefined) found.include("items", found.ask(writer, reader));
  else if (reader !== undefined)
    found.add("SCHEMA_ADDED", "items", "items could be anything, and must fit a schema now");
  else if (writer !== undefined) found.add("SCHEMA_REMOVED", "items", "items had to fit a schema, and no longer must");
}

function compareFirstItems(found: Findings, writer: ArrayType, reader: ArrayType): void {
  for (const [index, type] of writer.first.entries()) {
    const now = reader.first[index];
    if (now === undefined) compareRemoved(found, index, type, reader);
    else found.include(`items/${index}`, found.ask(type, now));
  }
  for (const [index, type] of reader.first.entries()) {
    if (index >= writer.first.length) compareAdded(found, index, type, writer);
  }
}

function compareRemoved(found: Findings, index: number, type: JsonSchemaType, reader: ArrayType): void {
  const path = `items/${index}`;
  const cover = coverOfItem(reader);
  const removed = `what item ${index} must be is no longer said`;
  if (cover === "anything") found.add("ITEM_REMOVED_FROM_OPEN_CONTENT_MODEL", path, removed);
  else if (cover !== "nothing") {
    const covered = found.ask(type, cover);
    found.include(path, covered);
    if (covered.isCompatible) {
      const message = `${removed}, and what is said of further items lets it pass`;
      found.add("ITEM_REMOVED_IS_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL", path, message);
    } else {
      const message = `${removed}, and what is said of further items does not let it pass as it was`;
      found.add("ITEM_REMOVED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL", path, message);
    }
  } else if (type.kind === "false") {
    found.add("ITEM_WITH_FALSE_REMOVED_FROM_CLOSED_CONTENT_MODEL", path, `item ${index} could not be there before`);
  } else {
    const message = `${removed}, and readers that allow no further items refuse what still has it`;
    found.add("ITEM_REMOVED_FROM_CLOSED_CONTENT_MODEL", path, message);
  }
}

function compareAdded(found: Findings, index: number, type: JsonSchemaType, writer: ArrayType): void {
  const path = `items/${index}`;
  const cover = coverOfItem(writer);
  if (cover === "anything") {
    if (isAnything(type)) {
      const message = `item ${index} may be anything, as before`;
      found.add("ITEM_WITH_EMPTY_SCHEMA_ADDED_TO_OPEN_CONTENT_MODEL", path, message);
    } else {
      const message = `item ${index} must fit a schema now, and writers were free to put anything there`;
      found.add("ITEM_ADDED_TO_OPEN_CONTENT_MODEL", path, message);
    }
  } else if (cover === "nothing") {
    found.add("ITEM_ADDED_TO_CLOSED_CONTENT_MODEL", path, `item ${index} was added, where none could be before`);
  } else {
    const covered = found.ask(cover, type);
    found.include(path, covered);
    if (covered.isCompatible) {
      const message = `item ${index} was added, and takes what was said of further items`;
      found.add("ITEM_ADDED_IS_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL", path, message);
    } else {
      const message = `item ${index} was added, and does not take all that was said of further items`;
      found.add("ITEM_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL", path, message);
    }
  }
}
