import type { CompatibilityLevel, Incompatibility } from "../compatibility/level.js";
import { RegistryRefusal } from "./registry-refusal.js";
import type { StoredSchema } from "./state/stored-record.js";

/** Why a schema does not fit, and the version that says so. */
export interface CompatibilityVerdict {
  readonly level: CompatibilityLevel;
  readonly found: readonly Incompatibility[];
  /** The first version that does not fit. */
  readonly against?: StoredSchema;
}

export const incompatible = (subject: string, verdict: CompatibilityVerdict) =>
  new RegistryRefusal(
    40901,
    `Schema being registered is incompatible with an earlier schema for subject "${subject}", details: [${verdictMessages(verdict).join(", ")}]`,
  );

/** A verdict in Confluent's words: tools match on `errorType` and the path. */
export function verdictMessages({ found, against, level }: CompatibilityVerdict): readonly string[] {
  if (against === undefined) return [];
  return [
    ...found
      .filter((one) => one.against === found[0]?.against)
      .map(
        ({ difference: { type, path, message } }) =>
          `{errorType:'${type}', description:'The difference is at path '${path}'', additionalInfo:'${message}'}`,
      ),
    `{oldSchemaVersion: ${against.version}}`,
    `{oldSchema: '${against.schema}'}`,
    `{validateFields: 'false', compatibility: '${level}'}`,
  ];
}
