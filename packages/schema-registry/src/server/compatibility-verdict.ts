import type { Difference } from "../compatibility/difference.js";
import type { CompatibilityLevel, Incompatibility } from "../compatibility/level.js";
import { RegistryRefusal } from "./registry-refusal.js";
import type { StoredSchema } from "./state/stored-record.js";

/** Why a schema does not fit, and the version that says so. */
export interface CompatibilityVerdict {
  readonly level: CompatibilityLevel;
  readonly schemaType: string;
  readonly found: readonly Incompatibility[];
  /** The first version that does not fit. */
  readonly against?: StoredSchema;
  /** What is wrong with reserved fields; undefined where they are not looked at. */
  readonly reserved?: readonly string[] | undefined;
}

export const isCompatible = ({ found, reserved = [] }: CompatibilityVerdict): boolean =>
  found.length === 0 && reserved.length === 0;

export const incompatible = (subject: string, verdict: CompatibilityVerdict) =>
  new RegistryRefusal(
    40901,
    `Schema being registered is incompatible with an earlier schema for subject "${subject}", details: [${verdictMessages(verdict).join(", ")}]`,
  );

/** A verdict in Confluent's words: tools match on `errorType` and the path. */
export function verdictMessages(verdict: CompatibilityVerdict): readonly string[] {
  if (isCompatible(verdict)) return [];
  const { found, against, level, schemaType, reserved } = verdict;
  const describe = schemaType === "AVRO" ? describeAvro : describeOther;
  return [
    ...(reserved ?? []),
    ...found
      .filter((one) => one.against === found[0]?.against)
      .map(({ difference, direction }) => describe(difference, direction === "backward" ? "new" : "old")),
    ...(against === undefined ? [] : [`{oldSchemaVersion: ${against.version}}`, `{oldSchema: '${against.schema}'}`]),
    `{validateFields: '${reserved !== undefined}', compatibility: '${level}'}`,
  ];
}

type Side = "new" | "old";

function describeAvro({ type, path, message }: Difference, reader: Side): string {
  const description = avroDescription(type, path, reader, reader === "new" ? "old" : "new");
  return `{errorType:'${type}', description:'${description}', additionalInfo:'${message}'}`;
}

function avroDescription(type: string, path: string, reader: Side, writer: Side): string {
  switch (type) {
    case "READER_FIELD_MISSING_DEFAULT_VALUE":
      return `The field at path '${path}' in the ${reader} schema has no default value and is missing in the ${writer} schema`;
    case "MISSING_UNION_BRANCH":
      return `The ${reader} schema is missing a type inside a union field at path '${path}' in the ${writer} schema`;
    case "MISSING_ENUM_SYMBOLS":
      return `The ${reader} schema is missing enum symbols of the ${writer} schema at path '${path}'`;
    case "NAME_MISMATCH":
      return `The name of the schema has changed (path '${path}')`;
    case "FIXED_SIZE_MISMATCH":
      return `The size at path '${path}' in the ${reader} schema does not match with the ${writer} schema`;
    default:
      return `The type (path '${path}') in the ${reader} schema does not match with the ${writer} schema`;
  }
}

const describeOther = ({ type, path, message }: Difference, reader: Side): string => {
  const place = message.includes(path) ? "" : ` at path '${path}'`;
  return `{errorType:"${type}", description:"${message}${place} (read by the ${reader} schema)"}`;
};
