/** A length of time: milliseconds, or a number with its unit (`"250ms"`, `"30s"`, `"1.5m"`, `"2h"`, `"7d"`). */
export type Duration = number | `${number}${"ms" | "s" | "m" | "h" | "d"}`;

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A length of time in milliseconds. @throws TypeError when it is none, or negative. */
export function durationMs(duration: Duration): number {
  const [, amount, unit = "ms"] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(String(duration)) ?? [];
  const ms = Number(amount) * (unitMs[unit] ?? 1);
  if (!Number.isFinite(ms))
    throw new TypeError(`"${duration}" is no duration: give milliseconds, or "30s" (ms, s, m, h, d)`);
  return ms;
}
