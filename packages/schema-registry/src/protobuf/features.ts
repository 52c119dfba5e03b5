import type { Definition, EnumDefinition, MessageDefinition } from "../formats/protobuf/definitions.js";
import {
  isTrue,
  optionNamed,
  type ProtoField,
  type ProtoFile,
  type ProtoOption,
} from "../formats/protobuf/proto-file.js";

/** Whether a field's absence can be told from its zero. */
export type Presence = "implicit" | "explicit" | "required";

/** How a field that is not repeated is present. */
export function presenceOf(field: ProtoField, message: MessageDefinition): Presence {
  if (field.label === "required") return "required";
  if (field.oneof !== undefined) return "explicit";
  switch (message.file.syntax) {
    case "proto2":
      return "explicit";
    case "proto3":
      return field.label === "optional" ? "explicit" : "implicit";
    case "2023": {
      const presence = featureOf("field_presence", field.options, message);
      return presence === "IMPLICIT" ? "implicit" : presence === "LEGACY_REQUIRED" ? "required" : "explicit";
    }
  }
}

/** Whether the values of a repeated field are written together, where their type allows it. */
export function isPacked(field: ProtoField, message: MessageDefinition): boolean {
  if (message.file.syntax === "2023") {
    return featureOf("repeated_field_encoding", field.options, message) !== "EXPANDED";
  }
  const written = optionNamed(field.options, "packed");
  return written === undefined ? message.file.syntax === "proto3" : isTrue(written);
}

/** Whether a message stands between two tags, as groups do. */
export const isDelimited = (field: ProtoField, message: MessageDefinition): boolean =>
  message.file.syntax === "2023" && featureOf("message_encoding", field.options, message) === "DELIMITED";

/** Whether numbers that an enum does not name are no values of it. */
export const isClosed = (definition: EnumDefinition): boolean =>
  definition.file.syntax === "proto2" ||
  (definition.file.syntax === "2023" &&
    featureOf("enum_type", definition.enum.options, definition.parent, definition.file) === "CLOSED");

/** A feature of an edition: the innermost scope that says it decides. */
function featureOf(
  name: string,
  own: readonly ProtoOption[],
  scope: Definition | undefined,
  file: ProtoFile | undefined = scope?.kind === "message" ? scope.file : undefined,
): string | undefined {
  let said = featureIn(own, name);
  for (let at = scope; at?.kind === "message"; at = at.parent) said ??= featureIn(at.message.options, name);
  return said ?? featureIn(file?.options ?? [], name);
}

/** Either `features.enum_type = CLOSED` or `features = { enum_type: CLOSED }`. */
function featureIn(options: readonly ProtoOption[], name: string): string | undefined {
  for (const { name: parts, value } of options) {
    if (parts[0]?.name !== "features" || parts[0].isExtension) continue;
    if (parts[1]?.name === name && "text" in value) return value.text;
    const inner = value.kind === "message" ? value.fields.find((field) => field.name === name)?.value : undefined;
    if (inner !== undefined && "text" in inner) return inner.text;
  }
  return undefined;
}
