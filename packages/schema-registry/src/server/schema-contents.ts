import { checkCompatibility } from "../compatibility/level.js";
import { InvalidSchemaError } from "../formats/invalid-schema-error.js";
import {
  type EntityTags,
  type NamedSchema,
  type SchemaFormat,
  type SchemaText,
  schemaFormats,
} from "../formats/schema-format.js";
import type { CompatibilityVerdict } from "./compatibility-verdict.js";
import { RegistryRefusal } from "./registry-refusal.js";
import { reservedFaults } from "./reserved-fields.js";
import { contextOf, nameWithin } from "./state/qualified-subject.js";
import type { RegistryState } from "./state/registry-state.js";
import type { RuleSet } from "./state/rule-set.js";
import { contentOf, type SchemaContent } from "./state/schema-content.js";
import { type SchemaMetadata, withoutVersion } from "./state/schema-metadata.js";
import type { StoredReference, StoredSchema } from "./state/stored-record.js";
import type { ConfigInScope } from "./subject-configs.js";

/** A schema as a request carries it. */
export interface SubmittedSchema {
  /** Empty to take that of the version before. */
  readonly schema: string;
  readonly schemaType?: string | undefined;
  readonly references?: readonly StoredReference[] | undefined;
  readonly metadata?: SchemaMetadata | undefined;
  readonly ruleSet?: RuleSet | undefined;
  /** The version it shall get; 0 or absent for the next one. */
  readonly version?: number | undefined;
  /** The id it brings, where the mode takes one. */
  readonly id?: number | undefined;
  readonly tagsToAdd?: readonly EntityTags[] | undefined;
  readonly tagsToRemove?: readonly EntityTags[] | undefined;
  /** Whether tags of the version before are put at the same places. */
  readonly propagateTags?: boolean | undefined;
}

/** How a text is taken up. */
export interface Reading {
  readonly normalize: boolean;
  /** Whether it must keep to rules that old schemas may break. */
  readonly isNew: boolean;
}

/** What schemas say, each read by its format, with the texts it refers to. */
export class SchemaContents {
  readonly #state: RegistryState;

  constructor(state: RegistryState) {
    this.#state = state;
  }

