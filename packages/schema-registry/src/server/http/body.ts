import type { Context } from "hono";
import type { EntityTags } from "../../formats/schema-format.js";
import { RegistryRefusal } from "../registry-refusal.js";
import type { SubmittedSchema } from "../schema-contents.js";
import type { TagChange } from "../schema-tags.js";
import { type RuleSet, readRuleSet } from "../state/rule-set.js";
import { readMetadata, type SchemaMetadata } from "../state/schema-metadata.js";
import type { StoredReference } from "../state/stored-record.js";

type Members = Readonly<Record<string, unknown>>;

/** A request's JSON object, whatever its content type says; no body is an empty object. Unknown members are nobody's. */
export async function bodyOf(context: Context): Promise<Members> {
  const text = await context.req.text();
  if (text === "") return {};
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (cause) {
    throw new RegistryRefusal(422, `the request's body is not JSON: ${(cause as Error).message}`, { cause });
  }
  if (!isObject(body)) throw new RegistryRefusal(422, "the request's body must be a JSON object");
  return body;
}

const isObject = (value: unknown): value is Members =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The schema in a request to register, look up or judge. */
export async function schemaOf(context: Context): Promise<SubmittedSchema> {
  const body = await bodyOf(context);
  const { schema = null, schemaType = null } = body;
  if (schema !== null && typeof schema !== "string") throw new RegistryRefusal(422, "schema must be a string");
  if (schemaType !== null && typeof schemaType !== "string") {
    throw new RegistryRefusal(42201, `Invalid schema type ${JSON.stringify(schemaType)}`);
  }
  const version = integerOf(body, "version");
  const id = integerOf(body, "id");
  return {
    schema: schema ?? "",
    schemaType: schemaType ?? undefined,
    references: referencesOf(body.references ?? []),
    metadata: metadataOf(body),
    ruleSet: ruleSetOf(body, "ruleSet"),
    version,
    // Clients that have none send -1.
    id: id !== undefined && id >= 0 ? id : undefined,
    tagsToAdd: tagsOf(body, "schemaTagsToAdd"),
    tagsToRemove: tagsOf(body, "schemaTagsToRemove"),
    propagateTags: body.propagateSchemaTags === true,
  };
}

/** What a request changes of a version's tags, metadata and rules. */
export async function tagChangeOf(context: Context): Promise<TagChange> {
  const body = await bodyOf(context);
  const { rulesToRemove = null } = body;
  if (rulesToRemove !== null && !isTexts(rulesToRemove)) {
    throw new RegistryRefusal(422, "rulesToRemove must be an array of names");
  }
  return {
    newVersion: integerOf(body, "newVersion"),
    tagsToAdd: tagsOf(body, "tagsToAdd"),
    tagsToRemove: tagsOf(body, "tagsToRemove"),
    metadata: metadataOf(body),
    ruleSet: ruleSetOf(body, "ruleSet"),
    rulesToMerge: ruleSetOf(body, "rulesToMerge"),
    rulesToRemove: rulesToRemove ?? undefined,
  };
}

function integerOf(body: Members, name: string): number | undefined {
  const value = body[name] ?? undefined;
  if (value === undefined) return undefined;
  if (typeof value !== "number" || !Number.isInteger(value) || value >= 2 ** 31 || value < -(2 ** 31)) {
    throw new RegistryRefusal(422, `${name} must be a whole number of 32 bits`);
  }
  return value;
}

function metadataOf({ metadata = null }: Members): SchemaMetadata | undefined {
  if (metadata === null) return undefined;
  const read = readMetadata(metadata);
  if (read === undefined) throw new RegistryRefusal(422, "metadata must be {tags, properties, sensitive}");
  return read;
}

function ruleSetOf(body: Members, name: string): RuleSet | undefined {
  const value = body[name] ?? null;
  if (value === null) return undefined;
  const read = readRuleSet(value);
  if (read === undefined) {
    throw new RegistryRefusal(422, `${name} must be {migrationRules, domainRules, encodingRules, enableAt}`);
  }
  return read;
}

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((one) => typeof one === "string");

function tagsOf(body: Members, name: string): readonly EntityTags[] {
  const value = body[name] ?? [];
  const read = Array.isArray(value) ? value.map(entityTagsOf) : [undefined];
  return read.map((one) => {
    if (one !== undefined) return one;
    throw new RegistryRefusal(422, `${name} must be an array of {schemaEntity: {entityPath, entityType}, tags}`);
  });
}

function entityTagsOf(value: unknown): EntityTags | undefined {
  if (!isObject(value) || !isObject(value.schemaEntity) || !isTexts(value.tags)) return undefined;
  const { entityPath, entityType } = value.schemaEntity;
  if (typeof entityPath !== "string" || (entityType !== "sr_record" && entityType !== "sr_field")) return undefined;
  return { entity: { entityPath, entityType }, tags: value.tags };
}

function referencesOf(references: unknown): readonly StoredReference[] {
  const isReference = (one: unknown): one is StoredReference =>
    isObject(one) && typeof one.name === "string" && typeof one.subject === "string" && Number.isInteger(one.version);
  if (!Array.isArray(references) || !references.every(isReference)) {
    throw new RegistryRefusal(422, "references must be an array of {name, subject, version}");
  }
  return references.map(({ name, subject, version }) => ({ name, subject, version }));
}
