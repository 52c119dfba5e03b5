/** A span of time: milliseconds, or a number with its unit (`"500ms"`, `"30s"`, `"10m"`, `"12h"`, `"7d"`). */
export type Duration = number | `${number}${"ms" | "s" | "m" | "h" | "d"}`;

const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of a duration. @throws RangeError when it is negative or not a duration. */
export function durationMs(duration: Duration): number {
  const parts = typeof duration === "string" ? /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(duration) : undefined;
  const milliseconds =
    typeof duration === "number" ? duration : Number(parts?.[1]) * (unitsMs[parts?.[2] ?? ""] ?? NaN);
  if (!(milliseconds >= 0))
    throw new RangeError(`"${duration}" is not a duration: give milliseconds, or "30s", "12h", "7d"`);
  return milliseconds;
}
