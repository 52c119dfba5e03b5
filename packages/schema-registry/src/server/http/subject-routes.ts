import { type Context, Hono } from "hono";
import type { Registry } from "../registry.js";
import { contentOf } from "../state/schema-content.js";
import type { StoredSchema } from "../state/stored-record.js";
import { registrationAnswer, schemaAnswer } from "./answers.js";
import { schemaOf, tagChangeOf } from "./body.js";
import { qualifiedReferences } from "./qualified-references.js";
import { formatAsked, includedIn, isSet, page, versionOf } from "./query.js";
import { prefixAsked, subjectOf } from "./request-scope.js";

/** Subjects, their versions, registration, look-up and deletion. */
export function subjectRoutes(registry: Registry): Hono {
  const routes = new Hono();

  /** A version in the form that was asked for. */
  const formatted = (context: Context, stored: StoredSchema) => {
    const format = formatAsked(context);
    return format === undefined ? {} : { schema: registry.formatted(stored.subject, contentOf(stored), format) };
  };
  const found = (context: Context) =>
    registry.version(subjectOf(context, registry), versionOf(context.req.param("version") ?? ""), {
      deleted: isSet(context, "deleted"),
    });

  routes.get("/", (context) =>
    context.json(page(context, registry.subjects(prefixAsked(context, ":*:"), includedIn(context)))),
  );

  routes.post("/:subject", async (context) => {
    const stored = registry.lookup(subjectOf(context, registry), await schemaOf(context), {
      deleted: isSet(context, "deleted"),
      normalize: isSet(context, "normalize"),
    });
    return context.json(schemaAnswer(stored, formatted(context, stored)));
  });

  routes.delete("/:subject", async (context) =>
    context.json(
      await registry.deleteSubject(subjectOf(context, registry), { permanent: isSet(context, "permanent") }),
    ),
  );

  routes.get("/:subject/metadata", (context) => {
    const keys = context.req.queries("key") ?? [];
    const values = context.req.queries("value") ?? [];
    const pairs = keys.slice(0, values.length).map((key, index) => [key, values[index] ?? ""] as const);
    const stored = registry.withProperties(subjectOf(context, registry), pairs, {
      deleted: isSet(context, "deleted"),
    });
    return context.json(schemaAnswer(stored, formatted(context, stored)));
  });

  routes.get("/:subject/versions", (context) => {
    const asNegative = isSet(context, "deletedAsNegative");
    const included = asNegative && !isSet(context, "deletedOnly") ? "all" : includedIn(context);
    const versions = registry.versions(subjectOf(context, registry), included);
    return context.json(
      page(context, versions).map(({ version, deleted }) => (asNegative && deleted ? -version : version)),
    );
  });

  routes.post("/:subject/versions", async (context) => {
    const stored = await registry.register(subjectOf(context, registry), await schemaOf(context), {
      normalize: isSet(context, "normalize"),
      force: isSet(context, "force"),
    });
    return context.json(registrationAnswer(stored, formatted(context, stored)));
  });

  routes.get("/:subject/versions/:version", (context) => {
    const stored = found(context);
    const tags = context.req.queries("findTags") ?? [];
    return context.json(
      schemaAnswer(stored, {
        ...formatted(context, stored),
        references: qualifiedReferences(context, stored),
        ...(tags.length > 0 && { tags: registry.tags(stored, tags) }),
      }),
    );
  });

  routes.get("/:subject/versions/:version/schema", (context) => {
    const stored = found(context);
    return context.body(formatted(context, stored).schema ?? stored.schema);
  });

  routes.get("/:subject/versions/:version/referencedby", (context) => {
    const version = versionOf(context.req.param("version"));
    const ids = registry.referrers(subjectOf(context, registry), version, { deleted: isSet(context, "deleted") });
    return context.json(page(context, ids));
  });

  routes.delete("/:subject/versions/:version", async (context) => {
    const version = versionOf(context.req.param("version"));
    const options = { permanent: isSet(context, "permanent") };
    return context.json(await registry.deleteVersion(subjectOf(context, registry), version, options));
  });

  routes.post("/:subject/versions/:version/tags", async (context) => {
    const version = versionOf(context.req.param("version"));
    const stored = await registry.changeTags(subjectOf(context, registry), version, await tagChangeOf(context));
    return context.json(registrationAnswer(stored));
  });

  return routes;
}
