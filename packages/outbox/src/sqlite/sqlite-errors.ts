interface DriverError {
  /** `SQLITE_BUSY…` with better-sqlite3 and libsql, `ERR_SQLITE_ERROR` with node:sqlite. */
  readonly code?: unknown;
  /** SQLite's own number: node:sqlite. */
  readonly errcode?: unknown;
}

/** Whether another connection held the lock (SQLITE_BUSY 5 with its extended codes, SQLITE_LOCKED 6), told by code and never by text. */
export function isBusy(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, errcode } = error as DriverError;
  if (typeof code === "string" && /^SQLITE_(BUSY|LOCKED)/.test(code)) return true;
  return typeof errcode === "number" && ((errcode & 0xff) === 5 || (errcode & 0xff) === 6);
}
