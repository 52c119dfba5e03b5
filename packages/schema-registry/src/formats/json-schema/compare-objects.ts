import { compareRest, compareUnevaluated } from "./compare-rest.js";
import { compareLimit } from "./compare-values.js";
import { coverOfName, isAnything } from "./content-model.js";
import type { JsonSchemaType, ObjectType } from "./json-schema-type.js";
import type { Findings } from "./pair-comparison.js";

export function compareObjects(found: Findings, writer: ObjectType, reader: ObjectType): void {
  compareRequired(found, writer, reader);
  compareProperties(found, writer, reader);
  compareRequiredWith(found, writer, reader);
  compareTypesWith(found, writer, reader);
  compareRest(found, "additionalProperties", "ADDITIONAL_PROPERTIES", writer.additional, reader.additional);
  compareUnevaluated(found, "unevaluatedProperties", "UNEVALUATED_PROPERTIES", writer.unevaluated, reader.unevaluated);
  compareLimit(found, "maxProperties", "MAX_PROPERTIES", writer.maxProperties, reader.maxProperties);
  compareLimit(found, "minProperties", "MIN_PROPERTIES", writer.minProperties, reader.minProperties);
}

function compareRequired(found: Findings, writer: ObjectType, reader: ObjectType): void {
  for (const name of writer.properties.keys()) {
    const type = reader.properties.get(name);
    const was = writer.required.has(name);
    if (type === undefined || was === reader.required.has(name)) continue;
    const path = `required/${name}`;
    if (was) found.add("REQUIRED_ATTRIBUTE_REMOVED", path, `"${name}" is no longer required`);
    else if (type.default === undefined) {
      found.add(
        "REQUIRED_ATTRIBUTE_ADDED",
        path,
        `"${name}" has become required, and may be missing in what was written`,
      );
    } else {
      found.add("REQUIRED_ATTRIBUTE_WITH_DEFAULT_ADDED", path, `"${name}" has become required, and has a default`);
    }
  }
}

function compareProperties(found: Findings, writer: ObjectType, reader: ObjectType): void {
  for (const [name, type] of writer.properties) {
    const path = `properties/${name}`;
    const now = reader.properties.get(name);
    if (now === undefined) compareRemoved(found, path, name, type, reader);
    else found.include(path, found.ask(type, now));
  }
  for (const [name, type] of reader.properties) {
    if (!writer.properties.has(name)) compareAdded(found, `properties/${name}`, name, type, writer, reader);
  }
}

function compareRemoved(found: Findings, path: string, name: string, type: JsonSchemaType, reader: ObjectType): void {
  const cover = coverOfName(found, reader, name);
  if (cover === "anything") {
    found.add("PROPERTY_REMOVED_FROM_OPEN_CONTENT_MODEL", path, `"${name}" was removed, and may still be there`);
  } else if (cover === "nothing") {
    if (type.kind === "false") {
      const message = `"${name}" was removed, which could not be there before either`;
      found.add("PROPERTY_WITH_FALSE_REMOVED_FROM_CLOSED_CONTENT_MODEL", path, message);
    } else {
      const message = `"${name}" was removed, and readers that allow no other properties refuse what still has it`;
      found.add("PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL", path, message);
    }
  } else {
    const covered = found.ask(type, cover);
    found.include(path, covered);
    if (covered.isCompatible) {
      const message = `"${name}" was removed, and what is said of other properties lets it pass`;
      found.add("PROPERTY_REMOVED_IS_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL", path, message);
    } else {
      const message = `"${name}" was removed, and what is said of other properties does not let it pass as it was`;
      found.add("PROPERTY_REMOVED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL", path, message);
    }
  }
}

function compareAdded(
  found: Findings,
  path: string,
  name: string,
  type: JsonSchemaType,
  writer: ObjectType,
  reader: ObjectType,
): void {
  const cover = coverOfName(found, writer, name);
  const isRequired = reader.required.has(name);
  const hasDefault = type.default !== undefined;
  if (cover === "anything") {
    const anything = `writers were free to put anything under "${name}"`;
    if (isAnything(type)) {
      const message = `"${name}" was added, and may be anything, as before`;
      found.add("PROPERTY_WITH_EMPTY_SCHEMA_ADDED_TO_OPEN_CONTENT_MODEL", path, message);
    } else if (!isRequired) found.add("OPTIONAL_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL", path, anything);
    else if (hasDefault) found.add("REQUIRED_PROPERTY_WITH_DEFAULT_ADDED_TO_OPEN_CONTENT_MODEL", path, anything);
    else {
      const message = `"${name}" is required now and has no default, and ${anything} or nothing`;
      found.add("REQUIRED_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL", path, message);
    }
    return;
  }
  if (cover !== "nothing") {
    const covered = found.ask(cover, type);
    found.include(path, covered);
    if (covered.isCompatible) {
      const message = `"${name}" was added, and takes what was said of other properties`;
      found.add("PROPERTY_ADDED_IS_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL", path, message);
    } else {
      const message = `"${name}" was added, and does not take all that was said of other properties`;
      found.add("PROPERTY_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL", path, message);
    }
  }
  if (!isRequired) {
    found.add("OPTIONAL_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL", path, `"${name}" was added and may be missing`);
  } else if (hasDefault) {
    const message = `"${name}" was added and is required, and has a default`;
    found.add("REQUIRED_PROPERTY_WITH_DEFAULT_ADDED_TO_UNOPEN_CONTENT_MODEL", path, message);
  } else {
    const message = `"${name}" was added and is required, and is missing in what was written`;
    found.add("REQUIRED_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL", path, message);
  }
}

function compareRequiredWith(found: Findings, writer: ObjectType, reader: ObjectType): void {
  for (const name of new Set([...writer.requiredWith.keys(), ...reader.requiredWith.keys()])) {
    const [from, to] = [writer.requiredWith.get(name), reader.requiredWith.get(name)];
    const path = `dependencies/${name}`;
    const list = (names: ReadonlySet<string>) => [...names].map((one) => `"${one}"`).join(", ");
    if (to === undefined) {
      found.add("DEPENDENCY_ARRAY_REMOVED", path, `"${name}" no longer asks for other properties`);
    } else if (from === undefined) {
      found.add("DEPENDENCY_ARRAY_ADDED", path, `where "${name}" is, ${list(to)} must be now`);
    } else {
      const isExtended = [...from].every((one) => to.has(one));
      const isNarrowed = [...to].every((one) => from.has(one));
      if (isExtended && isNarrowed) continue;
      const change = isExtended ? "EXTENDED" : isNarrowed ? "NARROWED" : "CHANGED";
      const message = `where "${name}" is, ${list(from)} had to be, and ${list(to)} must be now`;
      found.add(`DEPENDENCY_ARRAY_${change}`, path, message);
    }
  }
}

function compareTypesWith(found: Findings, writer: ObjectType, reader: ObjectType): void {
  for (const name of new Set([...writer.typeWith.keys(), ...reader.typeWith.keys()])) {
    const [from, to] = [writer.typeWith.get(name), reader.typeWith.get(name)];
    const path = `dependencies/${name}`;
    if (to === undefined) found.add("DEPENDENCY_SCHEMA_REMOVED", path, `"${name}" no longer asks for a schema`);
    else if (from === undefined)
      found.add("DEPENDENCY_SCHEMA_ADDED", path, `where "${name}" is, a schema must fit now`);
    else found.include(path, found.ask(from, to));
  }
}
