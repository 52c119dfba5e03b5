/** A JSON schema of a request or an answer. */
export type JsonSchema = Readonly<Record<string, unknown>>;

const text = { type: "string" } as const;
const whole = { type: "integer", format: "int32" } as const;
const flag = { type: "boolean" } as const;
export const listOf = (items: JsonSchema): JsonSchema => ({ type: "array", items });
const object = (properties: Readonly<Record<string, JsonSchema>>, description?: string): JsonSchema => ({
  type: "object",
  ...(description !== undefined && { description }),
  properties,
});
const textsByName = { type: "object", additionalProperties: text } as const;
export const ref = (name: keyof typeof schemas): JsonSchema => ({ $ref: `#/components/schemas/${name}` });

const content = {
  guid: { ...text, description: "The same in every registry for the same content." },
  schemaType: { ...text, enum: ["AVRO", "PROTOBUF", "JSON"] },
  references: listOf({ $ref: "#/components/schemas/Reference" }),
  metadata: { $ref: "#/components/schemas/Metadata" },
  ruleSet: { $ref: "#/components/schemas/RuleSet" },
  schema: { ...text, description: "The schema's text." },
} as const;

const written = {
  ts: { type: "integer", format: "int64", description: "When it was written, in ms since 1970." },
  deleted: { ...flag, description: "Whether it is soft-deleted." },
} as const;

const configMembers = {
  alias: { ...text, description: "Another subject that requests for this one go to." },
  aliasForDeks: text,
  normalize: flag,
  validateFields: flag,
  validateNewSchemas: flag,
  validateRules: flag,
  compatibilityPolicy: { ...text, enum: ["STRICT", "LENIENT", "LOGICAL"] },
  compatibilityGroup: { ...text, description: "A metadata property: versions of the same value are compared." },
  defaultMetadata: { $ref: "#/components/schemas/Metadata" },
  overrideMetadata: { $ref: "#/components/schemas/Metadata" },
  defaultRuleSet: { $ref: "#/components/schemas/RuleSet" },
  overrideRuleSet: { $ref: "#/components/schemas/RuleSet" },
} as const;

const level = {
  ...text,
  enum: ["NONE", "BACKWARD", "BACKWARD_TRANSITIVE", "FORWARD", "FORWARD_TRANSITIVE", "FULL", "FULL_TRANSITIVE"],
};

/** What requests and answers hold, by name. */
export const schemas = {
  Error: object({ error_code: { ...whole, description: "The status, or status × 100 + n." }, message: text }),
  Reference: object({ name: text, subject: text, version: { ...whole, description: "-1 is the latest." } }),
  Metadata: object({
    tags: { type: "object", additionalProperties: listOf(text) },
    properties: textsByName,
    sensitive: listOf(text),
  }),
  Rule: object({
    name: text,
    doc: text,
    kind: { ...text, enum: ["TRANSFORM", "CONDITION"] },
    mode: { ...text, enum: ["UPGRADE", "DOWNGRADE", "UPDOWN", "WRITE", "READ", "WRITEREAD"] },
    type: text,
    tags: listOf(text),
    params: textsByName,
    expr: text,
    onSuccess: text,
    onFailure: text,
    disabled: flag,
  }),
  RuleSet: object({
    migrationRules: listOf({ $ref: "#/components/schemas/Rule" }),
    domainRules: listOf({ $ref: "#/components/schemas/Rule" }),
    encodingRules: listOf({ $ref: "#/components/schemas/Rule" }),
    enableAt: text,
  }),
  SchemaTags: object({
    schemaEntity: object({ entityPath: text, entityType: { ...text, enum: ["sr_record", "sr_field"] } }),
    tags: listOf(text),
  }),
  Schema: object({
    subject: text,
    version: whole,
    id: whole,
    ...content,
    schemaTags: listOf({ $ref: "#/components/schemas/SchemaTags" }),
    aliases: listOf(text),
    ...written,
  }),
  SchemaById: object({
    subject: text,
    version: whole,
    ...content,
    schemaTags: listOf({ $ref: "#/components/schemas/SchemaTags" }),
    maxId: whole,
    ...written,
  }),
  RegisteredSchema: object({ id: whole, version: whole, ...content, ...written }),
  SchemaRequest: object({
    schemaType: content.schemaType,
    references: content.references,
    metadata: content.metadata,
    ruleSet: content.ruleSet,
    schema: content.schema,
    version: whole,
    id: whole,
    schemaTagsToAdd: listOf({ $ref: "#/components/schemas/SchemaTags" }),
    schemaTagsToRemove: listOf({ $ref: "#/components/schemas/SchemaTags" }),
    propagateSchemaTags: flag,
  }),
  TagRequest: object({
    newVersion: whole,
    tagsToAdd: listOf({ $ref: "#/components/schemas/SchemaTags" }),
    tagsToRemove: listOf({ $ref: "#/components/schemas/SchemaTags" }),
    metadata: content.metadata,
    ruleSet: content.ruleSet,
    rulesToMerge: content.ruleSet,
    rulesToRemove: listOf(text),
  }),
  SubjectVersion: object({ subject: text, version: whole }),
  ContextId: object({ context: text, id: whole }),
  Verdict: object({ is_compatible: flag, messages: listOf(text) }),
  Config: object({ ...configMembers, compatibilityLevel: level }),
  ConfigRequest: object({ ...configMembers, compatibility: level }, "A member that is null is taken away."),
  Mode: object({ mode: { ...text, enum: ["READWRITE", "READONLY", "READONLY_OVERRIDE", "IMPORT", "FORWARD"] } }),
  ClusterId: object({
    scope: object({ path: listOf(text), clusters: textsByName }),
    id: text,
  }),
  ServerVersion: object({ version: text, commitId: text }),
  Deployment: object({ attributes: textsByName }),
  Health: object({ status: text, reason: text, leader: text }),
  Nothing: object({}),
} as const satisfies Readonly<Record<string, JsonSchema>>;

export const types = { text, whole, flag };
