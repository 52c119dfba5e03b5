/** Names for the numbers that messages carry, both ways. */
export interface WireNames<Name extends string> {
  codeOf(name: Name): number;
  /** `"unknown"` for a number that a newer broker sent. */
  nameOf(code: number): Name | "unknown";
}

export function wireNames<Name extends string>(codes: Readonly<Record<Name, number>>): WireNames<Name> {
  const names = new Map(Object.entries<number>(codes).map(([name, code]) => [code, name as Name]));
  return { codeOf: (name) => codes[name], nameOf: (code) => names.get(code) ?? "unknown" };
}
