import type { Field } from "./field.js";
import { includes, parseVersionRange } from "./version-range.js";

/** Whether a version of its message carries a field, in its place or in the tag section. */
export const isInVersion = ({ options }: Field, version: number): boolean =>
  includes(parseVersionRange(options.versions ?? options.tagged ?? "0+"), version);
