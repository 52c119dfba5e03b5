import type { EntityTags } from "../formats/schema-format.js";
import { RegistryRefusal } from "./registry-refusal.js";
import type { SubmittedSchema } from "./schema-contents.js";
import { mergeRuleSets, type RuleSet, withoutRules } from "./state/rule-set.js";
import { contentOf } from "./state/schema-content.js";
import { type SchemaMetadata, sayingVersion } from "./state/schema-metadata.js";
import type { StoredSchema } from "./state/stored-record.js";
import { checkRuleSet } from "./subject-configs.js";

/** A version's tags, metadata and rules, as the next version is to have them. */
export interface TagChange {
  /** The number of the next version; absent for whatever it is. */
  readonly newVersion?: number | undefined;
  readonly tagsToAdd?: readonly EntityTags[] | undefined;
  readonly tagsToRemove?: readonly EntityTags[] | undefined;
  readonly metadata?: SchemaMetadata | undefined;
  readonly ruleSet?: RuleSet | undefined;
  readonly rulesToMerge?: RuleSet | undefined;
  readonly rulesToRemove?: readonly string[] | undefined;
}

/** What to register for a change of a version. @param live - The versions that count, ascending. */
export function tagChanged(stored: StoredSchema, live: readonly StoredSchema[], change: TagChange): SubmittedSchema {
  const { newVersion, tagsToAdd, tagsToRemove, rulesToMerge, rulesToRemove } = change;
  const { metadata, ...content } = contentOf(stored);
  checkRuleSet(change.ruleSet);
  checkRuleSet(rulesToMerge);
  if (change.ruleSet !== undefined && (rulesToMerge !== undefined || rulesToRemove !== undefined)) {
    throw new RegistryRefusal(42210, "ruleSet should be omitted if specifying rulesToMerge or rulesToRemove");
  }
  const changesRules = rulesToMerge !== undefined || rulesToRemove !== undefined;
  const before = newVersion === undefined ? live.at(-1) : live.find(({ version }) => version === newVersion - 1);
  const merged = mergeRuleSets(before?.ruleSet, rulesToMerge);
  const ruleSet = changesRules ? merged && withoutRules(merged, rulesToRemove ?? []) : change.ruleSet;
  const next = newVersion ?? (live.at(-1)?.version ?? 0) + 1;
  return {
    ...content,
    metadata: sayingVersion(change.metadata ?? metadata, next),
    ruleSet,
    version: newVersion,
    tagsToAdd,
    tagsToRemove,
  };
}
