import type { EntityTags } from "../formats/schema-format.js";
import { RegistryRefusal } from "./registry-refusal.js";
import type { SubmittedSchema } from "./schema-contents.js";
import { mergeRuleSets } from "./state/rule-set.js";
import { contentOf, type SchemaContent } from "./state/schema-content.js";
import { mergeMetadata, sayingVersion, versionSaidBy } from "./state/schema-metadata.js";
import type { StoredSchema } from "./state/stored-record.js";
import type { SubjectConfig } from "./state/subject-config.js";

/**
 * A submitted schema with what it leaves out: an empty text is that of the version before; metadata and rules are taken from
 * it too, and from the configuration, whose defaults stand behind and whose overrides stand before them.
 */
export function filledFrom(
  submitted: SubmittedSchema,
  config: SubjectConfig,
  previous: StoredSchema | undefined,
  nextVersion: number,
  tagsOf: (content: SchemaContent) => readonly EntityTags[],
): SubmittedSchema {
  const withText = submitted.schema.trim() === "" ? withTextOf(submitted, previous) : submitted;
  const inherited = submitted.propagateTags && previous !== undefined ? tagsOf(contentOf(previous)) : [];
  return {
    ...withSettings(withText, config, previous, nextVersion),
    tagsToAdd: [...inherited, ...(submitted.tagsToAdd ?? [])],
  };
}

function withTextOf(submitted: SubmittedSchema, previous: StoredSchema | undefined): SubmittedSchema {
  if (previous === undefined) throw new RegistryRefusal(42201, "Empty schema");
  const { schema, schemaType, references } = contentOf(previous);
  return { ...submitted, schema, schemaType, references };
}

/** @param nextVersion - What the metadata are to say, where they say a version at all; undefined to leave them. */
export function withSettings(
  submitted: SubmittedSchema,
  config: SubjectConfig,
  previous: StoredSchema | undefined,
  nextVersion: number | undefined,
): SubmittedSchema {
  const ownMetadata = submitted.metadata ?? previous?.metadata;
  const merged = mergeMetadata(mergeMetadata(config.defaultMetadata, ownMetadata), config.overrideMetadata);
  const saysVersion = nextVersion !== undefined && (submitted.version || versionSaidBy(merged) !== undefined);
  const metadata = saysVersion ? sayingVersion(merged, nextVersion) : merged;
  const ownRules = submitted.ruleSet ?? previous?.ruleSet;
  const ruleSet = mergeRuleSets(mergeRuleSets(config.defaultRuleSet, ownRules), config.overrideRuleSet);
  return { ...submitted, metadata, ruleSet };
}
