import type { StoredRecord, StoredSchema } from "./stored-record.js";
import { configMembers, type SubjectConfig } from "./subject-config.js";

/** All subjects are this tenant's: others exist in Confluent's cloud only. */
const tenant = "default";

/**
 * A record's bytes as Confluent's registry writes them: JSON with the members in its order, since compaction compares keys
 * byte for byte. What is absent or empty is left out.
 */
export function encodeStored(record: StoredRecord): { readonly key: Buffer; readonly value: Buffer | null } {
  const value = storedValue(record);
  return { key: json(keyOf(record)), value: value === null ? null : json(value) };
}

const json = (value: object): Buffer => Buffer.from(JSON.stringify(value));

function keyOf(record: StoredRecord): object {
  const { keytype } = record;
  switch (keytype) {
    case "NOOP":
      return { keytype, magic: 0 };
    case "SCHEMA":
      return { keytype, subject: record.subject, version: record.version, magic: 1 };
    case "CONTEXT":
      return { keytype, tenant, context: record.context, magic: 0 };
    default:
      return { keytype, ...(record.subject !== null && { subject: record.subject }), magic: 0 };
  }
}

function storedValue(record: StoredRecord): object | null {
  switch (record.keytype) {
    case "NOOP":
      return null;
    case "SCHEMA":
      return record.value && schemaValue(record.value);
    case "CONFIG":
      return record.value && { ...named(record.subject), ...configValue(record.value) };
    case "MODE":
      return record.value && { ...named(record.subject), mode: record.value.mode };
    case "CONTEXT":
      return record.value && { tenant, context: record.value.context };
    case "CLEAR_SUBJECT":
      return record.value && named(record.subject);
    case "DELETE_SUBJECT":
      return record.value && { subject: record.subject, version: record.value.version };
  }
}

const named = (subject: string | null): object => (subject === null ? {} : { subject });

const schemaValue = ({
  subject,
  version,
  id,
  schemaType,
  references,
  metadata,
  ruleSet,
  schema,
  deleted,
}: StoredSchema): object => ({
  subject,
  version,
  id,
  schemaType: schemaType ?? "AVRO",
  ...(references !== undefined && references.length > 0 && { references }),
  ...(metadata !== undefined && { metadata }),
  ...(ruleSet !== undefined && { ruleSet }),
  schema,
  deleted,
});

const configValue = (config: SubjectConfig): object =>
  Object.fromEntries(
    configMembers.flatMap((name) => (config[name] === undefined || config[name] === "" ? [] : [[name, config[name]]])),
  );
