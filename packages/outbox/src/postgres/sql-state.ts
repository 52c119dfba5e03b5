/** The SQLSTATE of an error, the same with every driver; never its text, which has a language. */
export function sqlState(error: unknown): string | undefined {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  return typeof code === "string" && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

export const sqlStates = {
  lockNotAvailable: "55P03",
  duplicateTable: "42P07",
  undefinedTable: "42P01",
  checkViolation: "23514",
} as const;
