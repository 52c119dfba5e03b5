import { localNameOf, type MessageDefinition, type TypeDefinition } from "./definitions.js";
import { type FieldLabel, type FieldType, isMapEntry, type ScalarName } from "./proto-file.js";
import type { ProtobufDifferenceType } from "./protobuf-difference.js";
import type { ProtobufSchema } from "./protobuf-schema.js";

/** Both schemas, and where what differs is put. */
export interface ComparedSchemas {
  readonly reader: ProtobufSchema;
  readonly writer: ProtobufSchema;
  add(type: ProtobufDifferenceType, path: readonly string[], message: string): void;
  compareImported(reader: MessageDefinition, writer: MessageDefinition, path: readonly string[]): void;
}

/** What one side says of a field. */
export interface FieldSide {
  readonly name: string;
  readonly label?: FieldLabel | undefined;
  readonly type: FieldType;
}

/** Scalars that are the same bytes or read as each other. Enums are numbers. */
const groups: Readonly<Record<ScalarName, string>> = {
  int32: "varint",
  int64: "varint",
  uint32: "varint",
  uint64: "varint",
  bool: "varint",
  sint32: "zigzag",
  sint64: "zigzag",
  string: "bytes",
  bytes: "bytes",
  fixed32: "four bytes",
  sfixed32: "four bytes",
  fixed64: "eight bytes",
  sfixed64: "eight bytes",
  float: "float",
  double: "double",
};

/** A field's type as it is compared. */
type Kind =
  | { readonly kind: "scalar"; readonly name: string; readonly group: string }
  | { readonly kind: "message"; readonly name: string; readonly message: MessageDefinition }
  | { readonly kind: "group"; readonly name: string }
  | { readonly kind: "map"; readonly name: string; readonly key: FieldType; readonly value: FieldType };

export function compareFieldTypes(
  schemas: ComparedSchemas,
  reader: FieldSide,
  writer: FieldSide,
  path: readonly string[],
): void {
  const now = kindOf(reader.type, schemas.reader);
  const before = kindOf(writer.type, schemas.writer);
  const change = `field ${reader.name} was ${before.name} and is ${now.name}`;
  if (now.kind === "scalar" && before.kind === "scalar") {
    if (now.group !== before.group) schemas.add("FIELD_SCALAR_KIND_CHANGED", path, change);
    else compareLabels(schemas, reader, writer, now.group, path);
  } else if (now.kind === "message" && before.kind === "message") {
    if (localNameOf(now.message) !== localNameOf(before.message)) {
      schemas.add("FIELD_NAMED_TYPE_CHANGED", path, change);
    } else if (!isSameFile(schemas, now.message, before.message)) {
      schemas.compareImported(now.message, before.message, path);
    }
  } else if (now.kind === "group" && before.kind === "group") {
    if (now.name !== before.name) schemas.add("FIELD_NAMED_TYPE_CHANGED", path, change);
  } else if (now.kind === "map" && before.kind === "map") {
    compareFieldTypes(schemas, side(reader, "keys", now.key), side(writer, "keys", before.key), path);
    compareFieldTypes(schemas, side(reader, "values", now.value), side(writer, "values", before.value), path);
  } else schemas.add("FIELD_KIND_CHANGED", path, change);
}

const side = ({ name }: FieldSide, part: string, type: FieldType): FieldSide => ({ name: `${name}'s ${part}`, type });

/** Labels count where both sides write one. */
function compareLabels(
  schemas: ComparedSchemas,
  reader: FieldSide,
  writer: FieldSide,
  group: string,
  path: readonly string[],
): void {
  if (reader.label === undefined || writer.label === undefined || reader.label === writer.label) return;
  const type = group === "bytes" ? "FIELD_STRING_OR_BYTES_LABEL_CHANGED" : "FIELD_NUMERIC_LABEL_CHANGED";
  schemas.add(type, path, `field ${reader.name} was ${writer.label} and is ${reader.label}`);
}

/** The schema's own messages are compared anyway, and files of one content do not differ. */
function isSameFile(schemas: ComparedSchemas, reader: TypeDefinition, writer: TypeDefinition): boolean {
  const isOwn = reader.file === schemas.reader.file;
  if (isOwn || writer.file === schemas.writer.file) return isOwn && writer.file === schemas.writer.file;
  return reader.file === writer.file;
}

function kindOf(type: FieldType, schema: ProtobufSchema): Kind {
  switch (type.kind) {
    case "scalar":
      return { kind: "scalar", name: type.name, group: groups[type.name] };
    case "map":
      return { kind: "map", name: "a map", key: type.key, value: type.value };
    case "group":
      return { kind: "group", name: `group ${type.message.name}` };
    case "named": {
      const definition = schema.definitionOf(type);
      const name = `${definition.kind} ${localNameOf(definition)}`;
      if (definition.kind === "enum") return { kind: "scalar", name, group: "varint" };
      const [key, value] = isMapEntry(definition.message) ? definition.message.fields : [];
      if (key === undefined || value === undefined) return { kind: "message", name, message: definition };
      return { kind: "map", name: "a map", key: key.type, value: value.type };
    }
  }
}
