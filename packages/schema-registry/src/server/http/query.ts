import type { Context } from "hono";
import type { VersionName } from "../registry.js";
import { RegistryRefusal } from "../registry-refusal.js";
import type { Included } from "../state/registry-state.js";

/** A version in a path: 1 to 2^31 - 1, `latest`, or -1 for the same. */
export function versionOf(text: string): VersionName {
  if (text === "latest" || text === "-1") return "latest";
  const version = Number(text);
  if (/^\d+$/.test(text) && version >= 1 && version < 2 ** 31) return version;
  throw new RegistryRefusal(
    42202,
    `The specified version '${text}' is not a valid version id. Allowed values are between [1, 2^31-1] and the string "latest"`,
  );
}

/** The `offset` and `limit` of a list. A limit that is not positive, or greater than the most there may be, is that. */
export function page<T>(context: Context, all: readonly T[], most = Number.POSITIVE_INFINITY): readonly T[] {
  const offset = Math.max(integerOf(context, "offset", 0), 0);
  const limit = integerOf(context, "limit", -1);
  return all.slice(offset, offset + (limit > 0 && limit <= most ? limit : most));
}

function integerOf(context: Context, name: string, byDefault: number): number {
  const text = context.req.query(name) ?? "";
  if (text === "") return byDefault;
  // What is no number names nothing that there is.
  if (!/^-?\d{1,10}$/.test(text)) throw new RegistryRefusal(404, "HTTP 404 Not Found");
  return Number(text);
}

export const isSet = (context: Context, name: string): boolean => context.req.query(name)?.toLowerCase() === "true";

/** Which versions a request wants to see: `deletedOnly` wins over `deleted`. */
export const includedIn = (context: Context): Included =>
  isSet(context, "deletedOnly") ? "deleted" : isSet(context, "deleted") ? "all" : "live";

/** The form in which a text is asked for; undefined for the one it is stored in. */
export function formatAsked(context: Context): string | undefined {
  const format = context.req.query("format")?.trim() ?? "";
  return format === "" ? undefined : format;
}
