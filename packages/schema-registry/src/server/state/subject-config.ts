import { type CompatibilityLevel, compatibilityLevels } from "../../compatibility/level.js";
import { type CompatibilityPolicy, compatibilityPolicies } from "../../formats/schema-format.js";
import { type RuleSet, readRuleSet } from "./rule-set.js";
import { readMetadata, type SchemaMetadata } from "./schema-metadata.js";

/** What is configured for a subject, a context or everything. Members stand in the order in which they are stored. */
export interface SubjectConfig {
  /** Another subject that requests for this one go to. */
  readonly alias?: string;
  readonly aliasForDeks?: string;
  /** Whether schemas are stored in their normal form. */
  readonly normalize?: boolean;
  /** Whether `confluent:reserved` is looked at. */
  readonly validateFields?: boolean;
  /** Whether new schemas must keep to rules that old ones may break. */
  readonly validateNewSchemas?: boolean;
  readonly validateRules?: boolean;
  readonly compatibilityLevel?: CompatibilityLevel;
  readonly compatibilityPolicy?: CompatibilityPolicy;
  /** A metadata property: only versions of the same value are compared. */
  readonly compatibilityGroup?: string;
  readonly defaultMetadata?: SchemaMetadata;
  readonly overrideMetadata?: SchemaMetadata;
  readonly defaultRuleSet?: RuleSet;
  readonly overrideRuleSet?: RuleSet;
}

const asText = (value: unknown) => (typeof value === "string" ? value : undefined);
const asFlag = (value: unknown) => (typeof value === "boolean" ? value : undefined);
const oneOf =
  <T extends string>(known: readonly T[]) =>
  (value: unknown): T | undefined =>
    typeof value === "string" ? known.find((one) => one === value.toUpperCase()) : undefined;

/** How each member is read; `undefined` for what is none. The order is that of Confluent's records. */
const readers = {
  alias: asText,
  aliasForDeks: asText,
  normalize: asFlag,
  validateFields: asFlag,
  validateNewSchemas: asFlag,
  validateRules: asFlag,
  compatibilityLevel: oneOf(compatibilityLevels),
  compatibilityPolicy: oneOf(compatibilityPolicies),
  compatibilityGroup: asText,
  defaultMetadata: readMetadata,
  overrideMetadata: readMetadata,
  defaultRuleSet: readRuleSet,
  overrideRuleSet: readRuleSet,
} satisfies { readonly [K in keyof Required<SubjectConfig>]: (value: unknown) => SubjectConfig[K] | undefined };

export const configMembers = Object.keys(readers) as readonly (keyof SubjectConfig)[];

/** One member of a configuration, read; `undefined` where it is not what it must be. */
export const readConfigMember = (name: keyof SubjectConfig, value: unknown): unknown => readers[name](value);

/** Reads a configuration in any member order; what is unknown or not what it must be is left out. */
export function readConfig(value: Readonly<Record<string, unknown>>): SubjectConfig {
  const read = configMembers.flatMap((name) => {
    const member = readers[name](value[name]);
    return member === undefined || member === "" ? [] : [[name, member]];
  });
  return Object.fromEntries(read) as SubjectConfig;
}
