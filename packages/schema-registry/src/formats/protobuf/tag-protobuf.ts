import type { EntityTags } from "../schema-format.js";
import type { OptionField, OptionValue, ProtoFile, ProtoMessage, ProtoOption } from "./proto-file.js";
import { ProtobufSchema } from "./protobuf-schema.js";
import { wellKnownFile } from "./well-known/index.js";

type Entity = EntityTags["entity"];

const metaPath = "confluent/meta.proto";
const metaNames = { sr_record: "message_meta", sr_field: "field_meta" } as const;

/** The tags of messages and fields, which are known by their names without the package: `Order.Item`, `Order.Item.sku`. */
export function protobufTags(file: ProtoFile): readonly EntityTags[] {
  const found: EntityTags[] = [];
  withOptions(file.messages, "", (entity, options) => {
    const tags = tagsIn(options, entity.entityType);
    if (tags.length > 0) found.push({ entity, tags });
    return options;
  });
  return found;
}

/** A schema with tags added, then others removed. One that is tagged imports what defines tags. */
export function tagProtobuf(
  schema: ProtobufSchema,
  add: readonly EntityTags[],
  remove: readonly EntityTags[],
): ProtobufSchema {
  const { file } = schema;
  const tagsFor = ({ entityPath, entityType }: Entity, all: readonly EntityTags[]) =>
    all
      .filter(({ entity }) => entity.entityPath === entityPath && entity.entityType === entityType)
      .flatMap(({ tags }) => tags);
  const messages = withOptions(file.messages, "", (entity, options) => {
    const [added, removed] = [tagsFor(entity, add), tagsFor(entity, remove)];
    if (added.length === 0 && removed.length === 0) return options;
    const tags = [...new Set([...tagsIn(options, entity.entityType), ...added])];
    return withTags(
      options,
      entity.entityType,
      tags.filter((tag) => !removed.includes(tag)),
    );
  });
  const isImported = file.imports.some(({ path }) => path === metaPath);
  const imports = isImported ? file.imports : [...file.imports, { at: 0, path: metaPath }];
  const needed = isImported ? [] : ["google/protobuf/descriptor.proto", metaPath];
  const known = needed
    .filter((path) => schema.imports.every((one) => one.path !== path))
    .flatMap((path) => wellKnownFile(path) ?? []);
  return new ProtobufSchema({ ...file, messages, imports }, [...schema.imports, ...known]);
}

type Visit = (entity: Entity, options: readonly ProtoOption[]) => readonly ProtoOption[];

function withOptions(messages: readonly ProtoMessage[], scope: string, visit: Visit): readonly ProtoMessage[] {
  return messages.map((message) => {
    const name = `${scope}${message.name}`;
    return {
      ...message,
      options: visit({ entityPath: name, entityType: "sr_record" }, message.options),
      fields: message.fields.map((field) => ({
        ...field,
        options: visit({ entityPath: `${name}.${field.name}`, entityType: "sr_field" }, field.options),
      })),
      messages: withOptions(message.messages, `${name}.`, visit),
    };
  });
}

const isMeta = ({ name: [first] }: ProtoOption, type: Entity["entityType"]): boolean =>
  first?.isExtension === true && first.name.replace(/^\./, "") === `confluent.${metaNames[type]}`;

/** Whether an option is `(confluent.field_meta).tags`. */
const isTagsOnly = ({ name }: ProtoOption): boolean => name.length === 2 && name[1]?.name === "tags";

function tagsIn(options: readonly ProtoOption[], type: Entity["entityType"]): readonly string[] {
  const values = options
    .filter((option) => isMeta(option, type))
    .flatMap((option) =>
      isTagsOnly(option) ? [option.value] : option.name.length === 1 ? tagValues(option.value) : [],
    );
  return values.flatMap(textsIn);
}

const tagValues = (meta: OptionValue): readonly OptionValue[] =>
  meta.kind === "message" ? meta.fields.filter(({ name }) => name === "tags").map(({ value }) => value) : [];

function textsIn(value: OptionValue): readonly string[] {
  if (value.kind === "list") return value.values.flatMap(textsIn);
  return value.kind === "text" ? [value.text] : [];
}

/** The options with these tags and no others; what else the same option says stays. */
function withTags(
  options: readonly ProtoOption[],
  type: Entity["entityType"],
  tags: readonly string[],
): readonly ProtoOption[] {
  const others: ProtoOption[] = [];
  const fields: OptionField[] = [];
  for (const option of options) {
    if (
      !isMeta(option, type) ||
      option.name.length > 2 ||
      (option.name.length === 1 && option.value.kind !== "message")
    ) {
      others.push(option);
      continue;
    }
    const [, part] = option.name;
    if (part !== undefined) fields.push({ name: part.name, value: option.value });
    else if (option.value.kind === "message") for (const field of option.value.fields) fields.push(field);
  }
  const kept = fields.filter(({ name }) => name !== "tags");
  if (tags.length > 0) {
    kept.push({ name: "tags", value: { kind: "list", values: tags.map((text) => ({ kind: "text", text })) } });
  }
  if (kept.length === 0) return others;
  const name = [{ name: `confluent.${metaNames[type]}`, isExtension: true }];
  return [...others, { at: 0, name, value: { kind: "message", fields: kept } }];
}
