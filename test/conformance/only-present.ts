import { type Fields, isInVersion } from "@ottla/protocol";

/** A decoded message without what its version does not carry: a decoder fills that with defaults. */
export function onlyPresent(fields: Fields, version: number, value: unknown): unknown {
  if (value === null || typeof value !== "object") return value;
  const given = value as Readonly<Record<string, unknown>>;
  const present: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fields)) {
    if (!isInVersion(field, version)) continue;
    present[name] = presentIn(field.type, version, given[name]);
  }
  return present;
}

function presentIn(type: Fields[string]["type"], version: number, value: unknown): unknown {
  if (value === null) return null;
  if (type.kind === "struct") return onlyPresent(type.fields, version, value);
  return type.kind === "array" ? (value as unknown[]).map((one) => presentIn(type.of, version, one)) : value;
}