  /** The content of a schema submitted to a subject: canonical text, references by number. */
  of(subject: string, submitted: SubmittedSchema, { normalize, isNew }: Reading): SchemaContent {
    const { schemaType = "AVRO", metadata, ruleSet } = submitted;
    if (submitted.schema.trim() === "") throw new RegistryRefusal(42201, "Empty schema");
    const format = formatOf(schemaType);
    const resolved = (submitted.references ?? []).map((reference) => this.#resolved(subject, reference));
    const references = normalize ? sortedReferences(resolved) : resolved;
    const text = { schema: submitted.schema, references: this.#used(subject, references, new Set()) };
    const schema = readable(schemaType, submitted.schema, () => {
      if (isNew) format.validate?.(text);
      return normalize ? format.normalized(text) : format.canonical(text);
    });
    return {
      schema,
      schemaType,
      references,
      ...(metadata !== undefined && { metadata }),
      ...(ruleSet !== undefined && { ruleSet }),
    };
  }

  /** The version among these that has this content, the newest where there are several. */
  find(subject: string, content: SchemaContent, versions: readonly StoredSchema[]): StoredSchema | undefined {
    const id = this.#state.ids(contextOf(subject)).idOf(content);
    const exact = id === undefined ? undefined : versions.findLast((stored) => stored.id === id);
    return exact ?? versions.findLast((stored) => this.#isFoundBy(subject, content, stored));
  }

  /** A schema is found without the version in its metadata, and with its references spelled out. */
  #isFoundBy(subject: string, content: SchemaContent, stored: StoredSchema): boolean {
    if ((stored.schemaType ?? "AVRO") !== content.schemaType) return false;
    const { metadata, ruleSet, references = [] } = stored;
    const isSame = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);
    if (!isSame(withoutVersion(content.metadata), withoutVersion(metadata))) return false;
    if (!isSame(content.ruleSet, ruleSet)) return false;
    if (isSame(content.references, references)) return content.schema === stored.schema;
    if (content.references.length > 0 || references.length === 0) return false;
    const resolved = formatOf(content.schemaType).formatted?.(this.textOf(subject, contentOf(stored)), "resolved");
    return resolved === content.schema;
  }

  /** Compares a schema with earlier versions, those that the configuration asks for. */
  judge(
    subject: string,
    config: ConfigInScope,
    candidate: SchemaContent,
    versions: readonly StoredSchema[],
  ): CompatibilityVerdict {
    const { compatibilityLevel: level, compatibilityPolicy: policy = "STRICT", compatibilityGroup: group } = config;
    const groupOf = ({ metadata }: Pick<StoredSchema, "metadata">) => metadata?.properties?.[group ?? ""];
    const wanted = groupOf({ ...(candidate.metadata !== undefined && { metadata: candidate.metadata }) });
    const earlier = group === undefined ? versions : versions.filter((stored) => groupOf(stored) === wanted);
    // One text for each version, however many others it is compared with: formats read a text once.
    const withText = (content: SchemaContent) => ({ ...content, text: this.textOf(subject, content) });
    const texts = earlier.map((stored) => withText(contentOf(stored)));
    const found = checkCompatibility(level, withText(candidate), texts, (reader, writer) => {
      if (reader.schemaType !== writer.schemaType) {
        return [{ type: "SCHEMA_TYPE_MISMATCH", path: "/", message: `${reader.schemaType} and ${writer.schemaType}` }];
      }
      return formatOf(reader.schemaType).compare(reader.text, writer.text, policy);
    });
    const against = found[0] && earlier[found[0].against];
    const reserved = config.validateFields
      ? reservedFaults(candidate, versions.at(-1), () => this.#topLevelFields(subject, candidate))
      : undefined;
    return { level, schemaType: candidate.schemaType, found, reserved, ...(against !== undefined && { against }) };
  }

  #topLevelFields(subject: string, content: SchemaContent): readonly string[] {
    return formatOf(content.schemaType).topLevelFields?.(this.textOf(subject, content)) ?? [];
  }

  /** A content's text in another form; as it is where the form is not known. */
  formatted(subject: string, content: SchemaContent, form: string): string {
    const format = formatOf(content.schemaType);
    return format.formatted?.(this.textOf(subject, content), form) ?? content.schema;
  }

  /** The tags in a content's text. */
  tags(subject: string, content: SchemaContent): readonly EntityTags[] {
    return formatOf(content.schemaType).tags?.(this.textOf(subject, content)) ?? [];
  }

  /** A submitted schema with its tags in its text. */
  tagged(subject: string, submitted: SubmittedSchema): SubmittedSchema {
    const { tagsToAdd = [], tagsToRemove = [], schemaType = "AVRO" } = submitted;
    const format = formatOf(schemaType);
    if ((tagsToAdd.length === 0 && tagsToRemove.length === 0) || submitted.schema === "") return submitted;
    if (format.tagged === undefined) throw new RegistryRefusal(42201, `Schemas of type ${schemaType} take no tags`);
    const references = (submitted.references ?? []).map((reference) => this.#resolved(subject, reference));
    const text = { schema: submitted.schema, references: this.#used(subject, references, new Set()) };
    const schema = readable(
      schemaType,
      submitted.schema,
      () => format.tagged?.(text, tagsToAdd, tagsToRemove) ?? submitted.schema,
    );
    return { ...submitted, schema };
  }

  /** A content's text with those it refers to, as seen from a subject. */
  textOf(subject: string, content: SchemaContent): SchemaText {
    return { schema: content.schema, references: this.#used(subject, content.references, new Set()) };
  }

  /** A reference with its version as a number. */
  #resolved(parent: string, { name, subject, version }: StoredReference): StoredReference {
    const target = nameWithin(parent, subject);
    const found =
      version === -1
        ? this.#state.live(target).at(-1)
        : this.#state.all(target).find((stored) => stored.version === version);
    if (found === undefined) {
      throw new RegistryRefusal(
        42201,
        `No schema reference found for subject "${subject}" and version ${version} (name "${name}")`,
      );
    }
    return { name, subject, version: found.version };
  }

  /** Schemas that are referred to, those they need before them, each once. */
  #used(parent: string, references: readonly StoredReference[], seen: Set<string>): NamedSchema[] {
    return references.flatMap(({ name, subject, version }) => {
      const target = nameWithin(parent, subject);
      const place = `${version} ${target}`;
      if (seen.has(place)) return [];
      seen.add(place);
      const stored = this.#state.all(target).find((one) => one.version === version);
      if (stored === undefined) return [];
      return [...this.#used(target, stored.references ?? [], seen), { name, schema: stored.schema }];
    });
  }
}

function formatOf(schemaType: string): SchemaFormat {
  const format = schemaFormats.get(schemaType);
  if (format === undefined) throw new RegistryRefusal(42201, `Invalid schema type ${schemaType}`);
  return format;
}

/** What reads a schema, refused in Confluent's words where it is none. */
function readable(schemaType: string, schema: string, read: () => string): string {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof InvalidSchemaError)) throw cause;
    const shown = `Invalid schema {schemaType=${schemaType},schema=${schema.slice(0, 1000)}}`;
    throw new RegistryRefusal(42201, `${shown}, details: ${cause.message}`, { cause });
  }
}

function sortedReferences(references: readonly StoredReference[]): readonly StoredReference[] {
  const byText = new Map(
    references.map(({ name, subject, version }) => [
      JSON.stringify([name, subject, version]),
      { name, subject, version },
    ]),
  );
  return [...byText.values()].sort(
    (a, b) => compareTexts(a.name, b.name) || compareTexts(a.subject, b.subject) || a.version - b.version,
  );
}

const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
