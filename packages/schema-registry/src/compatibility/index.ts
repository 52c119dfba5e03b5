export type { Difference } from "./difference.js";
export {
  type CompatibilityLevel,
  checkCompatibility,
  compatibilityLevels,
  type Direction,
  type Incompatibility,
} from "./level.js";
