import type { CompatibilityLevel, CompatibilityPolicy } from "@ottla/schema-registry/compatibility";

const directions = (level: CompatibilityLevel): readonly string[] => {
  if (level === "NONE") return [];
  const [direction = ""] = level.split("_");
  return direction === "FULL" ? ["BACKWARD", "FORWARD"] : [direction];
};

/** Whether a level asks for all that another one asks for. BACKWARD does not for FORWARD, nor the reverse. */
export function includesLevel(level: CompatibilityLevel, other: CompatibilityLevel): boolean {
  const asked = directions(other);
  if (!asked.every((direction) => directions(level).includes(direction))) return false;
  return asked.length === 0 || !other.endsWith("_TRANSITIVE") || level.endsWith("_TRANSITIVE");
}

/** Whether a policy lets nothing pass that another one stops. */
export const includesPolicy = (policy: CompatibilityPolicy, other: CompatibilityPolicy): boolean =>
  policy === other || policy === "STRICT";
