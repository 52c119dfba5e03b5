export { InvalidSchemaError } from "../formats/invalid-schema-error.js";
export {
  type CompatibilityPolicy,
  compatibilityPolicies,
  type NamedSchema,
  type SchemaFormat,
  type SchemaText,
  schemaFormats,
} from "../formats/schema-format.js";
export type { Difference } from "./difference.js";
export {
  type CompatibilityLevel,
  checkCompatibility,
  compatibilityLevels,
  type Direction,
  type Incompatibility,
} from "./level.js";
