import type { EntityTags } from "../../formats/schema-format.js";
import { contentOf, guidOf, type SchemaContent } from "../state/schema-content.js";
import type { StoredSchema } from "../state/stored-record.js";

/** What an answer may say more. */
interface More {
  /** The text in another form than it is stored in. */
  readonly schema?: string;
  readonly references?: StoredSchema["references"] | undefined;
  readonly tags?: readonly EntityTags[] | undefined;
}

/** A version as Confluent's registry answers it. Absent and empty members are left out. */
export const schemaAnswer = (stored: StoredSchema, more: More = {}) => ({
  subject: stored.subject,
  version: stored.version,
  id: stored.id,
  ...contentAnswer(contentOf(stored), more),
  ...writtenAnswer(stored),
});

/** What a registration came to. */
export const registrationAnswer = (stored: StoredSchema, more: More = {}) => ({
  id: stored.id,
  version: stored.version,
  ...contentAnswer(contentOf(stored), more),
  ...writtenAnswer(stored),
});

/** What an id stands for, as answered. */
export const contentAnswer = (content: SchemaContent, { schema, references, tags = [] }: More = {}) => {
  const shownReferences = references ?? content.references;
  return {
    guid: guidOf(content),
    schemaType: content.schemaType,
    ...(shownReferences.length > 0 && { references: shownReferences }),
    ...(content.metadata !== undefined && { metadata: content.metadata }),
    ...(content.ruleSet !== undefined && { ruleSet: content.ruleSet }),
    schema: schema ?? content.schema,
    ...(tags.length > 0 && { schemaTags: tags.map(({ entity, tags }) => ({ schemaEntity: entity, tags })) }),
  };
};

/** When a version was written, and whether it is deleted. */
export const writtenAnswer = ({ timestampMs, deleted }: StoredSchema) => ({
  ...(timestampMs !== undefined && { ts: timestampMs }),
  deleted,
});
