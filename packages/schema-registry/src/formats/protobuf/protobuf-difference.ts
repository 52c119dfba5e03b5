import type { Difference } from "../../compatibility/difference.js";

/** Confluent's names, with whether the change lets a reader with the new schema read what was written with the old one. */
const changes = {
  PACKAGE_CHANGED: false,
  MESSAGE_ADDED: true,
  MESSAGE_REMOVED: false,
  MESSAGE_MOVED: true,
  ENUM_ADDED: true,
  ENUM_REMOVED: true,
  ENUM_CONST_ADDED: true,
  ENUM_CONST_CHANGED: true,
  ENUM_CONST_REMOVED: true,
  FIELD_ADDED: true,
  FIELD_REMOVED: true,
  FIELD_NAME_CHANGED: true,
  FIELD_KIND_CHANGED: false,
  FIELD_SCALAR_KIND_CHANGED: false,
  FIELD_NAMED_TYPE_CHANGED: false,
  FIELD_NUMERIC_LABEL_CHANGED: false,
  FIELD_STRING_OR_BYTES_LABEL_CHANGED: true,
  REQUIRED_FIELD_ADDED: false,
  REQUIRED_FIELD_REMOVED: false,
  ONEOF_ADDED: true,
  ONEOF_REMOVED: true,
  ONEOF_FIELD_ADDED: true,
  ONEOF_FIELD_REMOVED: false,
  ONEOF_FIELD_MOVED_TO_TOP_LEVEL: true,
  MULTIPLE_FIELDS_MOVED_TO_ONEOF: false,
  FIELD_MOVED_TO_EXISTING_ONEOF: false,
} as const;

export type ProtobufDifferenceType = keyof typeof changes;

/** What changed from the writer's schema to the reader's, harmless changes included. `path` is `#/Order/Item/3`. */
export interface ProtobufDifference extends Difference {
  readonly type: ProtobufDifferenceType;
  /** Whether the reader can read what was written all the same. */
  readonly isCompatible: boolean;
}

export const protobufDifference = (
  type: ProtobufDifferenceType,
  path: readonly string[],
  message: string,
): ProtobufDifference => ({ type, path: `#/${path.join("/")}`, message, isCompatible: changes[type] });
