import { type Api, apis } from "@ottla/protocol";

/** Version ranges by API name. */
export type Served = Readonly<Record<string, readonly [min: number, max: number]>>;

const known: ReadonlyMap<string, Api> = new Map(Object.entries(apis as unknown as Record<string, Api>));

/** A step asked for an API, or a version of one, that one of the two does not serve. */
export class NotServedError extends Error {
  override readonly name = "NotServedError";
}

export function apiNamed(name: string): Api {
  const api = known.get(name);
  if (api === undefined) throw new NotServedError(`${name} is not declared`);
  return api;
}

/** What an ApiVersions answer offers, as far as the protocol package declares it. */
export function servedBy(
  apiKeys: readonly { readonly apiKey: number; readonly minVersion: number; readonly maxVersion: number }[],
): Served {
  const ranges = new Map(apiKeys.map(({ apiKey, minVersion, maxVersion }) => [apiKey, [minVersion, maxVersion]]));
  const served: Record<string, readonly [number, number]> = {};
  for (const [name, { key, minVersion, maxVersion }] of known) {
    const [min, max] = ranges.get(key) ?? [];
    if (min === undefined || max === undefined) continue;
    served[name] = [Math.max(min, minVersion), Math.min(max, maxVersion)];
  }
  return served;
}

/** What both serve. */
export function commonOf(one: Served, other: Served): Served {
  const common: Record<string, readonly [number, number]> = {};
  for (const [name, [min, max]] of Object.entries(one)) {
    const range = other[name];
    if (range === undefined) continue;
    const both = [Math.max(min, range[0]), Math.min(max, range[1])] as const;
    if (both[0] <= both[1]) common[name] = both;
  }
  return common;
}

/** Every version both serve of an API; none where one of them does not know it. */
export function versionsOf(served: Served, name: string): readonly number[] {
  const range = served[name];
  return range === undefined ? [] : Array.from({ length: range[1] - range[0] + 1 }, (_, index) => range[0] + index);
}
