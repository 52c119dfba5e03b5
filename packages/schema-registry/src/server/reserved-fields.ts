import type { SchemaContent } from "./state/schema-content.js";
import type { StoredSchema } from "./state/stored-record.js";

/** The metadata property that names fields no version may have. */
const reservedProperty = "confluent:reserved";

/** What breaks the promise of reserved fields (`validateFields`): they only become more, and no field is called so. */
export function reservedFaults(
  candidate: SchemaContent,
  latest: StoredSchema | undefined,
  fieldsOf: () => readonly string[],
): readonly string[] {
  const reserved = reservedBy(candidate);
  const lost = [...(latest === undefined ? [] : reservedBy(latest))].filter((name) => !reserved.has(name));
  const fields = new Set(reserved.size === 0 ? [] : fieldsOf());
  return [
    ...lost.map(
      (name) =>
        `The new schema has reserved field ${name} removed from its metadata which is present in the old schema's metadata.`,
    ),
    ...[...reserved]
      .filter((name) => fields.has(name))
      .map((name) => `The new schema has field that conflicts with the reserved field ${name}.`),
  ];
}

const reservedBy = ({ metadata }: Pick<SchemaContent, "metadata">): ReadonlySet<string> =>
  new Set(
    (metadata?.properties?.[reservedProperty] ?? "")
      .split(",")
      .map((name) => name.trim())
      .filter((name) => name !== ""),
  );
