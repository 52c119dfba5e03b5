import type { SchemaContent } from "../state/registry-state.js";
import type { StoredSchema } from "../state/stored-record.js";

/** A version as Confluent's registry answers it. Absent and empty members are left out. */
export const schemaAnswer = ({ subject, version, id, schema, schemaType, references }: StoredSchema) => ({
  subject,
  version,
  id,
  ...contentAnswer({ schema, schemaType: schemaType ?? "AVRO", references: references ?? [] }),
});

/** What an id stands for, as answered. */
export const contentAnswer = ({ schema, schemaType, references }: SchemaContent) => ({
  schemaType,
  ...(references.length > 0 && { references }),
  schema,
});
