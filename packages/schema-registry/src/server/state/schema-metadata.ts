/** What is said about a schema beside its text. Members and values are sorted, as they are stored. */
export interface SchemaMetadata {
  /** Tags by the path of what they stand at. */
  readonly tags?: Readonly<Record<string, readonly string[]>>;
  readonly properties?: Readonly<Record<string, string>>;
  /** Names of properties that are not for everybody. */
  readonly sensitive?: readonly string[];
}

/** The property that is kept equal to the version, where it stands at all. */
const versionProperty = "confluent:version";

const textsOf = (value: unknown): readonly string[] | undefined =>
  Array.isArray(value) && value.every((one) => typeof one === "string") ? [...new Set(value)].sort() : undefined;

function recordOf<T>(value: unknown, read: (member: unknown) => T | undefined): Record<string, T> | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const members: [string, T][] = [];
  for (const name of Object.keys(value).sort()) {
    const member = read((value as Record<string, unknown>)[name]);
    if (member === undefined) return undefined;
    members.push([name, member]);
  }
  return Object.fromEntries(members);
}

const textOf = (value: unknown): string | undefined =>
  typeof value === "string"
    ? value
    : typeof value === "number" || typeof value === "boolean"
      ? String(value)
      : undefined;

/** Reads metadata in any member order; `undefined` for what is none. */
export function readMetadata(value: unknown): SchemaMetadata | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const { tags = null, properties = null, sensitive = null } = value as Record<string, unknown>;
  const readTags = tags === null ? undefined : recordOf(tags, textsOf);
  const readProperties = properties === null ? undefined : recordOf(properties, textOf);
  const readSensitive = sensitive === null ? undefined : textsOf(sensitive);
  if (tags !== null && readTags === undefined) return undefined;
  if (properties !== null && readProperties === undefined) return undefined;
  if (sensitive !== null && readSensitive === undefined) return undefined;
  return {
    ...(readTags !== undefined && Object.keys(readTags).length > 0 && { tags: readTags }),
    ...(readProperties !== undefined && Object.keys(readProperties).length > 0 && { properties: readProperties }),
    ...(readSensitive !== undefined && readSensitive.length > 0 && { sensitive: readSensitive }),
  };
}

/** Both; where both say something of one tag or property, the second does. */
export function mergeMetadata(
  first: SchemaMetadata | undefined,
  second: SchemaMetadata | undefined,
): SchemaMetadata | undefined {
  if (first === undefined || second === undefined) return second ?? first;
  return readMetadata({
    tags: { ...first.tags, ...second.tags },
    properties: { ...first.properties, ...second.properties },
    sensitive: [...(first.sensitive ?? []), ...(second.sensitive ?? [])],
  });
}

export const versionSaidBy = (metadata: SchemaMetadata | undefined): string | undefined =>
  metadata?.properties?.[versionProperty];

export const sayingVersion = (metadata: SchemaMetadata | undefined, version: number): SchemaMetadata =>
  readMetadata({ ...metadata, properties: { ...metadata?.properties, [versionProperty]: String(version) } }) ?? {};

/** Without the version: what two versions of one content have in common. Nothing at all when nothing else is said. */
export function withoutVersion(metadata: SchemaMetadata | undefined): SchemaMetadata | undefined {
  if (versionSaidBy(metadata) === undefined) return metadata;
  const { [versionProperty]: _, ...properties } = metadata?.properties ?? {};
  const rest = readMetadata({ ...metadata, properties }) ?? {};
  return Object.keys(rest).length === 0 ? undefined : rest;
}
