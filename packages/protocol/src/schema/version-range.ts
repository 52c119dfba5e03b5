/** `"3"` is only 3, `"0-2"` both ends included, `"1+"` from 1 on, `"none"` never. */
export type VersionRangeText = `${number}` | `${number}-${number}` | `${number}+` | "none";

export interface VersionRange {
  readonly min: number;
  readonly max: number;
}

const never: VersionRange = { min: 1, max: 0 };

export function parseVersionRange(text: VersionRangeText): VersionRange {
  if (text === "none") return never;
  const match = /^(\d+)(?:(\+)|-(\d+))?$/.exec(text);
  if (match === null) throw new TypeError(`"${text}" is not a version range`);
  const min = Number(match[1]);
  if (match[2] === "+") return { min, max: Number.POSITIVE_INFINITY };
  return { min, max: match[3] === undefined ? min : Number(match[3]) };
}

export const includes = (range: VersionRange, version: number): boolean => version >= range.min && version <= range.max;
