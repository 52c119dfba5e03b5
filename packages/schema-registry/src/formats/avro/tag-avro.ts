import type { EntityTags } from "../schema-format.js";
import { fullNameOf, spaceOf } from "./avro-name.js";

type Attributes = Readonly<Record<string, unknown>>;

const tagsProperty = "confluent:tags";

/** The tags of the records and fields that a schema defines. */
export function avroTags(schema: unknown): readonly EntityTags[] {
  const found: EntityTags[] = [];
  walk(schema, "", (entity, attributes) => {
    const tags = tagsOf(attributes);
    if (tags.length > 0) found.push({ entity, tags });
    return attributes;
  });
  return found;
}

/** A schema with tags added, then others removed. */
export function tagAvro(schema: unknown, add: readonly EntityTags[], remove: readonly EntityTags[]): unknown {
  return walk(schema, "", (entity, attributes) => {
    const added = tagsFor(entity, add);
    const removed = tagsFor(entity, remove);
    if (added.length === 0 && removed.length === 0) return attributes;
    const tags = [...new Set([...tagsOf(attributes), ...added])].filter((tag) => !removed.includes(tag));
    const { [tagsProperty]: _, ...rest } = attributes;
    return tags.length === 0 ? rest : { ...attributes, [tagsProperty]: tags };
  });
}

function tagsOf(attributes: Attributes): readonly string[] {
  const tags = attributes[tagsProperty];
  return Array.isArray(tags) ? tags.filter((tag): tag is string => typeof tag === "string") : [];
}

const tagsFor = ({ entityPath, entityType }: EntityTags["entity"], all: readonly EntityTags[]): readonly string[] =>
  all
    .filter(({ entity }) => entity.entityPath === entityPath && entity.entityType === entityType)
    .flatMap(({ tags }) => tags);

type Visit = (entity: EntityTags["entity"], attributes: Attributes) => Attributes;

/** The schema with every record and field replaced by what `visit` makes of it. */
function walk(schema: unknown, space: string, visit: Visit): unknown {
  if (Array.isArray(schema)) return schema.map((branch) => walk(branch, space, visit));
  if (typeof schema !== "object" || schema === null) return schema;
  const attributes = schema as Attributes;
  const own = spaceOf(attributes, space);
  switch (attributes.type) {
    case "record":
    case "error": {
      const name = fullNameOf(attributes.name as string, own);
      const record = visit({ entityPath: name, entityType: "sr_record" }, attributes);
      const fields = (attributes.fields as readonly Attributes[]).map((field) => {
        const entityPath = `${name}.${String(field.name)}`;
        return { ...visit({ entityPath, entityType: "sr_field" }, field), type: walk(field.type, own, visit) };
      });
      return { ...record, fields };
    }
    case "enum":
    case "fixed":
      return attributes;
    case "array":
      return { ...attributes, items: walk(attributes.items, space, visit) };
    case "map":
      return { ...attributes, values: walk(attributes.values, space, visit) };
    default:
      return typeof attributes.type === "object"
        ? { ...attributes, type: walk(attributes.type, space, visit) }
        : attributes;
  }
}
