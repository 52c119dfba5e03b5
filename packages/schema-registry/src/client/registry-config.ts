import type { CompatibilityLevel } from "../compatibility/level.js";
import type { CompatibilityPolicy } from "../formats/schema-format.js";

/** Tags by the path of what they stand at, properties, and which of these are secret. */
export interface SchemaMetadata {
  readonly tags?: Readonly<Record<string, readonly string[]>>;
  readonly properties?: Readonly<Record<string, string>>;
  readonly sensitive?: readonly string[];
}

/** A rule of a data contract. The registry stores it; serializers carry it out. */
export interface SchemaRule {
  readonly name: string;
  readonly doc?: string;
  readonly kind?: "TRANSFORM" | "CONDITION";
  readonly mode?: "UPGRADE" | "DOWNGRADE" | "UPDOWN" | "WRITE" | "READ" | "WRITEREAD";
  readonly type?: string;
  readonly tags?: readonly string[];
  readonly params?: Readonly<Record<string, string>>;
  readonly expr?: string;
  readonly onSuccess?: string;
  readonly onFailure?: string;
  readonly disabled?: boolean;
}

export interface SchemaRuleSet {
  readonly migrationRules?: readonly SchemaRule[];
  readonly domainRules?: readonly SchemaRule[];
  readonly encodingRules?: readonly SchemaRule[];
  readonly enableAt?: string;
}

/** What a registry keeps for a subject, a context, or for all. What is absent is inherited. */
export interface RegistryConfig {
  readonly compatibility?: CompatibilityLevel;
  /** A metadata property: only versions with an equal value of it are compared. */
  readonly compatibilityGroup?: string;
  readonly compatibilityPolicy?: CompatibilityPolicy;
  readonly normalize?: boolean;
  readonly validateFields?: boolean;
  readonly validateNewSchemas?: boolean;
  readonly validateRules?: boolean;
  /** Another subject that this one's name stands for. */
  readonly alias?: string;
  readonly defaultMetadata?: SchemaMetadata;
  readonly overrideMetadata?: SchemaMetadata;
  readonly defaultRuleSet?: SchemaRuleSet;
  readonly overrideRuleSet?: SchemaRuleSet;
}

/** Whether a subject takes writes; IMPORT takes them with given ids and versions. */
export type RegistryMode = "READWRITE" | "READONLY" | "READONLY_OVERRIDE" | "IMPORT" | "FORWARD";

/** A configuration as it is answered: the level is called otherwise there than in a request. */
export interface AnsweredConfig extends Omit<RegistryConfig, "compatibility"> {
  readonly compatibilityLevel?: CompatibilityLevel;
}

export const configFrom = ({ compatibilityLevel, ...config }: AnsweredConfig): RegistryConfig => ({
  ...(compatibilityLevel !== undefined && { compatibility: compatibilityLevel }),
  ...config,
});
