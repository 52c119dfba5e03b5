import type { JsonSchemaType } from "./json-schema-type.js";

/** A schema in a word or two, for messages: `a string`, `one of 3 (oneOf)`. */
export function describeType(type: JsonSchemaType): string {
  switch (type.kind) {
    case "string":
    case "boolean":
      return `a ${type.kind}`;
    case "number":
      return type.isInteger ? "an integer" : "a number";
    case "object":
    case "array":
      return `an ${type.kind}`;
    case "null":
      return "null";
    case "true":
    case "empty":
      return "anything";
    case "false":
      return "nothing";
    case "enum":
      return `one of ${type.values.length} values (enum)`;
    case "const":
      return "one value (const)";
    case "combined":
      return `${type.criterion} of ${type.members.length} schemas`;
    case "not":
      return "what another schema refuses (not)";
    case "conditional":
      return "what a condition says (if)";
    case "metaschema":
      return "a JSON Schema";
    case "reference":
      return describeType(type.target);
  }
}
